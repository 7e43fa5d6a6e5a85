using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PancreasSeg.Network;

/// <summary>
/// A network with its weights in libtorch, ready for the passes of training and of inference. Tensors are N x C x D x H x W: slices,
/// rows, columns; f filters, K classes. No operation of a network of slices mixes them, so they go through it as a batch of images,
/// some at a time: the result is the same for any number and memory does not grow with the volume.
/// </summary>
internal sealed class SegmentationNetwork : IDisposable
{
    private readonly NetworkSpec _spec;
    private readonly OrderedDictionary<string, Parameter> _weights = [];

    public SegmentationNetwork(NetworkSpec spec, ParameterSource weights)
    {
        _spec = spec;
        foreach (WeightShape weight in spec.Layout) _weights.Add(weight.Name, weights(weight.Name));
    }

    /// <summary>Every weight by name, in the order of the layout.</summary>
    public IReadOnlyDictionary<string, Parameter> Weights => _weights;

    /// <summary>Slices that go through together in a network of slices.</summary>
    public int ChunkSlices { get; init; } = NetworkSpec.ChunkSlices;

    /// <summary>Blocks of one forward pass, after each of which a caller is told and may stop it.</summary>
    /// <param name="depth">Slices of the input.</param>
    public int BlockCount(int depth) => (2 * _spec.Stages - 1) * (_spec.IsOfSlices ? (depth + ChunkSlices - 1) / ChunkSlices : 1);

    /// <summary>The pass of training.</summary>
    /// <param name="x">1 x 1 x D x H x W, multiples of <see cref="NetworkSpec.Divisors"/>.</param>
    /// <param name="afterBlock">Called after each block; may throw to stop.</param>
    /// <param name="wanted">True for each of the <see cref="NetworkSpec.GuidingHeads"/>, finest first, that has a loss of its own; null for
    /// all. The heads of a network of slices have none.</param>
    /// <returns>Float32 logits 1 x K x D x H x W of the output and, deepest first, of each wanted head.</returns>
    public (Tensor Output, Tensor[] Heads) Logits(Tensor x, Action? afterBlock = null, IReadOnlyList<bool>? wanted = null) =>
        _spec.IsOfSlices
        ? (BySlices(x, chunk => LogitsOf(chunk, afterBlock, new bool[_spec.GuidingHeads]).Output), [])
        : LogitsOf(x, afterBlock, wanted);

