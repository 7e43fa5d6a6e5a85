using PancreasSeg.Core.Tests.Inference.Foreign;
using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Core.Tests.Inference;

/// <summary>TorchScript networks, computed by libtorch.</summary>
[Collection(TorchTests.Name)]
public sealed class ScriptNetworkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_traced_network_gives_what_it_gave_its_maker()
    {
        string folder = SampleData.Require("torchscript");
        byte[] script = ScriptArchive.Checked(File.ReadAllBytes(Path.Combine(folder, "traced.ts")), "traced.ts");
        (float[] input, int[] shape) = NumpyArrays.Read(Path.Combine(folder, "traced.npz"), "input");
        (float[] expected, _) = NumpyArrays.Read(Path.Combine(folder, "traced.npz"), "output");
        using var network = new ScriptPlannedNetwork(script, "traced", new EngineOptions { ThreadCount = 1 });
        (float[] answer, long[] size) = network.Run(input, (shape[^3], shape[^2], shape[^1]), default);
        Assert.Equal([1, 3, shape[^3], shape[^2], shape[^1]], size);
        Assert.Equal(expected.Length, answer.Length);
        Assert.True(answer.Zip(expected).Max(pair => Math.Abs(pair.First - pair.Second)) < 2e-5);
    }

    [Fact]
    public void Channels_that_are_parts_of_the_pancreas_add_up()
    {
        // Logits x, 2 x and 1 of three classes.
        string file = _folder.File("net.ts", ScriptWriter.Module("return torch.cat([x, torch.mul(x, 2.), torch.ones_like(x)], 1)"));
        string plan = _folder.File("plan.json", """
            { "axes": "SPL", "spacing": [2, 2, 2], "windowLow": -100, "windowHigh": 300, "normalization": "SymmetricRange",
              "patch": [4, 16, 16],
              "channel": [0, 2], "output": "Logits", "weighting": "Constant" }
            """u8.ToArray());
        PancreasModel model = ForeignModel.Read(file, plan);
        using ISegmentationEngine engine = SegmentationEngines.Create(
            model, SegmentationEngineKind.Auto, new EngineOptions { ThreadCount = 1 });
        float[] input = TestModels.Input(6, 16, 16);
        float[] probabilities = engine.Run(input, 6, 16, 16);
        for (int i = 0; i < input.Length; i++)
        {
            double x = input[i], other = Math.Exp(2 * x);
            Assert.Equal((Math.Exp(x) + Math.E) / (Math.Exp(x) + Math.E + other), probabilities[i], 1e-5);
        }
        Assert.Equal(("net", "float32"), (model.Name, engine.Info.Precision));
        Assert.Empty(Directory.EnumerateFiles(_folder.FullName).Select(Path.GetFileName).Except(["net.ts", "plan.json"]));
    }

    [Fact]
    public void A_network_saved_in_training_computes_as_one_that_is_trained()
    {
        (string Name, byte[] Content)[] parts =
            ScriptWriter.Parts("if self.training:\n  y = torch.mul(x, 0.)\nelse:\n  y = x\nreturn torch.cat([y, y], 1)");
        byte[] values = parts[0].Content;
        values[values.AsSpan().IndexOf("training"u8) + "training".Length] = 0x88;   // true
        using var network = new ScriptPlannedNetwork(
            ScriptArchive.Checked(ScriptWriter.Archive(parts), "net.ts"), "net", new EngineOptions { ThreadCount = 1 });
        Assert.All(network.Run([3, 3], (1, 1, 2), default).Values, value => Assert.Equal(3, value));
    }

    [Theory]
    [InlineData("return torch.select(x, 1, 0)", "its output is")]
    [InlineData("return torch.view(x, [3, 7])", "it fails on")]
    public void A_network_that_does_not_fit_is_refused_with_its_words(string forward, string words)
    {
        string file = _folder.File("net.ts", ScriptWriter.Module(forward));
        string plan = _folder.File("plan.json", """
            { "axes": "SPL", "spacing": [2, 2, 2], "windowLow": -100, "windowHigh": 300, "normalization": "SymmetricRange",
              "patch": [4, 16, 16],
              "channel": 0, "output": "Sigmoid" }
            """u8.ToArray());
        CoreException e = Assert.Throws<CoreException>(() =>
        {
            using ISegmentationEngine engine = SegmentationEngines.Create(ForeignModel.Read(file, plan), SegmentationEngineKind.Torch);
            engine.Run(TestModels.Input(4, 16, 16), 4, 16, 16);
        });
        Assert.Contains(words, e.Message, StringComparison.Ordinal);
        Assert.Equal(Fault.ModelPlanMismatch, e.Fault);
    }

    [Fact]
    public void Other_engines_and_number_formats_are_refused()
    {
        string file = _folder.File("net.ts", ScriptWriter.Module("return x"));
        string plan = _folder.File("plan.json", """
            { "axes": "RAS", "spacing": [2, 2, 2], "windowLow": 0, "windowHigh": 1, "normalization": "UnitRange", "patch": [8, 8, 8],
              "channel": 0, "output": "Sigmoid" }
            """u8.ToArray());
        PancreasModel model = ForeignModel.Read(file, plan);
        Assert.Equal(Fault.ModelPlanMismatch,
            Assert.Throws<CoreException>(() => SegmentationEngines.Create(model, SegmentationEngineKind.Onnx)).Fault);
        foreach (string name in (string[])["m.onnx", "m.safetensors"])
            Assert.Equal(Fault.ModelNotSupported, Assert.Throws<CoreException>(() => ModelFile.Write(model, _folder.File(name))).Fault);
        Assert.Equal(Fault.DeviceNotAvailable, Assert.Throws<CoreException>(() =>
            SegmentationEngines.Create(model, SegmentationEngineKind.Torch, new EngineOptions { Precision = Precision.BFloat16 })).Fault);
    }
}
