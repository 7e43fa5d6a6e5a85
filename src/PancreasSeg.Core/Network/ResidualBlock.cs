using static TorchSharp.torch;

namespace PancreasSeg.Network;

/// <summary>
/// Two 3x3x3 convolutions, each with its normalisation where there is one, plus a shortcut (He et al. 2016):
/// <c>relu(norm(conv2(relu(norm(conv1(x))))) + shortcut(x))</c>. The shortcut is a 1x1x1 convolution where channel counts differ.
/// </summary>
internal sealed class ResidualBlock : nn.Module
{
    private readonly Convolution _conv1;
    private readonly Convolution _conv2;
    private readonly Convolution? _shortcut;
    private readonly ChannelNorm? _norm1;
    private readonly ChannelNorm? _norm2;

    public ResidualBlock(ParameterSource weights, string name, NetworkNorm norm) : base(name)
    {
        _conv1 = new Convolution(weights, $"{name}.conv1");
        _conv2 = new Convolution(weights, $"{name}.conv2");
        register_module("conv1", _conv1);
        register_module("conv2", _conv2);
        if (norm == NetworkNorm.Instance)
        {
            _norm1 = new ChannelNorm(weights, $"{name}.norm1");
            _norm2 = new ChannelNorm(weights, $"{name}.norm2");
            register_module("norm1", _norm1);
            register_module("norm2", _norm2);
        }
        if (_conv1.Weight.shape[1] != _conv1.Weight.shape[0])
        {
            _shortcut = new Convolution(weights, $"{name}.shortcut");
            register_module("shortcut", _shortcut);
        }
    }

    /// <summary>N x C_in x D x H x W, in parts, to N x C_out x D x H x W.</summary>
    public Tensor Forward(params ReadOnlySpan<Tensor> x)
    {
        using var scope = NewDisposeScope();
        Tensor y = Normalised(_conv1.Forward(x), _norm1).relu_();
        Tensor z = Normalised(_conv2.Forward(y), _norm2);
        y.Dispose();
        z = _shortcut is null ? z.add_(x[0]) : _shortcut.AddPointwise(z, x);
        return z.relu_().MoveToOuterDisposeScope();
    }

    private static Tensor Normalised(Tensor x, ChannelNorm? norm)
    {
        if (norm is null) return x;
        using (x) return norm.forward(x);
    }
}
