using System.Diagnostics;
using PancreasSeg.Network;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PancreasSeg.Training;

/// <summary>
/// Trains a network: one volume a step, Adam, deep supervision, the weights of the best validation kept. Convolutions compute
/// in bfloat16 where the processor can; weights, losses and updates are float32.
/// </summary>
public sealed class Trainer
{
    private static readonly double[] s_curveThresholds = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

    private readonly TrainingOptions _options;
    private readonly TrainingSet _set;
    private readonly SampleStream? _stream;
    private readonly double[] _classWeights;
    private readonly TorchTarget _target;
    private readonly CancellationToken _cancellation;

    private Trainer(TrainingOptions options, TrainingSet set, SampleStream? stream, CancellationToken cancellation)
    {
        (_options, _set, _stream, _cancellation) = (options, set, stream, cancellation);
        _classWeights = options.ClassWeights();
        _target = TorchRuntime.Start(options.Device, options.Precision, options.ThreadCount);
    }

    private int StepsPerEpoch => _stream is null ? _set.Training.Count : _options.StepsPerEpoch;

    /// <summary>Trains a model from scratch.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="options">The settings; all defaults when null.</param>
    /// <param name="validation">Cases to validate on; null holds <see cref="TrainingOptions.ValidationFraction"/> of the cases back.
    /// Without any, the training cases themselves choose the best epoch and the model states no validation figures.</param>
    /// <param name="onEpoch">Called after each epoch.</param>
    /// <param name="progress">Told of each case prepared and each step done.</param>
    /// <param name="cancellation">Stops between the blocks of a forward pass and between steps.</param>
    /// <returns>The model of the best epoch.</returns>
    /// <exception cref="CoreException"><see cref="Fault.TrainingDataInvalid"/>, <see cref="Fault.GridMismatch"/> or
    /// <see cref="Fault.LabelMissing"/> before anything is computed, naming every case at fault;
    /// <see cref="Fault.TrainingDiverged"/> when the loss is no longer a number; those of the torch runtime.</exception>
    public static PancreasModel Train(IReadOnlyList<TrainingCase> cases, TrainingOptions? options = null, IReadOnlyList<TrainingCase>? validation = null,
        Action<TrainingEpoch>? onEpoch = null, IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(cases);
        options ??= new TrainingOptions();
        options.Validate();
        TrainingSet set = TrainingSet.Create(cases, validation, options, progress, cancellation);
        return new Trainer(options, set, null, cancellation).Run(onEpoch, null, progress);
    }

    /// <summary>Trains a model from scratch on cases that are made while it trains; none is seen twice.</summary>
    /// <param name="source">Makes the cases, in the background.</param>
    /// <param name="validation">The cases that choose the best epoch; at least one.</param>
    /// <param name="options">The settings; all defaults when null. Of <see cref="TrainingOptions.StepsPerEpoch"/> steps is an epoch.</param>
    /// <param name="onEpoch">Called after each epoch.</param>
    /// <param name="onBest">Called with the model whenever validation was better than before.</param>
    /// <param name="progress">Told of each case prepared and each step done.</param>
    /// <param name="cancellation">Stops between the blocks of a forward pass and between steps; the source's work has ended on return.</param>
    /// <returns>The model of the best epoch.</returns>
    /// <exception cref="CoreException">As for a fixed set of cases; and what the source throws.</exception>
    public static PancreasModel Train(ITrainingSource source, IReadOnlyList<TrainingCase> validation, TrainingOptions? options = null,
        Action<TrainingEpoch>? onEpoch = null, Action<PancreasModel>? onBest = null, IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(validation);
        options ??= new TrainingOptions();
        options.Validate();
        TrainingSet set = TrainingSet.CreateValidation(validation, options, progress, cancellation);
        var preparation = new CasePreparation(options);
        using var stream = new SampleStream((index, token) => preparation.Prepare(source.Create(index, token), token), options.CasesAhead, 0, cancellation);
        return new Trainer(options, set, stream, cancellation).Run(onEpoch, onBest, progress);
    }

