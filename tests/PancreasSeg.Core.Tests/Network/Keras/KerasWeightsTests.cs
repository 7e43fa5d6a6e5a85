using System.Runtime.InteropServices;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Network.Keras;
using PancreasSeg.Preprocess;
using PureHDF;

namespace PancreasSeg.Core.Tests.Network.Keras;

[Collection(TorchTests.Name)]
public sealed class KerasWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string FilePath => _folder.File("weights.hdf5");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void The_converted_network_computes_what_the_original_computes(bool withinModel, bool variableStrings)
    {
        new KerasTestFile().Write(FilePath, withinModel, variableStrings);
        PancreasModel model = KerasWeights.Read(FilePath, "seed", transpose: false);
        Assert.Equal(2_575_741, model.Weights.Tensors.Sum(t => t.Values.LongLength));

        float[] input = [.. Enumerable.Range(0, 6 * 64 * 64).Select(i => (float)KerasTestFile.Noise((uint)i, 1000))];
        using var engine = new TorchEngine(model, new EngineOptions { Device = ComputeDevice.Cpu, Precision = Precision.Float32 });
        float[] probabilities = engine.Run(input, 6, 64, 64);

        // Written by keras_files.py: its own network in float64, every seventh voxel.
        float[] expected = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Fixture("probabilities.f32"))).ToArray();
        Assert.Equal((probabilities.Length + 6) / 7, expected.Length);
        Assert.InRange(expected.Select((p, i) => Math.Abs(p - probabilities[7 * i])).Max(), 0, 1e-5);
        Assert.True(expected.Max() - expected.Min() > 0.9);
    }

    [Theory]
    [InlineData("model-fixed.h5")]
    [InlineData("weights-variable.h5")]
    public void Files_of_h5py_are_read(string name)
    {
        // Biases are those of keras_files.py; kernels were never written, which is 0.
        PancreasModel model = KerasWeights.Read(Fixture(name), "seed", transpose: false);
        var made = new KerasTestFile();
        Assert.Equal(made["sequential_5"].Weights[3].Values, model.Weights.Find("decoder3.conv2.bias")!.Values);
        Assert.Equal(made["conv3d_transpose_2"].Weights[1].Values, model.Weights.Find("up1.bias")!.Values);
        Assert.Equal(made["att_gate_2"].Weights[6].Values, model.Weights.Find("gate1.output.bias")!.Values);
        Assert.Equal(made["dsv"].Weights[1].Values, model.Weights.Find("head3.bias")!.Values);
        Assert.Equal(made["conv3d_19"].Weights[1].Values, model.Weights.Find("head0.bias")!.Values);
        Assert.Equal(made["conv3d_20"].Weights[1].Values, model.Weights.Find("output.bias")!.Values);
        Assert.All(model.Weights.Tensors.Where(t => t.Shape.Shape.Length > 1), t => Assert.All(t.Values, v => Assert.Equal(0, v)));
    }

    [Fact]
    public void Kernels_have_their_axes_exchanged()
    {
        var file = new KerasTestFile();
        file.Write(FilePath);
        ModelWeights weights = KerasWeights.Read(FilePath, "seed", transpose: false).Weights;
        // Keras k0 x k1 x 1 x in x out; ours out x in x k0 x k1. Transposed: Keras k0 x k1 x 1 x out x in, ours in x out x k0 x k1.
        float keras = file["sequential_1"].Weights[0].Values[((2 * 3 + 1) * 16 + 5) * 32 + 7];
        Assert.Equal(keras, weights.Find("encoder1.conv1.weight")!.Values[((7 * 16 + 5) * 3 + 2) * 3 + 1]);
        keras = file["conv3d_transpose"].Weights[0].Values[((3 * 4 + 1) * 128 + 9) * 256 + 200];
        Assert.Equal(keras, weights.Find("up3.weight")!.Values[((200 * 128 + 9) * 4 + 3) * 4 + 1]);
    }

    [Fact]
    public void Numbers_prefixes_and_the_order_in_the_file_do_not_matter()
    {
        var file = new KerasTestFile();
        file.Write(FilePath);
        string sha = KerasWeights.Read(FilePath, "seed", transpose: false).Sha256;

        // A session that had made other layers before: sequential_8 becomes sequential_17 and sorts before sequential_9 as text.
        for (int i = 8; i >= 0; i--) file[i == 0 ? "sequential" : $"sequential_{i}"].Name = $"sequential_{i + 9}";
        file["conv3d_19"].Name = "conv3d_23";
        file["conv3d_20"].Name = "conv3d_22";
        foreach (KerasTestFile.Layer layer in file.Layers)
            foreach (KerasTestFile.Weight weight in layer.Weights) weight.Name = "prefix/" + weight.Name;
        file.Layers.Reverse();
        file.Write(FilePath, withinModel: false);
        Assert.Equal(sha, KerasWeights.Read(FilePath, "seed", transpose: false).Sha256);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_plan_is_the_original_one_and_survives_a_model_file(bool transpose)
    {
        PancreasModel model = KerasWeights.Read(Fixture("model-fixed.h5"), "seed", transpose);
        ModelFile.Write(model, _folder.File("seed.safetensors"));
        PancreasModel read = ModelFile.Read(_folder.File("seed.safetensors"));
        Assert.Equal([160, 160, 160], read.Plan.Size);
        Assert.Equal(PreprocessPlan.Original with { Transpose = transpose, Size = null }, read.Plan with { Size = null });
        Assert.Equal((0.5, NetworkKind.SliceUNet, 2_575_741), (read.Threshold, read.Network.Kind, read.ParameterCount));
    }

    [Theory]
    [InlineData("/b", "/a")]
    [InlineData("/a", "/a")]
    [InlineData("/b/c", "/a/c")]
    public void Links_that_lead_in_a_circle_are_refused(string a, string b)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("loop.h5");
        var file = new PureHDF.H5File { ["a"] = new PureHDF.H5SoftLink(a), ["b"] = new PureHDF.H5SoftLink(b) };
        file.Attributes["layer_names"] = new[] { "a" };
        file.Write(path, new PureHDF.H5WriteOptions(DefaultStringLength: 40));
        CoreException e = Assert.Throws<CoreException>(() => KerasWeights.Read(path, "loop", transpose: false));
        Assert.Equal(Fault.ModelFormatUnknown, e.Fault);
    }

    public static TheoryData<string, string> Damages => new()
    {
        { "layer missing", "it has 8 layers 'sequential' with weights where the network has 9" },
        { "layer too many", "the network has no layer 'batch_normalization'" },
        { "weight missing", "the layer 'att_gate_1' has 6 weights where the network has 7" },
        { "wrong shape", "'conv3d_transpose_1/conv3d_transpose_1/kernel:0' has the shape 4x4x1x128x64 where the network has 4x4x1x64x128" },
        { "wrong bias", "'gating_base/gating_base/bias:0' has the shape 127 where the network has 128" },
        { "weights in another order", "'att_gate/att_gate/psi/kernel:0' has the shape 1x1x1x64x1 where the network has 2x2x1x128x64" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void Weights_of_another_network_are_refused(string damage, string says)
    {
        var file = new KerasTestFile();
        List<KerasTestFile.Weight> gate = file["att_gate"].Weights;
        switch (damage)
        {
            case "layer missing": file.Layers.Remove(file["sequential_3"]); break;
            case "layer too many":
                file.Layers.Add(
                new() { Name = "batch_normalization", Weights = [new() { Name = "gamma:0", Shape = [4], Values = new float[4] }] }); break;
            case "weight missing": file["att_gate_1"].Weights.RemoveAt(4); break;
            case "wrong shape": file["conv3d_transpose_1"].Weights[0].Shape = [4, 4, 1, 128, 64]; break;
            case "wrong bias": file["gating_base"].Weights[1].Shape = [127]; file["gating_base"].Weights[1].Values = new float[127]; break;
            case "weights in another order": (gate[0], gate[3]) = (gate[3], gate[0]); break;
        }
        file.Write(FilePath);
        Refused(Fault.ModelPlanMismatch, says);
    }

    [Fact]
    public void Weights_that_are_no_numbers_are_refused()
    {
        var file = new KerasTestFile();
        file["dsv_1"].Weights[0].Values[3] = float.NaN;
        file.Write(FilePath);
        Refused(Fault.ModelFormatUnknown, "'dsv_1/dsv_1/conv3d_1/kernel:0' holds a value that is not a number");
    }

    [Theory]
    [InlineData(100)]
    [InlineData(5000)]
    [InlineData(130_000)]
    [InlineData(131_983)]
    public void Files_that_are_cut_off_are_refused(int length)
    {
        File.WriteAllBytes(FilePath, File.ReadAllBytes(Fixture("model-fixed.h5"))[..length]);
        Refused(Fault.ModelFormatUnknown, $"cut off: {length} bytes of 131984");
    }

    [Theory]
    [InlineData(new byte[0], "not an HDF5 file")]
    [InlineData(new byte[] { 0x89, (byte)'H', (byte)'D', (byte)'F', 13, 10, 26, 10 }, "not an HDF5 file")]
    [InlineData(new byte[] { (byte)'P', (byte)'K', 3, 4 }, "zip archive, such as Keras 3 writes")]
    public void Files_that_are_something_else_are_refused(byte[] start, string says)
    {
        File.WriteAllBytes(FilePath, start);
        Refused(Fault.ModelFormatUnknown, says);
    }

    [Fact]
    public void Hdf5_without_keras_layers_is_refused()
    {
        new H5File { ["x"] = new float[] { 1, 2 } }.Write(FilePath);
        Refused(Fault.ModelFormatUnknown, "names no Keras layers");
    }

    [Fact]
    public void Bytes_changed_anywhere_in_the_structure_end_in_a_named_error_or_in_weights()
    {
        byte[] good = File.ReadAllBytes(Fixture("weights-variable.h5"));
        var random = new Random(1);
        for (int round = 0; round < 60; round++)
        {
            byte[] bad = [.. good];
            for (int i = 0; i < 20; i++) bad[random.Next(bad.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(FilePath, bad);
            try
            {
                KerasWeights.Read(FilePath, "seed", transpose: false);
            }
            catch (CoreException e)
            {
                Assert.Contains(e.Fault, (Fault[])[Fault.ModelFormatUnknown, Fault.ModelPlanMismatch]);
            }
        }
    }

    [Fact]
    public void A_missing_file_is_named() => Refused(Fault.FileNotFound, "does not exist");

    private static string Fixture(string name) =>
        SampleData.InRepository("tests", "PancreasSeg.Core.Tests", "Network", "Keras", "Fixtures", name);

    private void Refused(Fault fault, string says)
    {
        var error = Assert.Throws<CoreException>(() => KerasWeights.Read(FilePath, "seed", transpose: false));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Equal(fault, error.Fault);
    }
}
