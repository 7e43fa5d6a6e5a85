namespace PancreasSeg.Network.Onnx;

/// <summary>
/// Writes a network's pass of inference (<see cref="SegmentationNetwork.Probability"/>) as an ONNX graph: input <c>ct</c>
/// 1 x 1 x D x H x W, output <c>probability</c> of the same shape and, for more than two classes, <c>logits</c> 1 x K x D x H x W. Heads
/// and output convolution are folded by nodes that have only constants as input, which a runtime evaluates once when it loads the graph.
/// </summary>
internal sealed class GraphOperations : ConvolutionGraph, INetworkOperations<string>
{
    public const string Probability = "probability";

    private readonly NetworkSpec _spec;
    private readonly ModelWeights _weights;
    private string? _sum;

    /// <summary>Convolutions of two classes carry only the difference of their logits.</summary>
    private readonly bool _onlyDifference;

    private GraphOperations(NetworkSpec spec, ModelWeights weights) : base(weights) =>
        (_spec, _weights, _onlyDifference) = (spec, weights, spec.Classes == 2);

    /// <summary>The graph of a network with its weights.</summary>
    public static GraphProto Of(NetworkSpec spec, ModelWeights weights)
    {
        var network = new GraphOperations(spec, weights);
        network.Constants();
        spec.Walk(network, spec.IsOfSlices ? network.Slices(Input) : Input);
        return network.Builder.Graph;
    }

    private string SpatialAxisList =>
        Builder.Constant("axes.spatial", [.. Enumerable.Range(2, _spec.SpatialAxes).Select(axis => (long)axis)]);

    public string Relu(string x) => Builder.Node("Relu", $"{x}.relu", [x]);

    public string Sigmoid(string name, string x) => Builder.Node("Sigmoid", name, [x]);

    public string AddShortcut(string block, string sum, string x)
    {
        string name = $"{block}.shortcut";
        if (_weights.Find($"{name}.weight") is not null)
            x = Convolution(name, x, 0, ConvolutionWindow.Centred(_spec.SpatialAxes, 1), hasBias: false);
        return Add($"{block}.sum", sum, x);
    }

    public string Multiply(string name, string x, string coefficients) => Builder.Node("Mul", name, [x, coefficients]);

    public string Halve(string name, string x)
    {
        long[] window = _spec.IsOfSlices ? [2, 2] : [1, 2, 2];
        return Builder.Node("MaxPool", name, [x], GraphBuilder.List("kernel_shape", window), GraphBuilder.List("strides", window));
    }

    public string Upsample(string name, string x, int factor)
    {
        if (factor == 1) return x;
        string scales = $"scales.{factor}";
        if (!Builder.Has(scales))
            Builder.Constant(scales, [_spec.SpatialAxes + 2], _spec.IsOfSlices ? [1f, 1f, factor, factor] : [1f, 1f, 1f, factor, factor]);
        return _spec.IsOfSlices
            ? Builder.Node("Resize", name, [x, "", scales], GraphBuilder.Text("mode", "nearest"),
                GraphBuilder.Text("coordinate_transformation_mode", "asymmetric"), GraphBuilder.Text("nearest_mode", "floor"))
            : Builder.Node("Resize", name, [x, "", scales], GraphBuilder.Text("mode", "linear"),
                GraphBuilder.Text("coordinate_transformation_mode", "half_pixel"));
    }

    public string Share(string x) => x;

    public void Head(int stage, string features)
    {
        if (stage > 0 && !_spec.MixesHeads) return;
        string part = Upsample($"part{stage}", FoldedOutput(stage, features), 1 << stage);
        _sum = _sum is null ? part : Add($"sum{stage}", _sum, part);
    }

    public void Output()
    {
        string whole = Volume(_sum!, _onlyDifference ? "logit" : Logits);
        if (_onlyDifference)
        {
            Builder.Node("Sigmoid", Probability, [whole]);
        }
        else
        {
            string all = Builder.Node("Softmax", "probabilities", [whole], GraphBuilder.Whole("axis", 1));
            Slice(all, Probability, axis: 1, _spec.PancreasChannel, 1);
        }
        Builder.Graph.Output.Add(GraphBuilder.Volume(Probability, 1));
        if (!_onlyDifference) Builder.Graph.Output.Add(GraphBuilder.Volume(Logits, _spec.Classes));
    }

    private void Constants()
    {
        if (_onlyDifference) Builder.Constant("difference", [1, 2], [-1f, 1f]);
        Builder.Graph.Input.Add(GraphBuilder.Volume(Input, 1));
    }

    /// <summary>Head and its part of the output convolution as one: W_out,s W_s and W_out,s b_s, plus b_out once; the head as it is
    /// where none is mixed.</summary>
    private string FoldedOutput(int stage, string features)
    {
        string name = $"head{stage}.folded";
        string flat = Flat($"head{stage}.weight", $"{name}.head.flat"), bias = $"head{stage}.bias"; // K x C, K
        if (_spec.MixesHeads)
        {
            int position = _spec.Stages - 2 - stage;                            // heads come deepest first
            // K x K
            string mix = Flat(Slice("output.weight", $"{name}.mix", axis: 1, position * _spec.Classes, _spec.Classes), $"{name}.mix.flat");
            flat = Builder.Node("MatMul", $"{name}.weight.own", [mix, flat]);
            bias = Builder.Node("MatMul", $"{name}.bias.own", [mix, bias]);
            if (stage == 0) bias = Builder.Node("Add", $"{name}.bias.sum", [bias, "output.bias"]);
        }
        if (_onlyDifference)
        {
            flat = Builder.Node("MatMul", $"{name}.weight.difference", ["difference", flat]); // M x C
            bias = Builder.Node("MatMul", $"{name}.bias.difference", ["difference", bias]);
        }
        string weight = Builder.Node("Unsqueeze", $"{name}.weight", [flat, SpatialAxisList]);
        return Builder.Node("Conv", name, [features, weight, bias]);
    }

    private string Flat(string weight, string output) => Builder.Node("Squeeze", output, [weight, SpatialAxisList]);

    private string Slice(string x, string output, int axis, int start, int length) => Builder.Node("Slice", output,
        [x, Builder.Constant($"number.{start}", start), Builder.Constant($"number.{start + length}", start + length),
            Builder.Constant($"number.{axis}", axis)]);

    /// <summary>1 x 1 x D x H x W to D x 1 x H x W.</summary>
    private string Slices(string volume)
    {
        string squeezed = Builder.Node("Squeeze", "ct.stack", [volume, Builder.Constant("number.0", 0)]);
        return Builder.Node("Transpose", "ct.slices", [squeezed], GraphBuilder.List("perm", [1, 0, 2, 3]));
    }

    /// <summary>The last value under its public name; that of slices, D x 1 x H x W, as 1 x 1 x D x H x W.</summary>
    private string Volume(string x, string output)
    {
        if (!_spec.IsOfSlices) return Builder.Node("Identity", output, [x]);
        string stack = Builder.Node("Transpose", "answer.stack", [x], GraphBuilder.List("perm", [1, 0, 2, 3]));
        return Builder.Node("Unsqueeze", output, [stack, Builder.Constant("number.0", 0)]);
    }
}
