namespace PancreasSeg.Network.Onnx;

/// <summary>
/// Writes a network's pass of inference (<see cref="SegmentationNetwork.Probability"/>) as an ONNX graph of operator set 17:
/// input <c>ct</c> 1 x 1 x D x H x W, output <c>probability</c> of the same shape and, for more than two classes, <c>logits</c>
/// 1 x K x D x H x W. The weights are constants under the names they have in a model file; heads and output convolution are
/// folded by nodes that have only constants as input, which a runtime evaluates once when it loads the graph.
/// </summary>
internal sealed class GraphOperations : INetworkOperations<string>
{
    public const int OperatorSet = 17;
    public const string Input = "ct", Probability = "probability", Logits = "logits";

    private readonly NetworkSpec _spec;
    private readonly ModelWeights _weights;
    private readonly GraphBuilder _graph = new("PancreasSeg");
    private string? _sum;

    /// <summary>Convolutions of two classes carry only the difference of their logits.</summary>
    private readonly bool _onlyDifference;

    private GraphOperations(NetworkSpec spec, ModelWeights weights) =>
        (_spec, _weights, _onlyDifference) = (spec, weights, spec.Classes == 2);

    /// <summary>The graph of a network with its weights.</summary>
    public static GraphProto Of(NetworkSpec spec, ModelWeights weights)
    {
        var network = new GraphOperations(spec, weights);
        network.Constants();
        spec.Walk(network, spec.IsOfSlices ? network.Slices(Input) : Input);
        return network._graph.Graph;
    }

    private string SpatialAxisList =>
        _graph.Constant("axes.spatial", [.. Enumerable.Range(2, _spec.SpatialAxes).Select(axis => (long)axis)]);

    private string Epsilon => _graph.Has("epsilon") ? "epsilon" : _graph.Constant("epsilon", [1], [1e-5f]);

    public string Convolution(string name, string x, int channels, ConvolutionWindow window, bool hasBias = true)
    {
        string[] bias = hasBias ? [$"{name}.bias"] : [];
        return _graph.Node("Conv", name, [x, $"{name}.weight", .. bias], Strides(window), Padding(window));
    }

    public string Transposed(string name, string x, int channels, ConvolutionWindow window, bool hasBias = true)
    {
        string[] bias = hasBias ? [$"{name}.bias"] : [];
        return _graph.Node("ConvTranspose", name, [x, $"{name}.weight", .. bias], Strides(window), Padding(window));
    }

    /// <summary>
    /// Instance normalisation in steps: runtimes add up all values of a channel in float32 in one go, which loses digits that the
    /// network then amplifies; sums of rows, then of their sums, keep them.
    /// </summary>
    public string Normalise(string name, string x)
    {
        AttributeProto inRow = GraphBuilder.List("axes", [4]), overRows = GraphBuilder.List("axes", [2, 3]);
        string mean = _graph.Node("ReduceMean", $"{name}.mean", [_graph.Node("ReduceMean", $"{name}.mean.rows", [x], inRow)], overRows);
        string centred = _graph.Node("Sub", $"{name}.centred", [x, mean]);
        string sums = _graph.Node("ReduceSumSquare", $"{name}.squares.rows", [centred], inRow);
        string squares = _graph.Node("ReduceMean", $"{name}.squares", [sums], overRows);
        string variance = _graph.Node("Div", $"{name}.variance", [squares, Width(x, name)]);
        string deviation = _graph.Node("Sqrt", $"{name}.deviation", [_graph.Node("Add", $"{name}.safe", [variance, Epsilon])]);
        string scale = _graph.Node("Div", $"{name}.scale", [PerChannel($"{name}.weight"), deviation]);
        return _graph.Node("Add", name, [_graph.Node("Mul", $"{name}.scaled", [centred, scale]), PerChannel($"{name}.bias")]);
    }

    public string Relu(string x) => _graph.Node("Relu", $"{x}.relu", [x]);

    public string Sigmoid(string name, string x) => _graph.Node("Sigmoid", name, [x]);

    public string Add(string name, string sum, string x) => _graph.Node("Add", name, [sum, x]);

    public string AddShortcut(string block, string sum, string x)
    {
        string name = $"{block}.shortcut";
        if (_weights.Find($"{name}.weight") is not null)
            x = Convolution(name, x, 0, ConvolutionWindow.Centred(_spec.SpatialAxes, 1), hasBias: false);
        return Add($"{block}.sum", sum, x);
    }

    public string Multiply(string name, string x, string coefficients) => _graph.Node("Mul", name, [x, coefficients]);

    public string Halve(string name, string x)
    {
        long[] window = _spec.IsOfSlices ? [2, 2] : [1, 2, 2];
        return _graph.Node("MaxPool", name, [x], GraphBuilder.List("kernel_shape", window), GraphBuilder.List("strides", window));
    }

    public string Upsample(string name, string x, int factor)
    {
        if (factor == 1) return x;
        string scales = $"scales.{factor}";
        if (!_graph.Has(scales))
            _graph.Constant(scales, [_spec.SpatialAxes + 2], _spec.IsOfSlices ? [1f, 1f, factor, factor] : [1f, 1f, 1f, factor, factor]);
        return _spec.IsOfSlices
            ? _graph.Node("Resize", name, [x, "", scales], GraphBuilder.Text("mode", "nearest"),
                GraphBuilder.Text("coordinate_transformation_mode", "asymmetric"), GraphBuilder.Text("nearest_mode", "floor"))
            : _graph.Node("Resize", name, [x, "", scales], GraphBuilder.Text("mode", "linear"),
                GraphBuilder.Text("coordinate_transformation_mode", "half_pixel"));
    }

