using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PancreasSeg.Network;

/// <summary>Volumes as tensors.</summary>
internal static class VolumeTensor
{
    /// <summary>A copy of D x H x W values as a 1 x 1 x D x H x W tensor on the processor.</summary>
    public static Tensor From(ReadOnlyMemory<float> values, int depth, int height, int width)
    {
        Tensor x = empty([1, 1, depth, height, width], ScalarType.Float32);
        values.Span.CopyTo(MemoryMarshal.Cast<byte, float>(x.bytes));
        return x;
    }
}
