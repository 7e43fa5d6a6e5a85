namespace PancreasSeg.Network.Foreign;

/// <summary>Reads a network for the names and shapes of its weights, in the order in which they are used. A value is its number of channels.</summary>
internal sealed class WeightLayout : INetworkOperations<int>
{
    private readonly List<WeightShape> _weights = [];

    /// <summary>The weights of one of nnU-Net's networks.</summary>
    public static IReadOnlyList<WeightShape> Of(UNetArchitecture sizes, int classes)
    {
        var layout = new WeightLayout();
        UNet.Logits(layout, sizes, sizes.InputChannels, classes);
        return layout._weights;
    }

    public int Convolution(string name, int x, int output, int[] kernel, int[] stride, bool bias) => Weights(name, [output, x, .. kernel], bias, output);

    public int Transposed(string name, int x, int output, int[] stride, bool bias) => Weights(name, [x, output, .. stride], bias, output);

    public int InstanceNorm(string name, int x, double epsilon) => Weights(name, [x], true, x);

    public int BatchNorm(string name, int x, double epsilon)
    {
        Weights(name, [x], true, x);
        _weights.Add(new WeightShape($"{name}.running_mean", x));
        _weights.Add(new WeightShape($"{name}.running_var", x));
        return x;
    }

    public int LeakyRelu(int x, double slope) => x;

    public int AveragePool(int x, int[] stride) => x;

    public int Add(int x, int y) => x;

    public int Concat(int x, int y) => x + y;

    public void Free(int x)
    {
    }

    public void AfterBlock()
    {
    }

    private int Weights(string name, int[] shape, bool bias, int output)
    {
        _weights.Add(new WeightShape($"{name}.weight", shape));
        if (bias) _weights.Add(new WeightShape($"{name}.bias", output));
        return output;
    }
}
