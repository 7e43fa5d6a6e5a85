using PancreasSeg.Network;
using static TorchSharp.torch;

namespace PancreasSeg.Training;

/// <summary>
/// A network while it learns: weights and optimiser, one volume a step. Convolutions compute in bfloat16 where the processor can;
/// weights, losses and updates are float32.
/// </summary>
internal sealed class LearningNetwork : IDisposable
{
    private const string WeightPrefix = "weight/", AveragePrefix = "average/", MemoryPrefix = "optimizer/";

    /// <summary>A step at 160 x 160 x 160 with 16 filters, and as much again for everything else.</summary>
    private const long PlentyOfMemory = 14L << 30;

    private readonly bool _keepsMemory = KeepsFreed;
    private readonly TrainingOptions _options;
    private readonly TorchTarget _target;
    private readonly SegmentationNetwork _network;
    private readonly WeightOptimizer _optimizer;
    private readonly WeightAverage? _average;
    private readonly double[] _classWeights;
    private readonly bool[] _wantedHeads;
    private readonly double[] _headWeights;

    /// <summary>Takes the first weights from the options, or draws them.</summary>
    /// <exception cref="CoreException">Those of the torch runtime.</exception>
    public LearningNetwork(TrainingOptions options)
    {
        _options = options;
        _classWeights = options.ClassWeights();
        IReadOnlyList<double> heads = options.Loss.HeadWeightsOf(options.Network);
        _wantedHeads = [.. heads.Select(w => w > 0)];
        _headWeights = [.. heads.Reverse().Where(w => w > 0)];    // heads come deepest first, their weights finest first
        _target = TorchRuntime.Start(options.Device, options.Precision, options.ThreadCount);
        using var scope = NewDisposeScope();
        ModelWeights start = options.Start is { } model
            ? InitialWeights.From(model, options.Network, options.ClassNames() ?? PancreasModel.TwoClasses, options.Seed)
            : InitialWeights.Draw(options.Network, options.Seed);
        _network = new SegmentationNetwork(options.Network, ParameterSources.Trainable(start, _target.Device));
        double decay = options.Optimizer.AverageDecay;
        if (decay > 0) _average = new WeightAverage(options.Network, start, _network, decay, _target.Device);
        _optimizer = new WeightOptimizer(_network.Weights, options.Optimizer);
        if (_keepsMemory) TorchRuntime.KeepFreedMemory(true);
    }

    /// <summary>Whether a training on this machine keeps the memory of freed tensors for the next ones.</summary>
    public static bool KeepsFreed =>
        OperatingSystem.IsLinux() && GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >= PlentyOfMemory;

    /// <summary>The network whose weights are validated and kept.</summary>
    private SegmentationNetwork Kept => _average?.Network ?? _network;

    /// <summary>One volume forward and back, one update. Returns the loss and the overlap before the update.</summary>
    /// <exception cref="NotFiniteNumberException">Loss or gradient are no longer numbers; the weights are as before.</exception>
    /// <param name="item">The volume.</param>
    /// <param name="step">Updates made before.</param>
    /// <param name="learningRate">Step size.</param>
    /// <param name="cancellation">Stops between the blocks of the forward pass.</param>
    public (double Loss, VoxelCounts Counts) Step(PreparedCase item, long step, double learningRate, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        int channel = _options.Network.PancreasChannel;
        Tensor labels = Labels(item);                                           // 1 x D x H x W
        (Tensor output, Tensor[] heads) = _network.Logits(Input(item), cancellation.ThrowIfCancellationRequested, _wantedHeads);
        Tensor loss = Loss(output);
        for (int s = 0; s < heads.Length; s++) loss = loss.Plus(Loss(heads[s]).Times(_headWeights[s]));
        double value = loss.item<float>();
        if (!double.IsFinite(value)) throw new NotFiniteNumberException(value);

        _optimizer.ZeroGradients();
        loss.backward();
        double length = nn.utils.clip_grad_norm_(_network.Weights.Values, _options.Optimizer.GradientClip);
        if (!double.IsFinite(length)) throw new NotFiniteNumberException(length);
        _optimizer.Step(learningRate, step + 1);
        _average?.Update(step);
        cancellation.ThrowIfCancellationRequested();
        return (value, Counts(output, labels));

        Tensor Loss(Tensor logits) => Losses.Of(_options.Loss.Kind, logits, labels, channel, _options.ForegroundWeight, _classWeights);
    }