    private PancreasModel Run(Action<TrainingEpoch>? onEpoch, Action<PancreasModel>? onBest, IProgress<ProgressStep>? progress)
    {
        using var scope = NewDisposeScope();
        ModelWeights start = _options.Start?.Weights ?? InitialWeights.Draw(_options.Network, _options.Seed);
        using var network = SegmentationNetwork.Create(_options.Network, ParameterSources.Trainable(start, _target.Device));
        using WeightAverage? average = _options.AverageDecay > 0 ? new WeightAverage(_options.Network, start, network, _options.AverageDecay, _target.Device) : null;
        SegmentationNetwork kept = average?.Network ?? network;
        using Adam optimizer = optim.Adam(network.parameters(), _options.LearningRate);
        var schedule = new LearningRateSchedule(_options);
        var random = new Random(_options.Seed);
        var clock = Stopwatch.StartNew();
        PreparedCase[] order = [.. _set.Training];
        PancreasModel? best = null;
        double bestDice = -1;
        int step = 0;

        for (int epoch = 1, last = _options.MaxEpoch; epoch <= last; epoch++)
        {
            TimeSpan began = clock.Elapsed;
            random.Shuffle(order);
            IEnumerable<PreparedCase> cases = _stream is null ? order : Enumerable.Range(0, StepsPerEpoch).Select(_ => _stream.Next());
            double loss = 0, rate = 0;
            VoxelCounts counts = default;
            foreach (PreparedCase item in cases)
            {
                rate = schedule.Rate(step, Done(step, clock.Elapsed));
                foreach (var group in optimizer.ParamGroups) group.LearningRate = rate;
                (double caseLoss, VoxelCounts caseCounts) = Step(network, optimizer, item, epoch);
                loss += caseLoss / StepsPerEpoch;
                counts += caseCounts;
                average?.Update(step);
                step++;
                progress?.Report(Progress(epoch, step, clock.Elapsed));
            }

            if (clock.Elapsed >= _options.MaxDuration) last = epoch;
            var result = new TrainingEpoch { Epoch = epoch, Loss = loss, Dice = counts.Dice, Recall = counts.Recall, Precision = counts.Precision, LearningRate = rate, Seconds = 0 };
            if (epoch % _options.ValidationInterval == 0 || epoch == last)
            {
                (List<ValidationScore> scores, VoxelCounts voxels, List<OperatingPoint> curve) = Validate(kept);
                (double dice, double recall, double precision) = _options.ValidationAverage == ValidationAverage.Voxel
                    ? (voxels.Dice, voxels.Recall, voxels.Precision)
                    : (scores.Average(s => s.Dice), scores.Average(s => s.Recall), scores.Average(s => s.Precision));
                bool better = dice > bestDice;
                schedule.Validated(dice);
                if (better) (bestDice, best) = (dice, Snapshot(kept, scores, curve));
                if (better) onBest?.Invoke(best!);
                result = result with { ValidationDice = dice, ValidationRecall = recall, ValidationPrecision = precision, IsBest = better };
            }
            onEpoch?.Invoke(result with { Seconds = (clock.Elapsed - began).TotalSeconds });
        }
        return best!;
    }

    /// <summary>One volume forward and back, one update. Returns the loss and the overlap before the update.</summary>
    private (double Loss, VoxelCounts Counts) Step(SegmentationNetwork network, Adam optimizer, PreparedCase item, int epoch)
    {
        using var scope = NewDisposeScope();
        int channel = _options.Network.PancreasChannel;
        Tensor x = Input(item);                                                 // 1 x 1 x D x H x W
        Tensor labels = Labels(item);                                           // 1 x D x H x W
        double[] headWeights = [.. _options.HeadWeights.Reverse().Where(w => w > 0)];   // heads come deepest first, their weights finest first
        (Tensor output, Tensor[] heads) = network.Logits(x, _cancellation.ThrowIfCancellationRequested, [.. _options.HeadWeights.Select(w => w > 0)]);
        Tensor loss = Loss(output);
        for (int s = 0; s < heads.Length; s++) loss = loss + headWeights[s] * Loss(heads[s]);
        double value = loss.item<float>();
        if (!double.IsFinite(value)) throw Diverged(item, epoch);

        optimizer.zero_grad();
        loss.backward();
        double length = nn.utils.clip_grad_norm_(network.parameters(), _options.GradientClip);
        if (!double.IsFinite(length)) throw Diverged(item, epoch);
        optimizer.step();
        _cancellation.ThrowIfCancellationRequested();
        return (value, Counts(output, labels));

        Tensor Loss(Tensor logits) => Losses.Of(_options.Loss, logits, labels, channel, _options.ForegroundWeight, _classWeights);
    }

