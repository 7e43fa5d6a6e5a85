using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace PancreasSeg.Network.Foreign;

/// <summary>Computes a network with libtorch. Values are 1 x C x D x H x W, channels innermost in memory.</summary>
/// <param name="weights">Weights by name; those of one axis in float32.</param>
/// <param name="afterBlock">Called after each block; may throw to stop.</param>
internal sealed class UNetTensors(IReadOnlyDictionary<string, Tensor> weights, Action afterBlock) : IUNetOperations<Tensor>
{
    public Tensor Convolution(string name, Tensor x, int channels, ConvolutionWindow window, bool hasBias = true) =>
        Network.Convolution.Of(x, weights[$"{name}.weight"], hasBias ? weights[$"{name}.bias"] : null, window, anyBlocks: true);

    public Tensor Transposed(string name, Tensor x, int channels, ConvolutionWindow window, bool hasBias = true) =>
        Network.Convolution.Of(
            x, weights[$"{name}.weight"], hasBias ? weights[$"{name}.bias"] : null, window, transposed: true, anyBlocks: true);

    public Tensor Normalise(string name, Tensor x, double slope = 1)
    {
        using (x) return ChannelNorm.Of(x, weights[$"{name}.weight"], weights[$"{name}.bias"], slope);
    }

    public Tensor NormaliseByTraining(string name, Tensor x)
    {
        using (x)
            return batch_norm(x, weights[$"{name}.running_mean"], weights[$"{name}.running_var"], weights[$"{name}.weight"],
                weights[$"{name}.bias"], training: false);
    }

    public Tensor LeakyRelu(Tensor x, double slope) => x.LeakyReluInPlace(slope);

    public Tensor AveragePool(string name, Tensor x, int[] stride) => Network.AveragePool.Of(x, stride);

    public Tensor Add(string name, Tensor sum, Tensor x) => sum.AddInPlace(x);

    public Tensor Join(string name, Tensor first, Tensor second) => cat([first, second], dim: 1);

    public void Free(Tensor x) => x.Dispose();

    public void AfterBlock() => afterBlock();
}