    public string Join(string name, string first, string second) =>
        _graph.Node("Concat", name, [first, second], GraphBuilder.Whole("axis", 1));

    public string Share(string x) => x;

    public void Free(string x) { }

    public void Head(int stage, string features)
    {
        string part = Upsample($"part{stage}", FoldedOutput(stage, features), 1 << stage);
        _sum = _sum is null ? part : Add($"sum{stage}", _sum, part);
    }

    public void Output()
    {
        string whole = Volume(_sum!, _onlyDifference ? "logit" : Logits);
        if (_onlyDifference)
        {
            _graph.Node("Sigmoid", Probability, [whole]);
        }
        else
        {
            string all = _graph.Node("Softmax", "probabilities", [whole], GraphBuilder.Whole("axis", 1));
            Slice(all, Probability, axis: 1, _spec.PancreasChannel, 1);
        }
        _graph.Graph.Output.Add(GraphBuilder.Volume(Probability, 1));
        if (!_onlyDifference) _graph.Graph.Output.Add(GraphBuilder.Volume(Logits, _spec.Classes));
    }

    public void AfterBlock() { }

    private void Constants()
    {
        foreach (WeightTensor weight in _weights.Tensors) _graph.Constant(weight.Shape.Name, weight.Shape.Shape, weight.Values);
        if (_onlyDifference) _graph.Constant("difference", [1, 2], [-1f, 1f]);
        _graph.Graph.Input.Add(GraphBuilder.Volume(Input, 1));
    }

    private static AttributeProto Strides(ConvolutionWindow window) => GraphBuilder.List("strides", window.Stride.Select(n => (long)n));

    private static AttributeProto Padding(ConvolutionWindow window) =>
        GraphBuilder.List("pads", window.Padding.Concat(window.Padding).Select(n => (long)n));

    /// <summary>W of <paramref name="x"/> in float32.</summary>
    private string Width(string x, string name)
    {
        string width = _graph.Node("Shape", $"{name}.width", [x], GraphBuilder.Whole("start", 4), GraphBuilder.Whole("end", 5));
        return _graph.Node("Cast", $"{name}.width.float", [width], GraphBuilder.Whole("to", (long)TensorProto.Types.DataType.Float));
    }

    /// <summary>C values as 1 x C x 1 x 1 x 1.</summary>
    private string PerChannel(string values) =>
        _graph.Node("Unsqueeze", $"{values}.channels", [values, _graph.Constant("axes.others", 0, 2, 3, 4)]);

    /// <summary>Head and its part of the output convolution as one: W_out,s W_s and W_out,s b_s, plus b_out once.</summary>
    private string FoldedOutput(int stage, string features)
    {
        string name = $"head{stage}.folded";
        int position = _spec.Stages - 2 - stage;                                // heads come deepest first
        // K x K
        string mix = Flat(Slice("output.weight", $"{name}.mix", axis: 1, position * _spec.Classes, _spec.Classes), $"{name}.mix.flat");
        string bias = _graph.Node("MatMul", $"{name}.bias.own", [mix, $"head{stage}.bias"]);
        if (stage == 0) bias = _graph.Node("Add", $"{name}.bias.sum", [bias, "output.bias"]);
        if (_onlyDifference)
        {
            mix = _graph.Node("MatMul", $"{name}.mix.difference", ["difference", mix]);
            bias = _graph.Node("MatMul", $"{name}.bias.difference", ["difference", bias]);
        }
        // M x C
        string flat = _graph.Node("MatMul", $"{name}.weight.flat", [mix, Flat($"head{stage}.weight", $"{name}.head.flat")]);
        string weight = _graph.Node("Unsqueeze", $"{name}.weight", [flat, SpatialAxisList]);
        return _graph.Node("Conv", name, [features, weight, bias]);
    }

    private string Flat(string weight, string output) => _graph.Node("Squeeze", output, [weight, SpatialAxisList]);

    private string Slice(string x, string output, int axis, int start, int length) => _graph.Node("Slice", output,
        [x, _graph.Constant($"number.{start}", start), _graph.Constant($"number.{start + length}", start + length),
            _graph.Constant($"number.{axis}", axis)]);

    /// <summary>1 x 1 x D x H x W to D x 1 x H x W.</summary>
    private string Slices(string volume)
    {
        string squeezed = _graph.Node("Squeeze", "ct.stack", [volume, _graph.Constant("number.0", 0)]);
        return _graph.Node("Transpose", "ct.slices", [squeezed], GraphBuilder.List("perm", [1, 0, 2, 3]));
    }

    /// <summary>The last value under its public name; that of slices, D x 1 x H x W, as 1 x 1 x D x H x W.</summary>
    private string Volume(string x, string output)
    {
        if (!_spec.IsOfSlices) return _graph.Node("Identity", output, [x]);
        string stack = _graph.Node("Transpose", "answer.stack", [x], GraphBuilder.List("perm", [1, 0, 2, 3]));
        return _graph.Node("Unsqueeze", output, [stack, _graph.Constant("number.0", 0)]);
    }
}
