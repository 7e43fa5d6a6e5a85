namespace PancreasSeg.Network.Onnx;

/// <summary>
/// Writes what every network here is made of as an ONNX graph of operator set <see cref="OperatorSet"/>. The weights are constants under
/// the names they have in a model file.
/// </summary>
internal abstract class ConvolutionGraph : IConvolutionOperations<string>
{
    public const int OperatorSet = 17;
    public const string Input = "ct", Logits = "logits";

    /// <summary>The graph so far, the weights in it.</summary>
    protected ConvolutionGraph(ModelWeights weights)
    {
        foreach (WeightTensor weight in weights.Tensors) Builder.Constant(weight.Shape.Name, weight.Shape.Shape, weight.Values);
    }

    /// <summary>Takes the nodes.</summary>
    protected GraphBuilder Builder { get; } = new("PancreasSeg");

    private string Epsilon => Builder.Has("epsilon") ? "epsilon" : Builder.Constant("epsilon", [1], [1e-5f]);

    public string Convolution(string name, string x, int channels, ConvolutionWindow window, bool hasBias = true)
    {
        string[] bias = hasBias ? [$"{name}.bias"] : [];
        return Builder.Node("Conv", name, [x, $"{name}.weight", .. bias], Strides(window), Padding(window));
    }

    public string Transposed(string name, string x, int channels, ConvolutionWindow window, bool hasBias = true)
    {
        string[] bias = hasBias ? [$"{name}.bias"] : [];
        return Builder.Node("ConvTranspose", name, [x, $"{name}.weight", .. bias], Strides(window), Padding(window));
    }

    /// <summary>
    /// Instance normalisation in steps: runtimes add up all values of a channel in float32 in one go, which loses digits that the
    /// network then amplifies; sums of rows, then of their sums, keep them.
    /// </summary>
    public string Normalise(string name, string x, double slope = 1)
    {
        AttributeProto inRow = GraphBuilder.List("axes", [4]), overRows = GraphBuilder.List("axes", [2, 3]);
        string mean = Builder.Node("ReduceMean", $"{name}.mean", [Builder.Node("ReduceMean", $"{name}.mean.rows", [x], inRow)], overRows);
        string centred = Builder.Node("Sub", $"{name}.centred", [x, mean]);
        string sums = Builder.Node("ReduceSumSquare", $"{name}.squares.rows", [centred], inRow);
        string squares = Builder.Node("ReduceMean", $"{name}.squares", [sums], overRows);
        string variance = Builder.Node("Div", $"{name}.variance", [squares, Width(x, name)]);
        string deviation = Builder.Node("Sqrt", $"{name}.deviation", [Builder.Node("Add", $"{name}.safe", [variance, Epsilon])]);
        string scale = Builder.Node("Div", $"{name}.scale", [PerChannel($"{name}.weight"), deviation]);
        string y = Builder.Node("Add", name, [Builder.Node("Mul", $"{name}.scaled", [centred, scale]), PerChannel($"{name}.bias")]);
        return slope == 1 ? y : LeakyRelu(y, slope);
    }

    public string LeakyRelu(string x, double slope) => Builder.Node("LeakyRelu", $"{x}.leaky", [x], GraphBuilder.Real("alpha", slope));

    public string AveragePool(string name, string x, int[] stride)
    {
        long[] window = [.. stride];
        return Builder.Node("AveragePool", name, [x], GraphBuilder.List("kernel_shape", window), GraphBuilder.List("strides", window));
    }

    public string Add(string name, string sum, string x) => Builder.Node("Add", name, [sum, x]);

    public string Join(string name, string first, string second) =>
        Builder.Node("Concat", name, [first, second], GraphBuilder.Whole("axis", 1));

    public void Free(string x) { }

    public void AfterBlock() { }

    private static AttributeProto Strides(ConvolutionWindow window) => GraphBuilder.List("strides", window.Stride.Select(n => (long)n));

    private static AttributeProto Padding(ConvolutionWindow window) =>
        GraphBuilder.List("pads", window.Padding.Concat(window.Padding).Select(n => (long)n));

    /// <summary>W of <paramref name="x"/> in float32.</summary>
    private string Width(string x, string name)
    {
        string width = Builder.Node("Shape", $"{name}.width", [x], GraphBuilder.Whole("start", 4), GraphBuilder.Whole("end", 5));
        return Builder.Node("Cast", $"{name}.width.float", [width], GraphBuilder.Whole("to", (long)TensorProto.Types.DataType.Float));
    }

    /// <summary>C values as 1 x C x 1 x 1 x 1.</summary>
    private string PerChannel(string values) =>
        Builder.Node("Unsqueeze", $"{values}.channels", [values, Builder.Constant("axes.others", 0, 2, 3, 4)]);
}
