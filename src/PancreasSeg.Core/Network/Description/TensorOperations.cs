using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace PancreasSeg.Network;

/// <summary>
/// Computes a network with libtorch: one object for one pass. Values are N x C x D x H x W, of slices N x C x H x W. Every tensor is
/// freed right after its last use; what gradients need, autograd holds on to.
/// </summary>
/// <param name="weights">Every weight of the network by name.</param>
/// <param name="head">Takes the features of a decoder stage, which are freed afterwards.</param>
/// <param name="afterBlock">Called after each block; may throw to stop.</param>
internal sealed class TensorOperations(IReadOnlyDictionary<string, Parameter> weights, Action<int, Tensor> head, Action? afterBlock)
    : INetworkOperations<Tensor>
{
    public Tensor Convolution(string name, Tensor x, int channels, ConvolutionWindow window, bool hasBias = true) =>
        Network.Convolution.Of(x, Weight(name), hasBias ? Bias(name) : null, window);

    public Tensor Transposed(string name, Tensor x, int channels, ConvolutionWindow window, bool hasBias = true) =>
        Network.Convolution.Of(x, Weight(name), hasBias ? Bias(name) : null, window, transposed: true);

    /// <summary>In the number format of x, so that a training's float32 weights normalise as its model's do.</summary>
    public Tensor Normalise(string name, Tensor x, double slope = 1)
    {
        using Tensor weight = Weight(name).to(x.dtype), bias = Bias(name).to(x.dtype);
        using (x) return ChannelNorm.Of(x, weight, bias, slope);
    }

    public Tensor Relu(Tensor x) => x.relu_();

    public Tensor Sigmoid(string name, Tensor x) => x.sigmoid_();

    public Tensor LeakyRelu(Tensor x, double slope) => x.LeakyReluInPlace(slope);

    public Tensor AveragePool(string name, Tensor x, int[] stride) => Network.AveragePool.Of(x, stride);

    public Tensor Add(string name, Tensor sum, Tensor x) => sum.AddInPlace(x);

    public Tensor AddShortcut(string block, Tensor sum, Tensor x)
    {
        if (weights.TryGetValue($"{block}.shortcut.weight", out Parameter? weight)) Network.Convolution.AddPointwise(sum, x, weight);
        else sum.AddInPlace(x);
        return sum;
    }

    public Tensor Multiply(string name, Tensor x, Tensor coefficients) => x * coefficients;

    public Tensor Halve(string name, Tensor x) => x.dim() == 5 ? max_pool3d(x, [1, 2, 2], [1, 2, 2]) : max_pool2d(x, [2, 2], [2, 2]);

    public Tensor Upsample(string name, Tensor x, int factor) => Upsampled(x, x.dim() == 5 ? [1, factor, factor] : [factor, factor]);

    public Tensor Join(string name, Tensor first, Tensor second) => cat([first, second], dim: 1);

    public Tensor Share(Tensor x) => x.alias();

    public void Free(Tensor x) => x.Dispose();

    public void Head(int stage, Tensor features) => head(stage, features);

    public void Output() { }

    public void AfterBlock() => afterBlock?.Invoke();

    /// <summary>Enlarges each spatial axis by a whole factor: volumes linearly between the centres, slices by repetition.</summary>
    public static Tensor Upsampled(Tensor x, int[] factors)
    {
        if (factors.All(n => n == 1)) return x.alias();
        double[] scales = [.. factors];
        return x.dim() == 5 ? interpolate(x, scale_factor: scales, mode: InterpolationMode.Trilinear, align_corners: false)
            : interpolate(x, scale_factor: scales, mode: InterpolationMode.Nearest);
    }

    private Parameter Weight(string name) => weights[$"{name}.weight"];

    private Parameter Bias(string name) => weights[$"{name}.bias"];
}
