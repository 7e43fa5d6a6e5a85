namespace PancreasSeg.Network;

/// <summary>Channels of a value, the slices of the input that one of its voxels lies over, and those to each side that it depends on
/// beside.</summary>
internal readonly record struct FeatureShape(int Channels, int Reach, int Slices = 1);

/// <summary>Reads a network for its weights by name and shape and for its reach. Knows nothing of torch.</summary>
internal sealed class ShapeOperations : INetworkOperations<FeatureShape>
{
    private readonly NetworkSpec _spec;
    private readonly List<WeightShape> _weights = [];
    private int _reach;

    private ShapeOperations(NetworkSpec spec) => _spec = spec;

    /// <summary>Every weight in the order in which a model file holds them, and the reach of an answer in slices to each side.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/> for sizes that make no network.</exception>
    public static (IReadOnlyList<WeightShape> Weights, int Reach) Of(NetworkSpec spec)
    {
        spec.Validate();
        var shapes = new ShapeOperations(spec);
        spec.Walk(shapes, new FeatureShape(1, 0));
        return (shapes._weights, shapes._reach);
    }

    public FeatureShape Convolution(string name, FeatureShape x, int channels, ConvolutionWindow window, bool hasBias = true)
    {
        Weight(name, [channels, x.Channels, .. window.Kernel]);
        if (hasBias) Bias(name, channels);
        return new FeatureShape(channels, x.Reach + window.ReachInSlices * x.Slices, x.Slices * window.StrideInSlices);
    }

    public FeatureShape Transposed(string name, FeatureShape x, int channels, ConvolutionWindow window, bool hasBias = true)
    {
        // Files hold a stage's transposed convolution before its gate, though the gate is computed first.
        int place = _weights.FindIndex(
            w => w.Name.StartsWith(name.Replace("up", "gate", StringComparison.Ordinal) + '.', StringComparison.Ordinal));
        _weights.InsertRange(place < 0 ? _weights.Count : place,
            [new WeightShape($"{name}.weight", [x.Channels, channels, .. window.Kernel]),
                .. hasBias ? [new WeightShape($"{name}.bias", channels)] : Array.Empty<WeightShape>()]);
        int slices = x.Slices / window.StrideInSlices;
        return new FeatureShape(channels, x.Reach + x.Slices - slices, slices);
    }

    public FeatureShape Normalise(string name, FeatureShape x, double slope = 1)
    {
        Weight(name, [x.Channels]);
        Bias(name, x.Channels);
        return x;
    }

    public FeatureShape LeakyRelu(FeatureShape x, double slope) => x;

    public FeatureShape AveragePool(string name, FeatureShape x, int[] stride) => x with { Slices = x.Slices * stride[0] };

    public FeatureShape Relu(FeatureShape x) => x;

    public FeatureShape Sigmoid(string name, FeatureShape x) => x;

    public FeatureShape Add(string name, FeatureShape sum, FeatureShape x) => Deeper(sum, x);

    public FeatureShape AddShortcut(string block, FeatureShape sum, FeatureShape x)
    {
        if (x.Channels != sum.Channels)
            Weight($"{block}.shortcut", [sum.Channels, x.Channels, .. ConvolutionWindow.Centred(_spec.SpatialAxes, 1).Kernel]);
        return Deeper(sum, x);
    }

    public FeatureShape Multiply(string name, FeatureShape x, FeatureShape coefficients) => Deeper(x, coefficients);

    public FeatureShape Halve(string name, FeatureShape x) => x;

    public FeatureShape Upsample(string name, FeatureShape x, int factor) => x;

    public FeatureShape Join(string name, FeatureShape first, FeatureShape second) =>
        Deeper(first, second) with { Channels = first.Channels + second.Channels };

    public FeatureShape Share(FeatureShape x) => x;

    public void Free(FeatureShape x) { }

    public void Head(int stage, FeatureShape features) =>
        _reach =
            Math.Max(_reach, Convolution($"head{stage}", features, _spec.Classes, ConvolutionWindow.Centred(_spec.SpatialAxes, 1)).Reach);

    public void Output()
    {
        if (!_spec.MixesHeads) return;
        Convolution("output", new FeatureShape(_spec.Classes * (_spec.Stages - 1), _reach), _spec.Classes,
            ConvolutionWindow.Centred(_spec.SpatialAxes, 1));
    }

    public void AfterBlock() { }

    private static FeatureShape Deeper(FeatureShape a, FeatureShape b) => a with { Reach = Math.Max(a.Reach, b.Reach) };

    private void Weight(string name, int[] shape) => _weights.Add(new WeightShape($"{name}.weight", shape));

    private void Bias(string name, int channels) => _weights.Add(new WeightShape($"{name}.bias", channels));
}
