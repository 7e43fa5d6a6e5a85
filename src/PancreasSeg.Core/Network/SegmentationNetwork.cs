using static TorchSharp.torch;

namespace PancreasSeg.Network;

/// <summary>
/// An attention U-Net (Oktay et al. 2018). Tensors are N x C x D x H x W: slices, rows, columns; f filters, K classes; five
/// stages shown. A network of slices has them as N and no D.
/// <code>
/// x 1 ─ encoder0 f ─────────────────────────────── decoder0 f ─ head0 K ─┐
///         └ 1/2 ─ encoder1 2f ──────── gate1 ── decoder1 2f ─ head1 K ─┤ upsampled,
///             └ 1/4 ─ encoder2 4f ──── gate2 ── decoder2 4f ─ head2 K ─┤ concatenated: output K
///                 └ 1/8 ─ encoder3 8f  gate3 ── decoder3 8f ─ head3 K ─┘
///                     └ 1/16 ─ encoder4 16f ─ up3 ┘
/// </code>
/// </summary>
internal abstract class SegmentationNetwork : nn.Module
{
    private readonly NetworkSpec _spec;
    private readonly Func<Tensor, long, Tensor> _upsample;
    private readonly nn.Module<Tensor, Tensor>[] _encoders;
    private readonly Convolution? _gating;
    private readonly Convolution[] _ups;
    private readonly AttentionGate?[] _gates;
    private readonly nn.Module<Tensor, Tensor>[] _decoders;
    private readonly Convolution[] _heads;
    private readonly Convolution _output;

    protected SegmentationNetwork(string name, NetworkSpec spec, ParameterSource weights, NetworkParts parts) : base(name)
    {
        (_spec, _upsample) = (spec, parts.Upsample);
        int bottleneck = spec.Stages - 1;
        long[] padding = [.. parts.Stride.Select(s => s / 2)];
        _encoders = Stages(spec.Stages, s => Registered($"encoder{s}", parts.Block));
        _gating = parts.HasGatingConvolution ? Registered("gating", n => new Convolution(weights, n)) : null;
        _ups = Stages(bottleneck, s => Registered($"up{s}", n => new Convolution(weights, n, parts.Stride, padding, transposed: true)));
        _gates = Stages(bottleneck, s => s == 0 ? null : Registered($"gate{s}", n => new AttentionGate(weights, n, parts.Stride, parts.Upsample)));
        _decoders = Stages(bottleneck, s => Registered($"decoder{s}", parts.Block));
        _heads = Stages(bottleneck, s => Registered($"head{s}", n => new Convolution(weights, n)));
        _output = Registered("output", n => new Convolution(weights, n));
    }

    /// <summary>The network of a description.</summary>
    public static SegmentationNetwork Create(NetworkSpec spec, ParameterSource weights) =>
        spec.Kind == NetworkKind.SliceUNet ? new SliceUNet(spec, weights) : new AttentionUNet(spec, weights);

    /// <summary>Blocks of one forward pass, after each of which a caller is told and may stop it.</summary>
    /// <param name="depth">Slices of the input.</param>
    public virtual int BlockCount(int depth) => 2 * _spec.Stages - 1;

    /// <summary>The pass of training.</summary>
    /// <param name="x">1 x 1 x D x H x W, H and W multiples of <see cref="NetworkSpec.InPlaneDivisor"/>.</param>
    /// <param name="afterBlock">Called after each block; may throw to stop.</param>
    /// <param name="wanted">True for each stage, finest first, whose head has a loss of its own; null for all.</param>
    /// <returns>Float32 logits 1 x K x D x H x W of the output and, deepest first, of each wanted head.</returns>
    public virtual (Tensor Output, Tensor[] Heads) Logits(Tensor x, Action? afterBlock = null, IReadOnlyList<bool>? wanted = null)
    {
        using var scope = NewDisposeScope();
        var heads = new List<Tensor>();
        Tensor? output = null;
        Decode(x, afterBlock, (stage, features) =>                              // 1 x C x D x H/2^s x W/2^s
        {
            using var inner = NewDisposeScope();
            Tensor part = _upsample(FoldedOutput(stage, features), 1L << stage); // 1 x K x D x H x W
            Tensor sum = output is null ? part : output + part;
            output?.Dispose();
            output = sum.MoveToOuterDisposeScope();
            if (wanted?[stage] != false)
                heads.Add(_upsample(_heads[stage].forward(features).to(ScalarType.Float32), 1L << stage).MoveToOuterDisposeScope());
        });
        foreach (Tensor head in heads) head.MoveToOuterDisposeScope();
        return (output!.MoveToOuterDisposeScope(), [.. heads]);
    }

