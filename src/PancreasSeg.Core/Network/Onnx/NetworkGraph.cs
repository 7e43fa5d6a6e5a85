namespace PancreasSeg.Network.Onnx;

/// <summary>
/// Writes a network's pass of inference (<see cref="SegmentationNetwork.Probability"/>) as an ONNX graph of operator set 17:
/// input <c>ct</c> 1 x 1 x D x H x W, output <c>probability</c> of the same shape and, for more than two classes, <c>logits</c>
/// 1 x K x D x H x W. The weights are constants under the names they have in a model file; heads and output convolution are
/// folded by nodes that have only constants as input, which a runtime evaluates once when it loads the graph.
/// </summary>
internal sealed class NetworkGraph
{
    public const int OperatorSet = 17;
    public const string Input = "ct", Probability = "probability", Logits = "logits";

    private readonly NetworkSpec _spec;
    private readonly ModelWeights _weights;
    private readonly GraphBuilder _graph = new("PancreasSeg");
    private readonly bool _isOfSlices;

    /// <summary>Convolutions of two classes carry only the difference of their logits.</summary>
    private readonly bool _onlyDifference;

    private NetworkGraph(NetworkSpec spec, ModelWeights weights)
    {
        (_spec, _weights) = (spec, weights);
        _isOfSlices = spec.Kind == NetworkKind.SliceUNet;
        _onlyDifference = spec.Classes == 2;
    }

    /// <summary>The graph of a network with its weights.</summary>
    public static GraphProto Of(NetworkSpec spec, ModelWeights weights)
    {
        var network = new NetworkGraph(spec, weights);
        network.Build();
        return network._graph.Graph;
    }

    private int SpatialAxes => _isOfSlices ? 2 : 3;

    private string SpatialAxisList => _graph.Constant("axes.spatial", [.. Enumerable.Range(2, SpatialAxes).Select(axis => (long)axis)]);

