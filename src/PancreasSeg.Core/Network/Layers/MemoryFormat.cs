using static TorchSharp.torch;

namespace PancreasSeg.Network;

/// <summary>The memory order in which convolutions are fastest.</summary>
internal static class MemoryFormat
{
    /// <summary>True for a tensor with channels innermost in memory and no gaps.</summary>
    public static bool IsChannelsLast(this Tensor x)
    {
        using Tensor moved = x.movedim([1], [-1]);
        return moved.is_contiguous();
    }

    /// <summary>
    /// The same N x C x D x H x W or N x C x H x W tensor with channels innermost in memory (PyTorch's channels_last_3d and
    /// channels_last).
    /// </summary>
    public static Tensor ChannelsLast(this Tensor x)
    {
        using Tensor moved = x.movedim([1], [-1]);           // N x D x H x W x C
        using Tensor packed = moved.contiguous();
        return packed.movedim([-1], [1]);                    // N x C x D x H x W again
    }

    /// <summary>
    /// The same N x 1 x D x H x W tensor. Of one channel both orders are the same; its strides then say channels innermost, so that a
    /// convolution's answer has them so.
    /// </summary>
    public static Tensor OneChannelLast(this Tensor x) => x.as_strided(x.shape, [x.stride()[0], 1, .. x.stride()[2..]]);
}
