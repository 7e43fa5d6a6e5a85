using static TorchSharp.torch;

namespace PancreasSeg.Network;

/// <summary>Instance normalisation (Ulyanov et al. 2016) with learned scale and shift per channel, and the activation after it.</summary>
internal static class ChannelNorm
{
    /// <summary>
    /// Each channel C of N x C x D x H x W to zero mean and unit variance, times weight plus bias, both of length C; then what is below
    /// 0 times the slope: 1 leaves it, 0 is ReLU.
    /// For one volume batch normalisation by its own statistics is the same, and group normalisation with one channel per group for
    /// any number; unlike instance_norm both keep the memory format, and the former's gradient costs half as much, in bfloat16 an eighth.
    /// <para>In float32 torch's batch normalisation adds up a channel's values one by one; of a million voxels that alone moves
    /// probabilities by up to 0.008. For inference on the processor a kernel of our own stands in, which overwrites
    /// <paramref name="x"/>; in bfloat16 too where weight and bias are float32, as those of nnU-Net's networks are.</para>
    /// </summary>
    public static Tensor Of(Tensor x, Tensor weight, Tensor bias, double slope = 1)
    {
        if (weight.dtype == ScalarType.Float32 && x.shape[0] == 1 && x.device_type == TorchSharp.DeviceType.CPU && !is_grad_enabled())
        {
            Tensor y = x.is_contiguous() || x.IsChannelsLast() ? x.alias() : x.contiguous();
            NormKernel.Run(y, weight, bias, (float)slope);
            return y;
        }
        using Tensor scale = weight.to(x.dtype), shift = bias.to(x.dtype);
        Tensor normal = x.shape[0] == 1
            ? nn.functional.batch_norm(x, null, null, scale, shift, training: true)
            : nn.functional.group_norm(x, x.shape[1], scale, shift);
        return slope == 1 ? normal : normal.LeakyReluInPlace(slope);
    }
}