    /// <summary>
    /// The pass of inference: the probability of the pancreas. Of two classes only the difference of the logits is carried.
    /// </summary>
    /// <returns>Float32 probabilities 1 x 1 x D x H x W.</returns>
    public Tensor Probability(Tensor x, Action? afterBlock = null) =>
        _spec.IsOfSlices ? BySlices(x, chunk => ProbabilityOf(chunk, afterBlock)) : ProbabilityOf(x, afterBlock);

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        foreach (Parameter weight in _weights.Values) weight.Dispose();
    }

    private (Tensor Output, Tensor[] Heads) LogitsOf(Tensor x, Action? afterBlock, IReadOnlyList<bool>? wanted)
    {
        using var scope = NewDisposeScope();
        var heads = new List<Tensor>();
        Tensor? output = null;
        Run(x, afterBlock, (stage, features) =>                                 // 1 x C x D/d x H/h x W/w
        {
            using var inner = NewDisposeScope();
            if (_spec.MixesHeads || stage == 0)
            {
                Tensor part = Upsampled(FoldedOutput(stage, features), stage);  // 1 x K x D x H x W
                Tensor sum = output is null ? part : output.Plus(part);
                output?.Dispose();
                output = sum.MoveToOuterDisposeScope();
            }
            int guiding = stage - _spec.FirstGuidingHead;
            if (guiding < 0 || wanted?[guiding] == false) return;
            Tensor head = Convolution.Pointwise(features, Weight($"head{stage}"), Bias($"head{stage}"));
            heads.Add(Upsampled(head.to(ScalarType.Float32), stage).MoveToOuterDisposeScope());
        });
        foreach (Tensor head in heads) head.MoveToOuterDisposeScope();
        return (output!.MoveToOuterDisposeScope(), [.. heads]);
    }

    private Tensor ProbabilityOf(Tensor x, Action? afterBlock)
    {
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        Run(x, afterBlock, (stage, features) =>
        {
            if (stage > 0 && !_spec.MixesHeads) return;
            using var inner = NewDisposeScope();
            Tensor logits = Upsampled(FoldedOutput(stage, features, onlyDifference: true), stage); // 1 x M x D x H x W
            sum = sum is null ? logits.MoveToOuterDisposeScope() : sum.AddInPlace(logits);
        });
        Tensor probability = _spec.Classes == 2 ? sum!.sigmoid_() : sum!.softmax(1).narrow(1, _spec.PancreasChannel, 1);
        return probability.MoveToOuterDisposeScope();
    }

    private void Run(Tensor x, Action? afterBlock, Action<int, Tensor> head) =>
        _spec.Walk(new TensorOperations(_weights, head, afterBlock), x.alias());

    /// <summary>
    /// A stage's part of the output logits, 1 x M x D/d x H/h x W/w in float32. Upsampling and the 1x1x1 convolutions on both its
    /// sides are linear, so the output convolution is applied at each stage's own resolution, where it costs nothing, and the
    /// stages are summed.
    /// </summary>
    private Tensor FoldedOutput(int stage, Tensor features, bool onlyDifference = false)
    {
        using var scope = NewDisposeScope();
        (Tensor weight, Tensor bias) = FoldedHead(stage, onlyDifference);       // M x C, M
        return Convolution.Pointwise(features, weight, bias).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Head and its part of the output convolution as one 1x1x1 convolution (weights, bias): W_out,s W_s and W_out,s b_s, plus
    /// b_out once; the head as it is where none is mixed. For the difference of two classes the row of the pancreas minus the row of
    /// the background.
    /// </summary>
    private (Tensor Weight, Tensor Bias) FoldedHead(int stage, bool onlyDifference)
    {
        int k = _spec.Classes;
        Tensor weight = Weight($"head{stage}").flatten(1), bias = Bias($"head{stage}"); // K x C, K
        if (_spec.MixesHeads)
        {
            int position = _spec.Stages - 2 - stage;                            // heads come deepest first
            Tensor mix = Weight("output").flatten(1).narrow(1, position * k, k); // K x K
            (weight, bias) = (mix.matmul(weight), mix.matmul(bias));
            if (stage == 0) bias = bias.Plus(Bias("output"));
        }
        if (onlyDifference && k == 2) (weight, bias) = (weight[1..2] - weight[0..1], bias[1..2] - bias[0..1]);
        return (weight, bias);
    }

    /// <summary>Runs 1 x 1 x D x H x W in chunks of n x 1 x H x W and puts their results, n x K x H x W, together as 1 x K x D x H x
    /// W.</summary>
    private Tensor BySlices(Tensor x, Func<Tensor, Tensor> run)
    {
        using var scope = NewDisposeScope();
        Tensor slices = x.squeeze(0).transpose(0, 1);                           // D x 1 x H x W
        var results = new List<Tensor>();
        for (long start = 0, depth = slices.shape[0]; start < depth; start += ChunkSlices)
        {
            using Tensor chunk = slices.narrow(0, start, Math.Min(ChunkSlices, depth - start));
            results.Add(run(chunk));
        }
        return cat(results, 0).transpose(0, 1).unsqueeze(0).contiguous().MoveToOuterDisposeScope();
    }

    private Tensor Upsampled(Tensor x, int stage) => TensorOperations.Upsampled(x, _spec.StepOf(stage));

    private Parameter Weight(string name) => _weights[$"{name}.weight"];

    private Parameter Bias(string name) => _weights[$"{name}.bias"];
}
