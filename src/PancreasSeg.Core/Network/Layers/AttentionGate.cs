using static TorchSharp.torch;

namespace PancreasSeg.Network;

/// <summary>
/// Grid attention (Oktay et al. 2018, "Attention U-Net"): weighs each place of a skip connection by how well it agrees with the
/// bottleneck, <c>W(x * sigmoid(psi(relu(theta(x) + phi(g)))))</c>.
/// </summary>
internal sealed class AttentionGate : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly Convolution _theta;
    private readonly Convolution _phi;
    private readonly Convolution _psi;
    private readonly Convolution _output;
    private readonly Func<Tensor, long, Tensor> _upsample;

    /// <summary>Creates a gate.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="name">Name of the gate.</param>
    /// <param name="stride">Voxels or pixels along each axis that share one coefficient.</param>
    /// <param name="upsample">Enlarges height and width by a factor.</param>
    public AttentionGate(ParameterSource weights, string name, long[] stride, Func<Tensor, long, Tensor> upsample) : base(name)
    {
        _theta = new Convolution(weights, $"{name}.theta", stride, padding: [.. stride.Select(_ => 0L)]);
        _phi = new Convolution(weights, $"{name}.phi");
        _psi = new Convolution(weights, $"{name}.psi");
        _output = new Convolution(weights, $"{name}.output");
        _upsample = upsample;
        register_module("theta", _theta);
        register_module("phi", _phi);
        register_module("psi", _psi);
        register_module("output", _output);
    }

    /// <summary>Gated skip, N x C x D x H x W, or N x C x H x W where the gate is one of slices.</summary>
    /// <param name="x">Skip, N x C x D x H x W.</param>
    /// <param name="g">Gating signal, N x G x D x h x w.</param>
    public override Tensor forward(Tensor x, Tensor g)
    {
        using var scope = NewDisposeScope();
        Tensor a = _theta.forward(x);                                          // N x C/2 x D x H/2 x W/2
        a.add_(_upsample(_phi.forward(g), a.shape[^1] / g.shape[^1])).relu_();
        Tensor coefficients = _psi.forward(a).sigmoid_();                      // N x 1 x D x H/2 x W/2
        a.Dispose();
        Tensor gated = x * _upsample(coefficients, 2);                         // N x C x D x H x W
        return _output.forward(gated).MoveToOuterDisposeScope();
    }
}
