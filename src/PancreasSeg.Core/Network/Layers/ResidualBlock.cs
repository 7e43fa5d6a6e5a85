using static TorchSharp.torch;

namespace PancreasSeg.Network;

/// <summary>
/// Two 3x3x3 convolutions, each with its normalisation where there is one, plus a shortcut (He et al. 2016):
/// <c>relu(norm(conv2(relu(norm(conv1(x))))) + shortcut(x))</c>. The shortcut is a 1x1x1 convolution where channel counts differ.
/// </summary>
internal sealed class ResidualBlock : nn.Module<Tensor, Tensor>
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

    /// <summary>N x C_in x D x H x W to N x C_out x D x H x W.</summary>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor y = Normalised(_conv1, _norm1, x).relu_();
        Tensor z = Normalised(_conv2, _norm2, y);
        y.Dispose();
        if (_shortcut is null) z.add_(x);
        else _shortcut.AddPointwise(x, z);
        return z.relu_().MoveToOuterDisposeScope();
    }

    private static Tensor Normalised(Convolution convolution, ChannelNorm? norm, Tensor x)
    {
        Tensor y = convolution.forward(x);
        if (norm is null) return y;
        using (y) return norm.forward(y);
    }
}
