using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Inference;
using PancreasSeg.Inference.Foreign;
using PancreasSeg.Network;
using PancreasSeg.Network.Onnx;

namespace PancreasSeg.Core.Tests.Inference.Foreign;

/// <summary>nnU-Net's networks as ONNX graphs against libtorch in float32.</summary>
[Collection(TorchTests.Name)]
public sealed class OnnxPatchNetworkTests(ITestOutputHelper output) : IDisposable
{
    private const float Bar = 1e-4f;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, false, false, true)]
    [InlineData(true, false, false, true)]
    [InlineData(false, true, false, false)]
    [InlineData(true, false, true, true)]
    public void Both_engines_answer_alike(bool isResidual, bool activationFirst, bool hasBatchNorm, bool hasBias)
    {
        var small = new SmallNnUNet();
        if (isResidual) small.Residual();
        small.Network["nonlin_first"] = activationFirst;
        small.Network["conv_bias"] = hasBias;
        small.Network["nonlin_kwargs"]!["negative_slope"] = 0.02;
        if (hasBatchNorm)
            small.Tamper = weights =>
            {
                foreach ((string name, int[] shape, _) in weights.Where(w => w.Name.EndsWith("norm.weight", StringComparison.Ordinal))
                    .ToList())
                {
                    weights.Add((name[..^"weight".Length] + "running_mean", shape, [.. Enumerable.Repeat(0.1f, shape[0])]));
                    weights.Add((name[..^"weight".Length] + "running_var", shape, [.. Enumerable.Repeat(0.5f, shape[0])]));
                }
            };
        PancreasModel model = ForeignModel.ReadNnUNet(small.Write(_folder.FullName));
        Compare(model, TestModels.Input(8, 16, 16), output);
        ModelFile.Write(model, _folder.File("m.onnx"));
        Compare(ModelFile.Read(_folder.File("m.onnx")), TestModels.Input(8, 16, 16), output);
    }

    [Theory]
    [InlineData("801", "801_f0_plain_case4")]
    [InlineData("802", "802_f0_mirror_case4")]
    public void Both_engines_answer_alike_with_trained_weights(string id, string name)
    {
        (float[] patch, _) = NumpyArrays.Read(Path.Combine(SampleData.Require("nnunet", "expected"), name + "_patch0.npz"), "input");
        Compare(PancreasModel.OfNnUNet(NnUNetReferenceTests.Model(id, "f0"), id), patch, output);
    }

    [Fact]
    public void The_file_states_the_size_of_its_patches()
    {
        ModelFile.Write(ForeignModel.ReadNnUNet(new SmallNnUNet().Write(_folder.FullName)), _folder.File("m.onnx"));
        ModelProto file = ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder.File("m.onnx")));
        Assert.Equal([1L, 1, 8, 16, 16], Dimensions(file.Graph.Input.Single()));
        Assert.Equal([1L, 3, 8, 16, 16], Dimensions(file.Graph.Output.Single()));
        Assert.Equal(("ct", "logits"), (file.Graph.Input[0].Name, file.Graph.Output[0].Name));
        Assert.Contains("3d_fullres", file.MetadataProps.Single(p => p.Key == "pancreasseg.nnunet").Value, StringComparison.Ordinal);
        Assert.Equal(file.Graph.Node.Count, file.Graph.Node.SelectMany(n => n.Output).Distinct().Count());
    }

    private static IEnumerable<long> Dimensions(ValueInfoProto value) => value.Type.TensorType.Shape.Dim.Select(d => d.DimValue);

    private static void Compare(PancreasModel model, float[] patch, ITestOutputHelper output)
    {
        var options = new EngineOptions { ThreadCount = 1 };
        (IReadOnlyList<PancreasSeg.Network.Foreign.IPatchNetwork> torch, _) =
            PatchNetworks.Create(model, SegmentationEngineKind.Torch, options);
        using var first = torch[0];
        using var second = new OnnxPatchNetwork(model, options);
        float[] a = new float[first.Channels * patch.Length], b = new float[a.Length];
        first.Run(patch, a, default);
        second.Run(patch, b, default);
        float difference = a.Zip(b, (x, y) => Math.Abs(x - y)).Max();
        output.WriteLine($"{model.Name}: at most {difference:g3} of {a.Max() - a.Min():g3} apart");
        Assert.InRange(difference, 0, Bar);
        Assert.True(a.Max() - a.Min() > 0.5);
    }
}