    private void Build()
    {
        foreach (WeightTensor weight in _weights.Tensors) _graph.Constant(weight.Shape.Name, weight.Shape.Shape, weight.Values);
        if (_onlyDifference) _graph.Constant("difference", [1, 2], [-1f, 1f]);
        _graph.Graph.Input.Add(GraphBuilder.Volume(Input, 1));

        string sum = Decode(_isOfSlices ? Slices(Input) : Input);
        string whole = Volume(sum, _onlyDifference ? "logit" : Logits);
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

    /// <summary>Encoder, bottleneck and decoder; returns the sum of what the stages contribute to the output's logits.</summary>
    private string Decode(string x)
    {
        int bottleneck = _spec.Stages - 1;
        var skips = new string[bottleneck];
        string features = x;
        for (int s = 0; s <= bottleneck; s++)
        {
            features = Block($"encoder{s}", features);
            if (s == bottleneck) break;
            skips[s] = features;
            features = _graph.Node("MaxPool", $"pool{s}", [features], GraphBuilder.List("kernel_shape", Stride), GraphBuilder.List("strides", Stride));
        }
        string gating = _weights.Find("gating.weight") is null ? features : Convolution("gating", features);
        string? sum = null;
        for (int s = bottleneck - 1; s >= 0; s--)
        {
            if (s > 0) skips[s] = Gate(s, skips[s], gating);
            string up = _graph.Node("ConvTranspose", $"up{s}", [features, $"up{s}.weight", $"up{s}.bias"],
                GraphBuilder.List("strides", Stride), GraphBuilder.List("pads", [.. Stride.Select(n => n / 2), .. Stride.Select(n => n / 2)]));
            features = _graph.Node("Concat", $"joined{s}", [up, skips[s]], GraphBuilder.Whole("axis", 1));
            features = Block($"decoder{s}", features);
            string part = Upsample(FoldedOutput(s, features), $"part{s}", 1L << s);
            sum = sum is null ? part : _graph.Node("Add", $"sum{s}", [sum, part]);
        }
        return sum!;
    }

    private long[] Stride => _isOfSlices ? [2, 2] : [1, 2, 2];

    private string Block(string name, string x)
    {
        if (_isOfSlices) return Relu(Convolution($"{name}.conv2", Relu(Convolution($"{name}.conv1", x))));
        string y = Relu(Normalised(name, 1, Convolution($"{name}.conv1", x)));
        string z = Normalised(name, 2, Convolution($"{name}.conv2", y));
        string shortcut = _weights.Find($"{name}.shortcut.weight") is null ? x : Convolution($"{name}.shortcut", x);
        return Relu(_graph.Node("Add", $"{name}.sum", [z, shortcut]));
    }

    /// <summary>
    /// Instance normalisation in steps: runtimes add up all values of a channel in float32 in one go, which loses digits that the
    /// network then amplifies; sums of rows, then of their sums, keep them.
    /// </summary>
    private string Normalised(string block, int number, string x)
    {
        if (_spec.Norm == NetworkNorm.None) return x;
        string name = $"{block}.norm{number}";
        AttributeProto inRow = GraphBuilder.List("axes", [4]), overRows = GraphBuilder.List("axes", [2, 3]);
        string mean = _graph.Node("ReduceMean", $"{name}.mean", [_graph.Node("ReduceMean", $"{name}.mean.rows", [x], inRow)], overRows);
        string centred = _graph.Node("Sub", $"{name}.centred", [x, mean]);
        string squares = _graph.Node("ReduceMean", $"{name}.squares", [_graph.Node("ReduceSumSquare", $"{name}.squares.rows", [centred], inRow)], overRows);
        string variance = _graph.Node("Div", $"{name}.variance", [squares, Width(x, name)]);
        string deviation = _graph.Node("Sqrt", $"{name}.deviation", [_graph.Node("Add", $"{name}.safe", [variance, Epsilon])]);
        string scale = _graph.Node("Div", $"{name}.scale", [PerChannel($"{name}.weight"), deviation]);
        return _graph.Node("Add", name, [_graph.Node("Mul", $"{name}.scaled", [centred, scale]), PerChannel($"{name}.bias")]);
    }

    /// <summary>W of <paramref name="x"/> in float32.</summary>
    private string Width(string x, string name)
    {
        string width = _graph.Node("Shape", $"{name}.width", [x], GraphBuilder.Whole("start", 4), GraphBuilder.Whole("end", 5));
        return _graph.Node("Cast", $"{name}.width.float", [width], GraphBuilder.Whole("to", (long)TensorProto.Types.DataType.Float));
    }

    private string Epsilon => _graph.Has("epsilon") ? "epsilon" : _graph.Constant("epsilon", [1], [1e-5f]);

    /// <summary>C values as 1 x C x 1 x 1 x 1.</summary>
    private string PerChannel(string values) => _graph.Node("Unsqueeze", $"{values}.channels", [values, _graph.Constant("axes.others", 0, 2, 3, 4)]);

    private string Gate(int stage, string x, string g)
    {
        string name = $"gate{stage}";
        string theta = Convolution($"{name}.theta", x, Stride, padded: false);
        string phi = Upsample(Convolution($"{name}.phi", g), $"{name}.phi.up", 1L << (_spec.Stages - 2 - stage));
        string sum = Relu(_graph.Node("Add", $"{name}.sum", [theta, phi]));
        string coefficients = _graph.Node("Sigmoid", $"{name}.sigmoid", [Convolution($"{name}.psi", sum)]);
        string gated = _graph.Node("Mul", $"{name}.gated", [x, Upsample(coefficients, $"{name}.sigmoid.up", 2)]);
        return Convolution($"{name}.output", gated);
    }

    private string Convolution(string name, string x, long[]? stride = null, bool padded = true)
    {
        long[] padding = [.. _weights.Find($"{name}.weight")!.Shape.Shape[2..].Select(kernel => padded ? kernel / 2L : 0L)];
        string[] bias = _weights.Find($"{name}.bias") is null ? [] : [$"{name}.bias"];
        return _graph.Node("Conv", name, [x, $"{name}.weight", .. bias],
            GraphBuilder.List("strides", stride ?? [.. padding.Select(_ => 1L)]), GraphBuilder.List("pads", [.. padding, .. padding]));
    }

    private string Relu(string x) => _graph.Node("Relu", $"{x}.relu", [x]);

    /// <summary>Head and its part of the output convolution as one: W_out,s W_s and W_out,s b_s, plus b_out once.</summary>
    private string FoldedOutput(int stage, string features)
    {
        string name = $"head{stage}.folded";
        int position = _spec.Stages - 2 - stage;                                // heads come deepest first
        string mix = Flat(Slice("output.weight", $"{name}.mix", axis: 1, position * _spec.Classes, _spec.Classes), $"{name}.mix.flat");  // K x K
        string bias = _graph.Node("MatMul", $"{name}.bias.own", [mix, $"head{stage}.bias"]);
        if (stage == 0) bias = _graph.Node("Add", $"{name}.bias.sum", [bias, "output.bias"]);
        if (_onlyDifference)
        {
            mix = _graph.Node("MatMul", $"{name}.mix.difference", ["difference", mix]);
            bias = _graph.Node("MatMul", $"{name}.bias.difference", ["difference", bias]);
        }
        string flat = _graph.Node("MatMul", $"{name}.weight.flat", [mix, Flat($"head{stage}.weight", $"{name}.head.flat")]);             // M x C
        string weight = _graph.Node("Unsqueeze", $"{name}.weight", [flat, SpatialAxisList]);
        return _graph.Node("Conv", name, [features, weight, bias]);
    }

    private string Flat(string weight, string output) => _graph.Node("Squeeze", output, [weight, SpatialAxisList]);

    private string Slice(string x, string output, int axis, int start, int length) => _graph.Node("Slice", output,
        [x, _graph.Constant($"number.{start}", start), _graph.Constant($"number.{start + length}", start + length), _graph.Constant($"number.{axis}", axis)]);

    /// <summary>Enlarges height and width: volumes linearly between the centres, slices by repetition, as <see cref="InPlane"/> does.</summary>
    private string Upsample(string x, string output, long factor)
    {
        if (factor == 1) return x;
        string scales = $"scales.{factor}";
        if (!_graph.Has(scales))
            _graph.Constant(scales, [SpatialAxes + 2], _isOfSlices ? [1f, 1f, factor, factor] : [1f, 1f, 1f, factor, factor]);
        return _isOfSlices
            ? _graph.Node("Resize", output, [x, "", scales], GraphBuilder.Text("mode", "nearest"),
                GraphBuilder.Text("coordinate_transformation_mode", "asymmetric"), GraphBuilder.Text("nearest_mode", "floor"))
            : _graph.Node("Resize", output, [x, "", scales], GraphBuilder.Text("mode", "linear"), GraphBuilder.Text("coordinate_transformation_mode", "half_pixel"));
    }

    /// <summary>1 x 1 x D x H x W to D x 1 x H x W.</summary>
    private string Slices(string volume)
    {
        string squeezed = _graph.Node("Squeeze", "ct.stack", [volume, _graph.Constant("number.0", 0)]);
        return _graph.Node("Transpose", "ct.slices", [squeezed], GraphBuilder.List("perm", [1, 0, 2, 3]));
    }

    /// <summary>The last value under its public name; that of slices, D x 1 x H x W, as 1 x 1 x D x H x W.</summary>
    private string Volume(string x, string output)
    {
        if (!_isOfSlices) return _graph.Node("Identity", output, [x]);
        string stack = _graph.Node("Transpose", "answer.stack", [x], GraphBuilder.List("perm", [1, 0, 2, 3]));
        return _graph.Node("Unsqueeze", output, [stack, _graph.Constant("number.0", 0)]);
    }
}
