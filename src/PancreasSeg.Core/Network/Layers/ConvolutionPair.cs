using static TorchSharp.torch;

namespace PancreasSeg.Network;

/// <summary>Two 3x3 convolutions, each followed by a ReLU (Ronneberger et al. 2015, "U-Net").</summary>
internal sealed class ConvolutionPair : nn.Module<Tensor, Tensor>
{
    private readonly Convolution _conv1;
    private readonly Convolution _conv2;

    public ConvolutionPair(ParameterSource weights, string name) : base(name)
    {
        _conv1 = new Convolution(weights, $"{name}.conv1");
        _conv2 = new Convolution(weights, $"{name}.conv2");
        register_module("conv1", _conv1);
        register_module("conv2", _conv2);
    }

    /// <summary>N x C_in x H x W to N x C_out x H x W.</summary>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor y = _conv1.forward(x).relu_();
        return _conv2.forward(y).relu_().MoveToOuterDisposeScope();
    }
}
