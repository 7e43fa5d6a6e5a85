using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace PancreasSeg.Network;

/// <summary>Average pooling of volumes.</summary>
internal static class AveragePool
{
    /// <summary>Means of blocks of N x C x D x H x W as large as the stride, in the number format of <paramref name="x"/>; libtorch has
    /// none in bfloat16 on the processor.</summary>
    public static Tensor Of(Tensor x, int[] stride)
    {
        using var scope = NewDisposeScope();
        long[] size = [.. stride];
        return avg_pool3d(x.to(ScalarType.Float32), size, size).to(x.dtype).MoveToOuterDisposeScope();
    }
}