    /// <summary>The probability of the pancreas in each voxel of a case's output grid.</summary>
    public float[] Probability(PreparedCase item, CancellationToken cancellation)
    {
        using var noGradients = inference_mode(true);
        using var scope = NewDisposeScope();
        return Kept.Probability(Input(item), cancellation.ThrowIfCancellationRequested).cpu().data<float>().ToArray();
    }

    /// <summary>The weights that are kept.</summary>
    public ModelWeights Weights() =>
        new([.. _options.Network.Layout.Select(shape => new WeightTensor(shape, Values(Kept.Weights[shape.Name])))]);

    /// <summary>Weights, their average and the optimiser's memory.</summary>
    public IReadOnlyList<WeightTensor> Save() =>
    [
        .. State().Select(
            entry => new WeightTensor(new WeightShape(entry.Name, [.. entry.Value.shape.Select(n => (int)n)]), Values(entry.Value))),
    ];

    /// <summary>Goes back to what <see cref="Save"/> gave.</summary>
    /// <param name="tensors">Weights, their average and the optimiser's memory.</param>
    /// <exception cref="InvalidDataException">The tensors are not those of this network and optimiser.</exception>
    public void Load(IReadOnlyList<WeightTensor> tensors)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var byName = tensors.ToDictionary(t => t.Shape.Name);
        foreach ((string name, Tensor value) in State())
        {
            if (!byName.Remove(name, out WeightTensor? saved) || !value.shape.SequenceEqual(saved.Shape.Shape.Select(n => (long)n)))
                throw new InvalidDataException($"'{name}' is missing or of another shape");
            value.copy_(tensor(saved.Values, [.. value.shape]));
        }
        if (byName.Count > 0) throw new InvalidDataException($"'{byName.Keys.First()}' does not belong to this network");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _average?.Dispose();
        _network.Dispose();
        if (_keepsMemory) TorchRuntime.KeepFreedMemory(false);
    }

    private IEnumerable<(string Name, Tensor Value)> State() =>
        _network.Weights.Select(p => (WeightPrefix + p.Key, (Tensor)p.Value))
            .Concat(_average is null ? [] : _average.Network.Weights.Select(p => (AveragePrefix + p.Key, (Tensor)p.Value)))
            .Concat(_optimizer.State.Select(entry => (MemoryPrefix + entry.Name, entry.Value)));

    private static float[] Values(Tensor tensor)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        return tensor.cpu().contiguous().data<float>().ToArray();
    }

    private Tensor Input(PreparedCase item)
    {
        Tensor values = VolumeTensor.From(item.Input.Values, item.Depth, item.Height, item.Width);
        item.Release();
        return values.to(PrecisionFor(item), _target.Device);
    }

    /// <summary>libtorch 2.10's bfloat16 gradients write past their buffers when the bottleneck is a single row or column; a single slice
    /// that was pooled is not trusted either.</summary>
    private ScalarType PrecisionFor(PreparedCase item)
    {
        IReadOnlyList<int> divisors = _options.Network.Divisors;
        bool isThin = item.Width < 2 * divisors[0] || item.Height < 2 * divisors[1] || (divisors[2] > 1 && item.Depth < 2 * divisors[2]);
        return isThin ? ScalarType.Float32 : _target.Precision;
    }

    private Tensor Labels(PreparedCase item)
    {
        Tensor labels = empty([1, item.Depth, item.Height, item.Width], ScalarType.Byte);
        item.Classes.Span.CopyTo(labels.bytes);
        item.Release();
        labels = labels.to(ScalarType.Int64, _target.Device);
        return _options.Loss.IgnoreClipped ? labels.Replaced(labels.Is(PreparedCase.IgnoredClass), Losses.Ignored) : labels;
    }

    private VoxelCounts Counts(Tensor logits, Tensor labels)
    {
        using var noGradients = no_grad();
        Tensor pancreas = labels.Is(_options.Network.PancreasChannel);
        Tensor predicted = logits.softmax(1).select(1, _options.Network.PancreasChannel).Exceeds(_options.Validation.Threshold);
        long both = predicted.logical_and(pancreas).sum().item<long>();
        return new VoxelCounts(both, pancreas.sum().item<long>() - both, predicted.sum().item<long>() - both);
    }
}