    /// <summary>Overlap of each validation case with the present weights, and of all together over the thresholds.</summary>
    private (List<ValidationScore> Scores, VoxelCounts Voxels, List<OperatingPoint> Curve) Validate(SegmentationNetwork network)
    {
        using var noGradients = inference_mode(true);
        var scores = new List<ValidationScore>();
        VoxelCounts voxels = default;
        var totals = new VoxelCounts[s_curveThresholds.Length];
        foreach (PreparedCase item in _set.Validation.Count > 0 ? _set.Validation : _set.Training)
        {
            using var scope = NewDisposeScope();
            float[] probabilities = network.Probability(Input(item), _cancellation.ThrowIfCancellationRequested).cpu().data<float>().ToArray();
            VoxelCounts counts = VoxelCounts.Of(probabilities, item.Classes.Span, _options.Threshold, _options.Network.PancreasChannel);
            voxels += counts;
            scores.Add(new ValidationScore(item.Name, counts.Dice, counts.Recall, counts.Precision));
            for (int t = 0; t < totals.Length; t++) totals[t] += VoxelCounts.Of(probabilities, item.Classes.Span, s_curveThresholds[t], _options.Network.PancreasChannel);
        }
        return (scores, voxels, [.. s_curveThresholds.Zip(totals, (threshold, c) => new OperatingPoint(threshold, c.Recall, c.Precision))]);
    }

    /// <summary>The present weights as a model.</summary>
    private PancreasModel Snapshot(SegmentationNetwork network, List<ValidationScore> scores, List<OperatingPoint> curve)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        Dictionary<string, Parameter> parameters = network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        var weights = new ModelWeights([.. _options.Network.Layout
            .Select(shape => new WeightTensor(shape, parameters[shape.Name].cpu().contiguous().data<float>().ToArray()))]);
        bool validated = _set.Validation.Count > 0;
        return new PancreasModel(new ModelHeader
        {
            FormatVersion = ModelHeader.CurrentVersion,
            Name = _options.Name,
            Network = _options.Network,
            Plan = _options.Plan,
            Threshold = _options.Threshold,
            Curve = validated ? curve : [],
            Validation = validated ? scores : [],
            TrainingData = _options.TrainingData,
            License = _options.License,
            Sha256 = weights.Sha256(),
        }, weights);
    }

    private Tensor Input(PreparedCase item) =>
        VolumeTensor.From(item.Input.Values, item.Depth, item.Height, item.Width).to(PrecisionFor(item), _target.Device);

    /// <summary>libtorch 2.10's bfloat16 gradients write past their buffers when the bottleneck is a single row or column.</summary>
    private ScalarType PrecisionFor(PreparedCase item) =>
        Math.Min(item.Height, item.Width) < 2 * _options.Network.InPlaneDivisor ? ScalarType.Float32 : _target.Precision;

    private Tensor Labels(PreparedCase item)
    {
        Tensor labels = empty([1, item.Depth, item.Height, item.Width], ScalarType.Byte);
        item.Classes.Span.CopyTo(labels.bytes);
        labels = labels.to(ScalarType.Int64, _target.Device);
        if (!_options.IgnoreClipped) return labels;
        Tensor values = VolumeTensor.From(item.Input.Values, item.Depth, item.Height, item.Width).to(_target.Device).squeeze(0);
        return labels.masked_fill(values.abs().ge(1), Losses.Ignored);
    }

    private VoxelCounts Counts(Tensor logits, Tensor labels)
    {
        using var noGradients = no_grad();
        Tensor pancreas = labels.eq(_options.Network.PancreasChannel);
        Tensor predicted = logits.softmax(1).select(1, _options.Network.PancreasChannel).gt(_options.Threshold);
        long both = predicted.logical_and(pancreas).sum().item<long>();
        return new VoxelCounts(both, pancreas.sum().item<long>() - both, predicted.sum().item<long>() - both);
    }

    /// <summary>Part of the run that is over: the nearer of its two ends counts.</summary>
    private double Done(int step, TimeSpan elapsed) =>
        Math.Max((double)step / ((long)_options.MaxEpoch * StepsPerEpoch), elapsed / (_options.MaxDuration ?? TimeSpan.MaxValue));

    private ProgressStep Progress(int epoch, int step, TimeSpan elapsed)
    {
        double done = Math.Min(1, Done(step, elapsed));
        return new ProgressStep($"epoch {epoch} of {_options.MaxEpoch}, step {step}", done, elapsed * ((1 - done) / done));
    }

    private static CoreException Diverged(PreparedCase item, int epoch) =>
        new(Fault.TrainingDiverged, $"In epoch {epoch} the loss of '{item.Name}' or its gradient is no longer a number.", item.Name,
            "Lower the learning rate, clip gradients to a shorter length, use instance normalisation, or check the case's HU.");
}