    /// <summary>
    /// The pass of inference: the probability of the pancreas. Of two classes only the difference of the logits is carried.
    /// </summary>
    /// <returns>Float32 probabilities 1 x 1 x D x H x W.</returns>
    public virtual Tensor Probability(Tensor x, Action? afterBlock = null)
    {
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        Decode(x, afterBlock, (stage, features) =>
        {
            using var inner = NewDisposeScope();
            Tensor logits = FoldedOutput(stage, features, onlyDifference: true);
            logits = _upsample(logits, 1L << stage);                            // 1 x M x D x H x W
            sum = sum is null ? logits.MoveToOuterDisposeScope() : sum.add_(logits);
        });
        Tensor probability = _spec.Classes == 2 ? sum!.sigmoid_() : sum!.softmax(1).narrow(1, _spec.PancreasChannel, 1);
        return probability.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Encoder, bottleneck and decoder; hands over the features of each decoder stage, deepest first. Every tensor is freed right
    /// after its last use here; what gradients need, autograd holds on to.
    /// </summary>
    private void Decode(Tensor x, Action? afterBlock, Action<int, Tensor> decoded)
    {
        int bottleneck = _spec.Stages - 1;
        var skips = new Tensor[bottleneck];
        Tensor features = x.alias();                                            // 1 x 1 x D x H x W
        for (int s = 0; s <= bottleneck; s++)
        {
            features = Replace(features, _encoders[s].forward(features));       // 1 x C x D x H/2^s x W/2^s
            afterBlock?.Invoke();
            if (s < bottleneck) (skips[s], features) = (features, InPlane.Halve(features));
        }
        Tensor gating = _gating?.forward(features) ?? features.alias();         // 1 x G x D x H/16 x W/16
        for (int s = bottleneck - 1; s >= 0; s--)
        {
            if (_gates[s] is { } gate) skips[s] = Replace(skips[s], gate.forward(skips[s], gating));
            else gating.Dispose();
            features = Replace(features, _ups[s].forward(features));            // 1 x C x D x 2h x 2w
            features = Replace(features, cat([features, skips[s]], dim: 1));    // 1 x 2C
            skips[s].Dispose();
            features = Replace(features, _decoders[s].forward(features));       // 1 x C
            decoded(s, features);
            afterBlock?.Invoke();
        }
    }

    /// <summary>
    /// A stage's part of the output logits, 1 x M x D x H/2^s x W/2^s in float32. Upsampling and the 1x1x1 convolutions on both its
    /// sides are linear, so the output convolution is applied at each stage's own resolution, where it costs nothing, and the
    /// stages are summed.
    /// </summary>
    private Tensor FoldedOutput(int stage, Tensor features, bool onlyDifference = false)
    {
        using var scope = NewDisposeScope();
        (Tensor weight, Tensor bias) = FoldedHead(stage, onlyDifference);       // M x C, M
        return Convolution.Pointwise(features, weight, bias).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Head and its part of the output convolution as one 1x1x1 convolution (weights, bias): W_out,s W_s and W_out,s b_s, plus
    /// b_out once. For the difference of two classes the row of the pancreas minus the row of the background.
    /// </summary>
    private (Tensor Weight, Tensor Bias) FoldedHead(int stage, bool onlyDifference)
    {
        int k = _spec.Classes;
        int position = _spec.Stages - 2 - stage;                                // heads come deepest first
        Tensor mix = _output.Weight.flatten(1).narrow(1, position * k, k);      // K x K
        Tensor weight = mix.matmul(_heads[stage].Weight.flatten(1));            // K x C
        Tensor bias = mix.matmul(_heads[stage].Bias!);
        if (stage == 0) bias = bias + _output.Bias!;
        if (onlyDifference && k == 2) (weight, bias) = (weight[1..2] - weight[0..1], bias[1..2] - bias[0..1]);
        return (weight, bias);
    }

    private static Tensor Replace(Tensor old, Tensor with)
    {
        old.Dispose();
        return with;
    }

    private static T[] Stages<T>(int count, Func<int, T> create) => [.. Enumerable.Range(0, count).Select(create)];

    private T Registered<T>(string name, Func<string, T> create) where T : nn.Module
    {
        T module = create(name);
        register_module(name, module);
        return module;
    }
}
