using PancreasSeg.Network;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace PancreasSeg.TestSupport;

/// <summary>
/// The network of docs/design.md written as plainly as can be: contiguous float32, nothing folded, fused or in place. The oracle
/// of the fast one.
/// </summary>
internal sealed class PlainAttentionUNet(NetworkSpec spec, ModelWeights weights, bool isTrainable = false)
{
    private readonly Dictionary<string,
        Parameter> _parameters = isTrainable ? weights.Tensors.ToDictionary(w => w.Shape.Name, w => new Parameter(Values(w))) : [];

    /// <summary>The weights to train; none unless asked for.</summary>
    public IEnumerable<Parameter> Parameters => _parameters.Values;

    public (Tensor Output, Tensor[] Heads) Logits(Tensor x)
    {
        var skips = new List<Tensor>();
        for (int s = 0; s < spec.Stages; s++)
        {
            if (s > 0) x = max_pool3d(x, [1, 2, 2], [1, 2, 2]);
            x = Residual(x, $"encoder{s}");
            skips.Add(x);
        }
        Tensor gating = x;
        var heads = new List<Tensor>();
        for (int s = spec.Stages - 2; s >= 0; s--)
        {
            Tensor skip = s == 0 ? skips[s] : Gate(skips[s], gating, $"gate{s}");
            x = conv_transpose3d(x, W($"up{s}.weight"), W($"up{s}.bias"), strides: [1, 2, 2], padding: [0, 1, 1]);
            x = Residual(cat([x, skip], 1), $"decoder{s}");
            heads.Add(Upsample(Conv(x, $"head{s}"), 1 << s));
        }
        return (Conv(cat(heads, 1), "output"), [.. heads]);
    }

    public Tensor Probability(Tensor x) => softmax(Logits(x).Output, 1).narrow(1, spec.PancreasChannel, 1);

    private Tensor Residual(Tensor x, string name)
    {
        Tensor y = relu(Norm(Conv(x, $"{name}.conv1", 1), $"{name}.norm1"));
        y = Norm(Conv(y, $"{name}.conv2", 1), $"{name}.norm2");
        bool project = weights.Find($"{name}.shortcut.weight") is not null;
        return relu(y + (project ? conv3d(x, W($"{name}.shortcut.weight")) : x));
    }

    private Tensor Gate(Tensor x, Tensor g, string name)
    {
        Tensor theta = conv3d(x, W($"{name}.theta.weight"), strides: [1, 2, 2]);
        Tensor phi = Upsample(Conv(g, $"{name}.phi"), theta.shape[3] / g.shape[3]);
        Tensor alpha = Conv(relu(theta + phi), $"{name}.psi").sigmoid();
        return Conv(x * Upsample(alpha, 2), $"{name}.output");
    }

    private Tensor Norm(Tensor x, string name) => spec.Norm == NetworkNorm.None
        ? x
        : instance_norm(x, weight: W($"{name}.weight"), bias: W($"{name}.bias"), use_input_stats: true);

    private Tensor Conv(Tensor x, string name, long padding = 0) =>
        conv3d(x, W($"{name}.weight"), W($"{name}.bias"), padding: [padding, padding, padding]);

    private static Tensor Upsample(Tensor x, long factor) =>
        factor == 1 ? x : interpolate(x, scale_factor: [1, factor, factor], mode: InterpolationMode.Trilinear, align_corners: false);

    private Tensor W(string name) => _parameters.TryGetValue(name, out Parameter? parameter) ? parameter : Values(weights.Find(name)!);

    private static Tensor Values(WeightTensor weight) => tensor(weight.Values, [.. weight.Shape.Shape.Select(n => (long)n)]);
}
