using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;
using TorchSharp;

namespace PancreasSeg.Core.Tests.Inference;

[Collection(TorchTests.Name)]
public class TorchEngineTests
{
    /// <summary>One thread: these tensors are too small to share, and waiting for a second thread on a busy machine takes longer than the
    /// work.</summary>
    private static readonly EngineOptions s_single = new() { Device = ComputeDevice.Cpu, ThreadCount = 1 };

    [Theory]
    [InlineData(NetworkNorm.None)]
    [InlineData(NetworkNorm.Instance)]
    public void Float32_probabilities_are_those_of_the_plain_network(NetworkNorm norm)
    {
        var spec = new NetworkSpec { Filters = 4, Norm = norm };
        ModelWeights weights = TestModels.Weights(spec);
        float[] input = TestModels.Input(5, 48, 32);
        using var engine = new TorchEngine(TestModels.Model(spec, weights), s_single with { Precision = Precision.Float32 });
        float[] probabilities = engine.Run(input, 5, 48, 32);

        using var noGradients = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        float[] expected = new PlainAttentionUNet(spec, weights).Probability(VolumeTensor.From(input, 5, 48, 32)).data<float>().ToArray();
        Assert.Equal(expected.Length, probabilities.Length);
        Assert.InRange(expected.Zip(probabilities, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-5);
        Assert.True(expected.Max() - expected.Min() > 0.01);
    }

    [Fact]
    public void Bfloat16_stays_close_to_float32()
    {
        PancreasModel model = TestModels.Model(new NetworkSpec { Filters = 4 });
        float[] input = TestModels.Input(4, 32, 32);
        using var full = new TorchEngine(model, s_single with { Precision = Precision.Float32 });
        using var half = new TorchEngine(model, s_single with { Precision = Precision.BFloat16 });
        Assert.Equal(("float32", "bfloat16"), (full.Info.Precision, half.Info.Precision));
        float[] a = full.Run(input, 4, 32, 32), b = half.Run(input, 4, 32, 32);
        Assert.InRange(a.Zip(b, (x, y) => Math.Abs(x - y)).Max(), 0, 0.02);
    }

    // What a training validates is what its model will answer.
    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.Float32)]
    public void A_training_sees_every_bit_of_its_models_answer(Precision precision)
    {
        PancreasModel model = TestModels.Model(new NetworkSpec { Filters = 16, Stages = 3, Norm = NetworkNorm.Instance });
        float[] input = TestModels.Input(4, 32, 32);
        var item = new PreparedCase("case", new NetworkInput(VolumeGrid.Axial(32, 32, 4, new(1, 1, 1)), input), new byte[input.Length]);
        using var learning = new LearningNetwork(new TrainingOptions
        {
            Network = model.Network,
            Start = model,
            Device = ComputeDevice.Cpu,
            Precision = precision,
            ThreadCount = 1,
        });
        using var engine = new TorchEngine(model, s_single with { Precision = precision });
        Assert.Equal(engine.Run(input, 4, 32, 32), learning.Probability(item, default));
    }

    [Fact]
    public void Precision_is_chosen_by_what_the_processor_has()
    {
        using var engine = new TorchEngine(TestModels.Model(), new EngineOptions { Device = ComputeDevice.Cpu, ThreadCount = 2 });
        Assert.Equal(new EngineInfo("TorchSharp", "cpu", CpuFeatures.HasBFloat16 ? "bfloat16" : "float32", 2), engine.Info);
    }

    [Fact]
    public void Device_that_is_absent_is_refused_by_name()
    {
        foreach (
            (ComputeDevice device, bool present) in new[] { (ComputeDevice.Cuda, torch.cuda.is_available()),
                (ComputeDevice.Mps, torch.mps_is_available()) })
            if (!present)
                Assert.Equal(Fault.DeviceNotAvailable,
                    Assert.Throws<CoreException>(() => new TorchEngine(TestModels.Model(), new EngineOptions { Device = device })).Fault);
    }

    [Fact]
    public void Cancellation_stops_between_blocks_and_frees_every_tensor()
    {
        using var engine = new TorchEngine(TestModels.Model(), s_single);
        float[] input = TestModels.Input(3, 16, 16);
        engine.Run(input, 3, 16, 16);
        long live = LiveTensors();
        using var cancellation = new CancellationTokenSource();
        int reports = 0;
        var progress = new Immediate(_ => { if (++reports == 2) cancellation.Cancel(); });
        Assert.Throws<OperationCanceledException>(() => engine.Run(input, 3, 16, 16, progress, cancellation.Token));
        Assert.Equal(2, reports);
        Assert.Equal(live, LiveTensors());
    }

    [Fact]
    public void Progress_reaches_one()
    {
        using var engine = new TorchEngine(TestModels.Model(), s_single);
        var fractions = new List<double>();
        engine.Run(TestModels.Input(3, 16, 16), 3, 16, 16, new Immediate(step => fractions.Add(step.Fraction)));
        Assert.Equal(fractions.Order(), fractions);
        Assert.Equal(1, fractions[^1]);
        Assert.Equal(2 * TestModels.Small.Stages - 1, fractions.Count);
    }

    [Fact]
    public void Runs_leave_no_tensor_behind_and_dispose_frees_the_weights()
    {
        long before = LiveTensors();
        using (var engine = new TorchEngine(TestModels.Model(), s_single))
        {
            float[] first = engine.Run(TestModels.Input(3, 16, 16), 3, 16, 16);
            long live = LiveTensors();
            for (int i = 0; i < 20; i++) Assert.Equal(first, engine.Run(TestModels.Input(3, 16, 16), 3, 16, 16));
            Assert.Equal(live, LiveTensors());
        }
        Assert.Equal(before, LiveTensors());
    }

    [Fact]
    public async Task One_engine_serves_several_threads()
    {
        using var engine = new TorchEngine(TestModels.Model(), s_single);
        float[][] inputs = [.. Enumerable.Range(0, 4).Select(i => TestModels.Input(3, 16, 16, i))];
        float[][] expected = [.. inputs.Select(x => engine.Run(x, 3, 16, 16))];
        float[][] parallel = await Task.WhenAll(inputs.Select(x => Task.Run(() => engine.Run(x, 3, 16, 16))));
        Assert.Equal(expected, parallel);
    }

    [Theory]
    [InlineData(3, 16, 20)]
    [InlineData(3, 18, 16)]
    [InlineData(2, 16, 16)]
    public void Sizes_the_network_cannot_halve_and_wrong_lengths_are_refused(int d, int h, int w)
    {
        using var engine = new TorchEngine(TestModels.Model(new NetworkSpec { Filters = 2 }), s_single);
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.Run(new float[3 * h * w], d, h, w));
    }

    private static long LiveTensors() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    private sealed class Immediate(Action<ProgressStep> report) : IProgress<ProgressStep>
    {
        public void Report(ProgressStep value) => report(value);
    }
}
