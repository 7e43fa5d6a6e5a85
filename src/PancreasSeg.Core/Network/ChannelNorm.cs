using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PancreasSeg.Network;

/// <summary>Instance normalisation (Ulyanov et al. 2016) with learned scale and shift per channel.</summary>
internal sealed class ChannelNorm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter _weight;
    private readonly Parameter _bias;

    public ChannelNorm(ParameterSource weights, string name) : base(name)
    {
        _weight = weights($"{name}.weight")!;
        _bias = weights($"{name}.bias")!;
        register_parameter("weight", _weight);
        register_parameter("bias", _bias);
    }

    /// <summary>Group normalisation with one channel per group is the same and, unlike instance_norm, keeps the memory format.</summary>
    public override Tensor forward(Tensor x)
    {
        using Tensor weight = _weight.to(x.dtype), bias = _bias.to(x.dtype);
        return nn.functional.group_norm(x, x.shape[1], weight, bias);
    }
}
