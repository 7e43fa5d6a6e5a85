using PancreasSeg.Network;
using static TorchSharp.torch;

namespace PancreasSeg.Benchmarks;

/// <summary>The product of two large matrices: the most that libtorch reaches on this machine.</summary>
internal static class MatrixProduct
{
    public const string Float32 = "matrix product 4096 float32", BFloat16 = "matrix product 4096 bfloat16";

    private const int Size = 4096;

    public static Job Of(string name, ScalarType type) => new(name, true, () =>
    {
        TorchRuntime.Start(ComputeDevice.Cpu, Precision.Float32, null);
        Tensor a = randn([Size, Size]).to(type), b = randn([Size, Size]).to(type);
        return () => a.matmul(b).Dispose();
    }, 2e-9 * Size * Size * Size, name);
}
