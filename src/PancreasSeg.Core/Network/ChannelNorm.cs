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

    /// <summary>
    /// For one volume batch normalisation by its own statistics is the same, and group normalisation with one channel per group for
    /// any number; unlike instance_norm both keep the memory format, and the former's gradient costs half as much, in bfloat16 an eighth.
    /// </summary>
    public override Tensor forward(Tensor x)
    {
        using Tensor weight = _weight.to(x.dtype), bias = _bias.to(x.dtype);
        return x.shape[0] == 1
            ? nn.functional.batch_norm(x, null, null, weight, bias, training: true)
            : nn.functional.group_norm(x, x.shape[1], weight, bias);
    }
}
