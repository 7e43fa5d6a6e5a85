using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Inference;
using PancreasSeg.Network;

namespace PancreasSeg.Core.Tests.Inference;

[Collection(TorchTests.Name)]
public class OnnxEngineTests
{
    private static readonly EngineOptions s_single = new() { Device = ComputeDevice.Cpu, Precision = Precision.Float32, ThreadCount = 1 };

    public static TheoryData<NetworkKind, NetworkNorm, int, int, int, int> Networks() => new()
    {
        // kind, norm, stages, classes, pancreas channel, depth
        { NetworkKind.AttentionUNet, NetworkNorm.None, 5, 2, 1, 5 },
        { NetworkKind.AttentionUNet, NetworkNorm.Instance, 5, 2, 1, 4 },
        { NetworkKind.AttentionUNet, NetworkNorm.Instance, 4, 5, 3, 7 },
        { NetworkKind.AttentionUNet, NetworkNorm.None, 2, 3, 2, 1 },
        { NetworkKind.SliceUNet, NetworkNorm.None, 5, 2, 1, 11 },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Probabilities_and_classes_are_those_of_torch(
        NetworkKind kind, NetworkNorm norm, int stages, int classes, int pancreas, int depth)
    {
        PancreasModel model = TestModels.Model(
            new NetworkSpec { Kind = kind, Filters = 4, Norm = norm, Stages = stages, Classes = classes, PancreasChannel = pancreas });
        float[] input = TestModels.Input(depth, 48, 32);
        using var torch = new TorchEngine(model, s_single);
        using var onnx = new OnnxEngine(model, s_single);
        float[] expected = torch.Run(input, depth, 48, 32), probabilities = onnx.Run(input, depth, 48, 32);

        Assert.Equal(expected.Length, probabilities.Length);
        Assert.InRange(expected.Zip(probabilities, (a, b) => Math.Abs(a - b)).Max(), 0, 2e-5);
        Assert.True(expected.Max() - expected.Min() > 0.01);
        byte[]? a = torch.Classify(input, depth, 48, 32), b = onnx.Classify(input, depth, 48, 32);
        Assert.Equal((classes > 2, classes > 2), (a is not null, b is not null));
        if (a is null || b is null) return;
        Assert.InRange(a.Zip(b).Count(pair => pair.First != pair.Second), 0, a.Length / 1000);
        Assert.True(a.Distinct().Count() > 1);
    }

    [Theory]
    [InlineData(2, 1, 4)]
    [InlineData(4, 2, 12)]
    public void A_network_with_strides_answers_as_with_torch(int classes, int pancreas, int depth)
    {
        PancreasModel model = TestModels.Model(new NetworkSpec
        {
            Kind = NetworkKind.ResidualUNet,
            Filters = 4,
            Strides = [[2, 2, 1], [2, 2, 2], [2, 2, 2], [2, 1, 1]],
            Classes = classes,
            PancreasChannel = pancreas,
        });
        float[] input = TestModels.Input(depth, 24, 48);
        using var torch = new TorchEngine(model, s_single);
        using var onnx = new OnnxEngine(model, s_single);
        float[] expected = torch.Run(input, depth, 24, 48), probabilities = onnx.Run(input, depth, 24, 48);
        Assert.InRange(expected.Zip(probabilities, (a, b) => Math.Abs(a - b)).Max(), 0, 2e-5);
        Assert.True(expected.Max() - expected.Min() > 0.01);
        byte[]? a = torch.Classify(input, depth, 24, 48), b = onnx.Classify(input, depth, 24, 48);
        Assert.Equal(classes > 2, b is not null);
        if (a is not null) Assert.InRange(a.Zip(b!).Count(pair => pair.First != pair.Second), 0, a.Length / 1000);
    }

    [Fact]
    public void It_says_what_computes_and_refuses_what_it_has_not()
    {
        using var engine = new OnnxEngine(TestModels.Model(), new EngineOptions { ThreadCount = 2 });
        Assert.Equal(new EngineInfo("OnnxRuntime", "cpu", "float32", 2), engine.Info);
        foreach (
            EngineOptions other in new[] { s_single with { Device = ComputeDevice.Cuda }, s_single with { Device = ComputeDevice.Mps },
                s_single with { Precision = Precision.BFloat16 } })
            Assert.Equal(Fault.DeviceNotAvailable, Assert.Throws<CoreException>(() => new OnnxEngine(TestModels.Model(), other)).Fault);
    }

    [Fact]
    public void A_run_is_stopped_in_its_middle_and_the_engine_stays_usable()
    {
        using var engine = new OnnxEngine(TestModels.Model(new NetworkSpec { Filters = 16, Norm = NetworkNorm.Instance }), s_single);
        float[] input = TestModels.Input(64, 128, 128), small = TestModels.Input(2, 16, 16);
        float[] expected = engine.Run(small, 2, 16, 16);
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        Assert.Equal(cancellation.Token,
            Assert.Throws<OperationCanceledException>(() => engine.Run(input, 64, 128, 128, null, cancellation.Token)).CancellationToken);
        Assert.Equal(expected, engine.Run(small, 2, 16, 16));
        Assert.Throws<OperationCanceledException>(() => engine.Run(small, 2, 16, 16, null, cancellation.Token));
    }

    [Fact]
    public void Progress_reaches_one()
    {
        using var engine = new OnnxEngine(TestModels.Model(new NetworkSpec { Kind = NetworkKind.SliceUNet, Filters = 2 }), s_single);
        var fractions = new List<double>();
        engine.Run(TestModels.Input(19, 16, 16), 19, 16, 16, new Immediate(step => fractions.Add(step.Fraction)));
        Assert.Equal([8 / 19.0, 16 / 19.0, 1], fractions);
    }

    [Fact]
    public async Task One_engine_serves_several_threads()
    {
        using var engine = new OnnxEngine(TestModels.Model(), s_single);
        float[][] inputs = [.. Enumerable.Range(0, 4).Select(i => TestModels.Input(3, 16, 16, i))];
        float[][] expected = [.. inputs.Select(x => engine.Run(x, 3, 16, 16))];
        Assert.Equal(expected, await Task.WhenAll(inputs.Select(x => Task.Run(() => engine.Run(x, 3, 16, 16)))));
    }

    [Theory]
    [InlineData(3, 16, 20)]
    [InlineData(3, 18, 16)]
    [InlineData(2, 16, 16)]
    public void Sizes_the_network_cannot_halve_and_wrong_lengths_are_refused(int d, int h, int w)
    {
        using var engine = new OnnxEngine(TestModels.Model(new NetworkSpec { Filters = 2 }), s_single);
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.Run(new float[3 * h * w], d, h, w));
    }

    private sealed class Immediate(Action<ProgressStep> report) : IProgress<ProgressStep>
    {
        public void Report(ProgressStep value) => report(value);
    }
}
