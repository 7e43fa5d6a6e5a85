using PancreasSeg.Inference;
using PancreasSeg.Network;
using static TorchSharp.torch;

namespace PancreasSeg.Core.Tests.Network;

[Collection(TorchTests.Name)]
public class SliceUNetTests
{
    private static readonly NetworkSpec s_full = new() { Kind = NetworkKind.SliceUNet }, s_small = s_full with { Filters = 4 };
    private readonly TorchTarget _target = TorchRuntime.Start(ComputeDevice.Cpu, Precision.Float32, null);

    [Fact]
    public void Full_size_has_2575741_weights_in_77_tensors()
    {
        Assert.Equal(2_575_741, s_full.ParameterCount);
        Assert.Equal(77, s_full.Layout.Count);
    }

    [Theory]
    [InlineData("encoder0", 2_480)]
    [InlineData("encoder1", 13_888)]
    [InlineData("encoder2", 55_424)]
    [InlineData("encoder3", 221_440)]
    [InlineData("encoder4", 885_248)]
    [InlineData("gating", 32_896)]
    [InlineData("up3", 524_416)]
    [InlineData("gate3", 57_601)]
    [InlineData("gate2", 16_513)]
    [InlineData("gate1", 5_185)]
    [InlineData("up0", 8_208)]
    [InlineData("head3", 258)]
    [InlineData("head0", 34)]
    [InlineData("output", 18)]
    public void Each_part_has_its_number_of_weights(string part, long count) =>
        Assert.Equal(count, s_full.Layout.Where(w => w.Name.StartsWith(part + '.', StringComparison.Ordinal)).Sum(w => w.Count));

    [Fact]
    public void Module_holds_exactly_the_weights_of_the_layout()
    {
        using SegmentationNetwork network = Network();
        IEnumerable<string> inModule = network.Weights.Select(w => $"{w.Key} {string.Join('x', w.Value.shape)}");
        IEnumerable<string> inLayout = s_small.Layout.Select(w => $"{w.Name} {string.Join('x', w.Shape)}");
        Assert.Equal(inLayout.Order(StringComparer.Ordinal), inModule.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(100)]
    public void Chunks_of_any_size_give_the_whole_result(int slices)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        using SegmentationNetwork whole = Network(7), chunked = Network(slices);
        Tensor x = Input(7, 32, 48);
        // Another number of slices is added up in another order; a probability moves by half of what its logits do at most.
        Assert.InRange(Difference(whole.Probability(x), chunked.Probability(x)), 0, 5e-6);
        Assert.InRange(Difference(whole.Logits(x).Output, chunked.Logits(x).Output), 0, 1e-5);
    }

    [Theory]
    [InlineData(1, 16, 16)]
    [InlineData(9, 32, 16)]
    [InlineData(16, 16, 48)]
    public void Inference_gives_the_softmax_of_the_training_pass_on_the_grid_of_the_input(int d, int h, int w)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        using SegmentationNetwork network = Network();
        (Tensor output, Tensor[] heads) = network.Logits(Input(d, h, w));
        Tensor probability = network.Probability(Input(d, h, w));
        Assert.Empty(heads);
        Assert.Equal([1, 2, d, h, w], output.shape);
        Assert.Equal([1, 1, d, h, w], probability.shape);
        Assert.InRange(Difference(probability, output.softmax(1).narrow(1, 1, 1)), 0, 1e-5);
    }

    [Fact]
    public void A_slice_does_not_see_its_neighbours()
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        using SegmentationNetwork network = Network();
        Tensor x = Input(5, 32, 32), changed = x.clone();
        changed[.., .., 2] = 1;
        Tensor difference = (network.Probability(x) - network.Probability(changed)).abs().amax([0, 1, 3, 4]);
        Assert.Equal([false, false, true, false, false], difference.gt(1e-6).data<bool>().ToArray());
    }

    [Fact]
    public void Every_weight_receives_a_gradient()
    {
        using var scope = NewDisposeScope();
        using SegmentationNetwork network = Network(2);
        network.Logits(Input(3, 32, 32)).Output.pow(2).mean().backward();
        Assert.All(network.Weights, w => Assert.True(w.Value.grad is { } g && g.abs().sum().item<float>() > 0, w.Key));
    }

    [Fact]
    public void The_engine_stops_and_reports_between_chunks()
    {
        using var engine = new TorchEngine(TestModels.Model(s_small));
        float[] input = TestModels.Input(20, 16, 16);
        var fractions = new List<double>();
        engine.Run(input, 20, 16, 16, new Immediate(step => fractions.Add(step.Fraction)));
        Assert.Equal(fractions.Order(), fractions);
        Assert.Equal((3 * 9, 1), (fractions.Count, fractions[^1]));

        using var cancellation = new CancellationTokenSource();
        int reports = 0;
        Assert.Throws<OperationCanceledException>(() =>
            engine.Run(input, 20, 16, 16, new Immediate(_ => { if (++reports == 10) cancellation.Cancel(); }), cancellation.Token));
        Assert.Equal(10, reports);
    }

    [Fact]
    public void Bfloat16_stays_close_to_float32()
    {
        PancreasModel model = TestModels.Model(s_small);
        float[] input = TestModels.Input(9, 32, 32);
        using var full = new TorchEngine(model, new EngineOptions { Precision = Precision.Float32 });
        using var half = new TorchEngine(model, new EngineOptions { Precision = Precision.BFloat16 });
        float[] a = full.Run(input, 9, 32, 32), b = half.Run(input, 9, 32, 32);
        Assert.InRange(a.Zip(b, (x, y) => Math.Abs(x - y)).Max(), 0, 0.03);
    }

    [Fact]
    public void Runs_leave_no_tensor_behind()
    {
        using var engine = new TorchEngine(TestModels.Model(s_small));
        float[] first = engine.Run(TestModels.Input(9, 16, 16), 9, 16, 16);
        long live = TorchSharp.DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        Assert.Equal(first, engine.Run(TestModels.Input(9, 16, 16), 9, 16, 16));
        Assert.Equal(live, TorchSharp.DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    [Theory]
    [InlineData(4, 2, NetworkNorm.None)]
    [InlineData(5, 3, NetworkNorm.None)]
    [InlineData(5, 2, NetworkNorm.Instance)]
    public void Other_forms_are_refused(int stages, int classes, NetworkNorm norm)
    {
        NetworkSpec spec = s_full with { Stages = stages, Classes = classes, Norm = norm };
        Assert.Equal(Fault.ModelPlanMismatch, Assert.Throws<CoreException>(spec.Validate).Fault);
    }

    private SegmentationNetwork Network(int slices = 8) =>
        new(s_small, ParameterSources.Trainable(TestModels.Weights(s_small), _target.Device)) { ChunkSlices = slices };

    private static Tensor Input(int d, int h, int w) => VolumeTensor.From(TestModels.Input(d, h, w), d, h, w);

    private static float Difference(Tensor a, Tensor b) => (a - b).abs().max().item<float>();

    private sealed class Immediate(Action<ProgressStep> report) : IProgress<ProgressStep>
    {
        public void Report(ProgressStep value) => report(value);
    }
}
