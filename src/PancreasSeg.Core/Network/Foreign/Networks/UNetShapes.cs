namespace PancreasSeg.Network.Foreign;

/// <summary>Reads a network for its weights by name and shape, in the order in which they are used. A value is its number of
/// channels.</summary>
internal sealed class UNetShapes : IUNetOperations<int>
{
    private readonly List<WeightShape> _weights = [];

    /// <summary>The weights of one of nnU-Net's networks.</summary>
    /// <param name="sizes">The network.</param>
    /// <param name="classes">Channels of its answer.</param>
    public static IReadOnlyList<WeightShape> Of(UNetArchitecture sizes, int classes)
    {
        var shapes = new UNetShapes();
        new UNetWalk<int>(shapes, sizes).Run(1, classes);
        return shapes._weights;
    }

    public int Convolution(string name, int x, int channels, ConvolutionWindow window, bool hasBias = true) =>
        Weights(name, [channels, x, .. window.Kernel], channels, hasBias);

    public int Transposed(string name, int x, int channels, ConvolutionWindow window, bool hasBias = true) =>
        Weights(name, [x, channels, .. window.Kernel], channels, hasBias);

    public int Normalise(string name, int x, double slope = 1) => Weights(name, [x], x, true);

    public int NormaliseByTraining(string name, int x)
    {
        _weights.Add(new WeightShape($"{name}.running_mean", x));
        _weights.Add(new WeightShape($"{name}.running_var", x));
        return Normalise(name, x);
    }

    public int LeakyRelu(int x, double slope) => x;

    public int AveragePool(string name, int x, int[] stride) => x;

    public int Add(string name, int sum, int x) => sum;

    public int Join(string name, int first, int second) => first + second;

    public void Free(int x) { }

    public void AfterBlock() { }

    private int Weights(string name, int[] shape, int channels, bool hasBias)
    {
        _weights.Add(new WeightShape($"{name}.weight", shape));
        if (hasBias) _weights.Add(new WeightShape($"{name}.bias", channels));
        return channels;
    }
}
