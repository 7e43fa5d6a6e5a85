using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace PancreasSeg.Network.Foreign;

/// <summary>
/// Computes a network with libtorch. Tensors are 1 x C x a x b x c with channels innermost in memory. In bfloat16 a layer whose sizes
/// cannot be trusted, and every pooling, is computed in float32.
/// </summary>
/// <param name="weights">Weights by name, on the device and in the number format of the inputs, but those of one axis in float32.</param>
/// <param name="afterBlock">Called after each part; may throw to stop.</param>
internal sealed class TorchOperations(IReadOnlyDictionary<string, Tensor> weights, Action afterBlock) : INetworkOperations<Tensor>
{
    private static readonly long[] s_space = [0, 2, 3, 4];

    public Tensor Convolution(string name, Tensor x, int output, int[] kernel, int[] stride, bool bias) => InTrustedPrecision(name, x, bias, false, (input, weight, summand) =>
        conv3d(input, weight, summand, [.. stride.Select(n => (long)n)], [.. kernel.Select(n => (long)(n - 1) / 2)]));

    public Tensor Transposed(string name, Tensor x, int output, int[] stride, bool bias) => InTrustedPrecision(name, x, bias, true, (input, weight, summand) =>
        conv_transpose3d(input, weight, summand, [.. stride.Select(n => (long)n)]));

    public Tensor InstanceNorm(string name, Tensor x, double epsilon)
    {
        using var scope = NewDisposeScope();
        Tensor mean = x.mean(s_space, keepdim: true, type: ScalarType.Float32);
        Tensor centred = x - mean;
        Tensor variance = centred.mul_(centred).mean(s_space);
        centred.Dispose();
        return batch_norm(x, mean.flatten(), variance, weights[$"{name}.weight"], weights[$"{name}.bias"], training: false, eps: epsilon).MoveToOuterDisposeScope();
    }

    public Tensor BatchNorm(string name, Tensor x, double epsilon) =>
        batch_norm(x, weights[$"{name}.running_mean"], weights[$"{name}.running_var"], weights[$"{name}.weight"], weights[$"{name}.bias"], training: false, eps: epsilon);

    public Tensor LeakyRelu(Tensor x, double slope) => leaky_relu(x, slope, inplace: true);

    public Tensor AveragePool(Tensor x, int[] stride)
    {
        using var scope = NewDisposeScope();
        long[] size = [.. stride.Select(n => (long)n)];
        return avg_pool3d(x.to(ScalarType.Float32), size, size).to(x.dtype).ChannelsLast().MoveToOuterDisposeScope();
    }

    public Tensor Add(Tensor x, Tensor y) => x.add_(y);

    public Tensor Concat(Tensor x, Tensor y) => cat([x, y], 1);

    public void Free(Tensor x) => x.Dispose();

    public void AfterBlock() => afterBlock();

    private Tensor InTrustedPrecision(string name, Tensor x, bool bias, bool transposed, Func<Tensor, Tensor, Tensor?, Tensor> compute)
    {
        using var scope = NewDisposeScope();
        Tensor weight = weights[$"{name}.weight"];
        (long input, long output) = transposed ? (weight.shape[0], weight.shape[1]) : (weight.shape[1], weight.shape[0]);
        bool isPointwise = weight.shape.Skip(2).All(n => n == 1);
        ScalarType type = x.dtype == ScalarType.BFloat16 && !isPointwise && !BFloat16Support.Fits(input, output, transposed) ? ScalarType.Float32 : x.dtype;
        Tensor? summand = bias ? weights[$"{name}.bias"].to(type) : null;
        return compute(x.to(type), weight.to(type), summand).to(x.dtype).MoveToOuterDisposeScope();
    }
}
