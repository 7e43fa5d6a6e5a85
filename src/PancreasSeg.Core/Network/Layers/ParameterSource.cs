using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PancreasSeg.Network;

/// <summary>Hands a network its weights by name while it is built.</summary>
internal delegate Parameter ParameterSource(string name);

/// <summary>Sources of weights.</summary>
internal static class ParameterSources
{
    /// <summary>Weights for training: float32 with gradients.</summary>
    public static ParameterSource Trainable(ModelWeights weights, Device device) =>
        name => new Parameter(Tensor(weights.Find(name)!, device, ScalarType.Float32));

    /// <summary>
    /// Weights for inference in the given precision, without gradients. The heads keep float32: they are few and are combined
    /// before use.
    /// </summary>
    public static ParameterSource Frozen(ModelWeights weights, Device device, ScalarType precision) =>
        name => new Parameter(Tensor(weights.Find(name)!, device, IsHead(name) ? ScalarType.Float32 : precision), requires_grad: false);

    private static bool IsHead(string name) =>
        name.StartsWith("head", StringComparison.Ordinal) || name.StartsWith("output", StringComparison.Ordinal);

    private static Tensor Tensor(WeightTensor weight, Device device, ScalarType precision)
    {
        using var scope = NewDisposeScope();
        Tensor values = tensor(weight.Values, [.. weight.Shape.Shape.Select(n => (long)n)]).to(precision, device);
        return (values.dim() > 1 ? values.ChannelsLast() : values).DetachFromDisposeScope();
    }
}
