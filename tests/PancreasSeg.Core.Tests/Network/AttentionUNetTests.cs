using PancreasSeg.Network;
using static TorchSharp.torch;

namespace PancreasSeg.Core.Tests.Network;

[Collection(TorchTests.Name)]
public class AttentionUNetTests
{
    private readonly TorchTarget _target = TorchRuntime.Start(ComputeDevice.Cpu, Precision.Float32, 1);

    public static TheoryData<NetworkSpec> Specs => new(
        new NetworkSpec { Filters = 2 },
        new NetworkSpec { Filters = 4, Stages = 3, Norm = NetworkNorm.Instance },
        new NetworkSpec { Filters = 3, Stages = 3, Classes = 4, PancreasChannel = 2 },
        new NetworkSpec { Filters = 4, Stages = 2 });

    [Theory]
    [MemberData(nameof(Specs))]
    public void Module_holds_exactly_the_weights_of_the_layout(NetworkSpec spec)
    {
        using SegmentationNetwork network = Trainable(spec);
        IEnumerable<string> inModule = network.Weights.Select(w => $"{w.Key} {string.Join('x', w.Value.shape)}");
        IEnumerable<string> inLayout = spec.Layout.Select(w => $"{w.Name} {string.Join('x', w.Shape)}");
        Assert.Equal(inLayout.Order(StringComparer.Ordinal), inModule.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(8)]
    [InlineData(4)]
    public void Parameter_count_follows_the_formula(int f)
    {
        // Per stage of c channels with c_in inputs: 27 c c_in + 27 c^2 + 2 c, and c c_in for the shortcut.
        static long Block(long input, long c) => 27 * c * input + 27 * c * c + 2 * c + c * input;
        long expected = Block(1, f) + Enumerable.Range(1, 4).Sum(s => Block(f << (s - 1), f << s));
        for (int s = 0; s < 4; s++)
        {
            long c = f << s, k = c / 2;
            expected += 16 * 2 * c * c + c + Block(2 * c, c) + 2 * c + 2;
            if (s > 0) expected += 4 * k * c + (16 * f * k + k) + (k + 1) + (c * c + c);
        }
        expected += 8 * 2 + 2;
        Assert.Equal(expected, new NetworkSpec { Filters = f }.ParameterCount);
    }

    [Theory]
    [InlineData(1, 16, 16)]
    [InlineData(3, 32, 16)]
    [InlineData(7, 16, 48)]
    public void Logits_of_output_and_heads_have_the_size_of_the_input(int d, int h, int w)
    {
        var spec = new NetworkSpec { Filters = 2, Classes = 3 };
        using var scope = NewDisposeScope();
        using SegmentationNetwork network = Trainable(spec);
        (Tensor output, Tensor[] heads) = network.Logits(Input(d, h, w));
        Assert.All([output, .. heads], t => Assert.Equal([1, 3, d, h, w], t.shape));
        Assert.Equal(4, heads.Length);
    }

    [Theory]
    [MemberData(nameof(Specs))]
    public void Fast_network_computes_what_the_plain_one_computes(NetworkSpec spec)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        ModelWeights weights = TestModels.Weights(spec);
        using SegmentationNetwork network = new(spec, ParameterSources.Trainable(weights, _target.Device));
        var plain = new PlainAttentionUNet(spec, weights);
        Tensor x = Input(5, 32, 48);
        (Tensor output, Tensor[] heads) = network.Logits(x);
        (Tensor plainOutput, Tensor[] plainHeads) = plain.Logits(x);
        Assert.InRange(Difference(output, plainOutput), 0, 2e-5);
        Assert.All(heads.Zip(plainHeads), pair => Assert.InRange(Difference(pair.First, pair.Second), 0, 2e-5));
    }

    [Theory]
    [MemberData(nameof(Specs))]
    public void Inference_gives_the_softmax_of_the_training_pass(NetworkSpec spec)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        using SegmentationNetwork network = Trainable(spec);
        Tensor x = Input(4, 32, 16);
        Tensor expected = network.Logits(x).Output.softmax(1).narrow(1, spec.PancreasChannel, 1);
        Assert.InRange(Difference(network.Probability(x), expected), 0, 1e-5);
    }

    [Fact]
    public void Every_weight_receives_a_gradient()
    {
        using var scope = NewDisposeScope();
        using SegmentationNetwork network = Trainable(new NetworkSpec { Filters = 4, Norm = NetworkNorm.Instance });
        (Tensor output, Tensor[] heads) = network.Logits(Input(3, 32, 32));
        (output.pow(2).mean() + heads.Select(h => h.pow(2).mean()).Aggregate((a, b) => a + b)).backward();
        Assert.All(network.Weights, w => Assert.True(w.Value.grad is { } g && g.abs().sum().item<float>() > 0, w.Key));
    }

    [Fact]
    public void Gradient_agrees_with_the_plain_network()
    {
        using var scope = NewDisposeScope();
        var spec = new NetworkSpec { Filters = 2, Stages = 3 };
        ModelWeights weights = TestModels.Weights(spec);
        using SegmentationNetwork network = new(spec, ParameterSources.Trainable(weights, _target.Device));
        Tensor fast = Input(3, 16, 16).requires_grad_(), plain = Input(3, 16, 16).requires_grad_();
        network.Logits(fast).Output.pow(2).sum().backward();
        new PlainAttentionUNet(spec, weights).Logits(plain).Output.pow(2).sum().backward();
        Assert.InRange(Difference(fast.grad!, plain.grad!), 0, 1e-4 * plain.grad!.abs().max().item<float>());
    }

    [Fact]
    public void Initial_weights_are_the_same_for_the_same_seed_only()
    {
        Assert.Equal(InitialWeights.Draw(TestModels.Small, 3).Sha256(), InitialWeights.Draw(TestModels.Small, 3).Sha256());
        Assert.NotEqual(InitialWeights.Draw(TestModels.Small, 3).Sha256(), InitialWeights.Draw(TestModels.Small, 4).Sha256());
    }

    [Fact]
    public void Signal_neither_dies_nor_explodes_at_the_start()
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var spec = new NetworkSpec { Filters = 8 };
        using SegmentationNetwork network = new(spec, ParameterSources.Trainable(InitialWeights.Draw(spec, 1), _target.Device));
        Assert.InRange(network.Logits(Input(8, 64, 64)).Heads[^1].std().item<float>(), 0.1, 10);
    }

    [Theory]
    [InlineData(0, 5, 2, 1)]
    [InlineData(8, 6, 2, 1)]
    [InlineData(8, 5, 1, 0)]
    [InlineData(8, 5, 2, 2)]
    [InlineData(8, 5, 2, 0)]
    public void Sizes_that_make_no_network_are_refused(int filters, int stages, int classes, int channel)
    {
        var spec = new NetworkSpec { Filters = filters, Stages = stages, Classes = classes, PancreasChannel = channel };
        Assert.Equal(Fault.ModelPlanMismatch, Assert.Throws<CoreException>(spec.Validate).Fault);
    }

    private SegmentationNetwork Trainable(NetworkSpec spec) =>
        new(spec, ParameterSources.Trainable(TestModels.Weights(spec), _target.Device));

    private static Tensor Input(int d, int h, int w) => VolumeTensor.From(TestModels.Input(d, h, w), d, h, w);

    private static float Difference(Tensor a, Tensor b) => (a - b).abs().max().item<float>();
}
