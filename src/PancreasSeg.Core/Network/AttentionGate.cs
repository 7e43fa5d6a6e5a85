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

    public AttentionGate(ParameterSource weights, string name) : base(name)
    {
        _theta = new Convolution(weights, $"{name}.theta", stride: [1, 2, 2], padding: [0, 0, 0]);
        _phi = new Convolution(weights, $"{name}.phi");
        _psi = new Convolution(weights, $"{name}.psi");
        _output = new Convolution(weights, $"{name}.output");
        register_module("theta", _theta);
        register_module("phi", _phi);
        register_module("psi", _psi);
        register_module("output", _output);
    }

    /// <summary>Gated skip, N x C x D x H x W.</summary>
    /// <param name="x">Skip, N x C x D x H x W.</param>
    /// <param name="g">Bottleneck, N x 16f x D x h x w.</param>
    public override Tensor forward(Tensor x, Tensor g)
    {
        using var scope = NewDisposeScope();
        Tensor a = _theta.forward(x);                                          // N x C/2 x D x H/2 x W/2
        a.add_(InPlane.Upsample(_phi.forward(g), a.shape[3] / g.shape[3])).relu_();
        Tensor coefficients = _psi.forward(a).sigmoid_();                      // N x 1 x D x H/2 x W/2
        a.Dispose();
        Tensor gated = x * InPlane.Upsample(coefficients, 2);                  // N x C x D x H x W
        return _output.forward(gated).MoveToOuterDisposeScope();
    }
}
