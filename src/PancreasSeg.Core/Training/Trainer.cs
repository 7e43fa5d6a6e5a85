using System.Diagnostics;
using PancreasSeg.Network;

namespace PancreasSeg.Training;

/// <summary>
/// Trains a network: epochs of steps, validation of whole volumes, the weights of the best validation kept. With a run folder
/// everything is kept after each epoch, and a training that was stopped, however it was, goes on as if it had not been.
/// </summary>
public sealed class Trainer
{
    private const int SourceSteps = 200;

    /// <summary>Cases that are made or varied ahead of their step, each on a thread of its own.</summary>
    private const int CasesAhead = 4;

    private readonly TrainingOptions _options;
    private readonly TrainingHost _host;
    private readonly TrainingSet _set;
    private readonly TrainingRun? _run;
    private readonly CancellationToken _cancellation;
    private readonly List<TrainingEpoch> _epochs = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _before;
    private long _step;
    private PancreasModel? _best;

    private Trainer(TrainingOptions options, TrainingHost host, TrainingSet set, TrainingRun? run, CancellationToken cancellation) =>
        (_options, _host, _set, _run, _cancellation) = (options, host, set, run, cancellation);

    /// <summary>True when the cases that choose the best epoch are not those that train.</summary>
    private bool IsHeldOut => _set.Validation.Count > 0;

    private int StepsPerEpoch => _options.Sampling.StepsPerEpoch ?? (_set.Training.Count > 0 ? _set.Training.Count : SourceSteps);

    /// <summary>Time spent on this training, that before it was taken up again included.</summary>
    private TimeSpan Elapsed => _before + _clock.Elapsed;

    /// <summary>Trains a model on cases in memory.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="options">The settings; all defaults when null.</param>
    /// <param name="validation">Cases to validate on; null holds a part of the patients back as the options say. Without any, the
    /// training cases themselves choose the best epoch and the model states no validation figures.</param>
    /// <param name="onEpoch">Called after each epoch.</param>
    /// <param name="progress">Told of each case prepared and each step done.</param>
    /// <param name="cancellation">Stops between the blocks of a forward pass and between steps.</param>
    /// <returns>The model of the best epoch.</returns>
    /// <exception cref="CoreException">As for cases that are read.</exception>
    public static PancreasModel Train(
        IReadOnlyList<TrainingCase> cases, TrainingOptions? options = null, IReadOnlyList<TrainingCase>? validation = null,
        Action<TrainingEpoch>? onEpoch = null, IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(cases);
        return Train(
            [.. cases.Select(TrainingCaseSource.Of)], options, validation is null ? null : [.. validation.Select(TrainingCaseSource.Of)],
            new TrainingHost { OnEpoch = onEpoch, Progress = progress }, cancellation);
    }

    /// <summary>Trains a model on cases that are read one at a time.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="options">The settings; all defaults when null.</param>
    /// <param name="validation">As for cases in memory.</param>
    /// <param name="host">Where files are kept and who is told.</param>
    /// <param name="cancellation">Stops between the blocks of a forward pass and between steps; a run folder keeps the last whole
    /// epoch.</param>
    /// <returns>The model of the best epoch.</returns>
    /// <exception cref="CoreException">Before anything is computed, naming every case at fault: <see cref="Fault.TrainingDataInvalid"/>, or
    /// the one fault that all of them have; <see cref="Fault.TrainingRunExists"/> and <see cref="Fault.TrainingRunMismatch"/> for the run
    /// folder. Later: <see cref="Fault.TrainingDiverged"/> when the loss is no longer a number; <see cref="Fault.FileWriteFailed"/>, for
    /// instance on a full disk; those of the torch runtime. The run folder then keeps the last whole epoch.</exception>
    public static PancreasModel Train(
        IReadOnlyList<TrainingCaseSource> cases, TrainingOptions? options = null, IReadOnlyList<TrainingCaseSource>? validation = null,
        TrainingHost? host = null, CancellationToken cancellation = default) =>
        TrainHolding(cases, options, validation, host, cancellation).Model;

    /// <summary>Trains a model, and hands over with it the cases held back as they were prepared.</summary>
    /// <inheritdoc cref="Train(IReadOnlyList{TrainingCaseSource}, TrainingOptions?, IReadOnlyList{TrainingCaseSource}?, TrainingHost?, CancellationToken)"/>
    internal static (PancreasModel Model, IReadOnlyList<PreparedCase> Held) TrainHolding(
        IReadOnlyList<TrainingCaseSource> cases, TrainingOptions? options, IReadOnlyList<TrainingCaseSource>? validation,
        TrainingHost? host, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(cases);
        (options, host) = (options ?? new TrainingOptions(), host ?? new TrainingHost());
        options.Validate();
        using TrainingRun? run = Open(host);
        TrainingSet set = TrainingSet.Create(cases, validation, options, host, cancellation);
        foreach (string warning in set.Warnings) host.OnWarning?.Invoke(warning);
        foreach (PreparedCase item in set.Training.Concat(set.Validation))
            foreach (string note in item.Notes) host.OnNote?.Invoke($"{item.Name}: {note}");
        if (validation is null && options.Validation is { Folds: { } folds, Fold: 1 })
            host.OnWarning?.Invoke($"Fold 1 of {folds} is trained, and no other. Invoke-PancreasCrossValidation trains them all.");
        if (set.Validation.Count == 0)
            host.OnWarning?.Invoke(
                "No case is held back: figures named validation are of the training cases, and the model will state none.");
        return (new Trainer(options, host, set, run, cancellation).Run(new SampleMaker(set.Training, options).Create), set.HeldBack);
    }

    /// <summary>Trains a model on cases that are made while it trains; none is seen twice.</summary>
    /// <param name="source">Makes the cases, in the background.</param>
    /// <param name="validation">The cases that choose the best epoch; at least one.</param>
    /// <param name="options">The settings; all defaults when null.</param>
    /// <param name="onEpoch">Called after each epoch.</param>
    /// <param name="progress">Told of each case prepared and each step done.</param>
    /// <param name="cancellation">Stops between the blocks of a forward pass and between steps; the source's work has ended on
    /// return.</param>
    /// <returns>The model of the best epoch.</returns>
    /// <exception cref="CoreException">As for a fixed set of cases; and what the source throws.</exception>
    public static PancreasModel Train(ITrainingSource source, IReadOnlyList<TrainingCase> validation, TrainingOptions? options = null,
        Action<TrainingEpoch>? onEpoch = null, IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(validation);
        return Train(source, [.. validation.Select(TrainingCaseSource.Of)], options,
            new TrainingHost { OnEpoch = onEpoch, Progress = progress }, cancellation);
    }

    /// <summary>Trains a model on cases that are made while it trains, with a run folder.</summary>
    /// <inheritdoc cref="Train(ITrainingSource, IReadOnlyList{TrainingCase}, TrainingOptions?, Action{TrainingEpoch}?, IProgress{ProgressStep}?, CancellationToken)"/>
    public static PancreasModel Train(ITrainingSource source, IReadOnlyList<TrainingCaseSource> validation, TrainingOptions? options,
        TrainingHost? host, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(validation);
        (options, host) = (options ?? new TrainingOptions(), host ?? new TrainingHost());
        options.Validate();
        using TrainingRun? run = Open(host);
        // A source makes what its stage sees: the box, where there is one.
        TrainingOptions whole = options with { Plan = options.Plan with { BoxSize = null } };
        TrainingSet set = TrainingSet.Create([], validation, whole, host, cancellation);
        foreach (string warning in set.Warnings) host.OnWarning?.Invoke(warning);
        var preparation = new CasePreparation(whole);
        return new Trainer(options, host, set, run, cancellation).Run((index, token) =>
        {
            PreparedCase item = preparation.Prepare(source.Create(index, token), token);
            return options.Loss.IgnoreClipped ? item.WithoutClipped() : item;
        });
    }

    /// <summary>Checks what a training would refuse before its first step: its settings, a run folder that holds another, and its cases,
    /// which the host's cache keeps prepared.</summary>
    /// <exception cref="CoreException">As for a training on cases that are read.</exception>
    internal static void Check(
        IReadOnlyList<TrainingCaseSource> cases, TrainingOptions options, TrainingHost host, CancellationToken cancellation)
    {
        options.Validate();
        Open(host)?.Dispose();
        _ = TrainingSet.Create(cases, null, options, host, cancellation);
    }

    private static TrainingRun? Open(TrainingHost host) =>
        host.RunFolder is null ? null : TrainingRun.Open(host.RunFolder, host.Resume, host.Restart);

    private PancreasModel Run(Func<long, CancellationToken, PreparedCase> sample)
    {
        using var network = new LearningNetwork(_options);
        var schedule = new LearningRateSchedule(_options.LearningRate, _options.Schedule);
        bool finished = TakeUp(network, schedule);
        using RunLog? log = _run is null ? null : new RunLog(_run, _epochs.Count, _host.OnWarning);
        using var stream = new SampleStream(sample, CasesAhead, _step, _cancellation);
        while (!finished)
        {
            TimeSpan began = Elapsed;
            TrainingEpoch epoch = RunEpoch(network, schedule, stream);
            Validation? validation = null;
            if (epoch.Epoch % _options.Validation.Interval == 0) (epoch, validation) = Validate(network, schedule, epoch);
            finished = IsOver([.. _epochs.Select(e => e.Seconds), (Elapsed - began).TotalSeconds]);
            if (finished && validation is null) (epoch, validation) = Validate(network, schedule, epoch);
            epoch = epoch with { Seconds = (Elapsed - began).TotalSeconds };
            _epochs.Add(epoch);
            finished |= _options.StopRule.IsMet(_epochs);
            if (_run is not null)
            {
                // The state comes last: an epoch that is in it is done, whatever ends the process, and never shown again.
                if (epoch.IsBest) _run.SaveBest(_best!);
                log!.Add(_epochs);
                if (epoch.IsBest && IsHeldOut) log.Picture(validation!, name => Picture(network, name));
                _run.Save(new RunState(_step, Elapsed.TotalSeconds, finished, _epochs), network.Save());
            }
            _host.OnEpoch?.Invoke(epoch);
        }
        return _best!;
    }

    /// <summary>Goes back to where the run folder's training stopped. Returns whether there is nothing left to do.</summary>
    private bool TakeUp(LearningNetwork network, LearningRateSchedule schedule)
    {
        if (_run is null) return false;
        var description = new RunDescription(_options,
            [.. _set.Training.Select(c => RunCase.Of(c, RunCase.Trains)),
            .. _set.Validation.Select(c => RunCase.Of(c, RunCase.Validates))]);
        if (_run.Begin(description) is not { } last) return false;
        network.Load(last.Tensors);
        (_step, _before) = (last.State.Step, TimeSpan.FromSeconds(last.State.Seconds));
        _epochs.AddRange(last.State.Epochs);
        foreach (TrainingEpoch epoch in _epochs)
            if (epoch.ValidationDice is { } dice) schedule.Validated(dice);
        if (_epochs.Any(e => e.IsBest)) _best = _run.ReadBest();
        _host.OnNote?.Invoke($"Going on after epoch {_epochs.Count} in '{_run.Folder}'.");
        // Loading takes time: where that alone is too much, an epoch that nobody has looked at is not the last.
        return _best is not null && (_options.StopRule.IsMet(_epochs)
            || (_epochs[^1].ValidationDice is not null && IsOver([.. _epochs.Select(e => e.Seconds)])));
    }

    private TrainingEpoch RunEpoch(LearningNetwork network, LearningRateSchedule schedule, SampleStream stream)
    {
        int epoch = _epochs.Count + 1;
        double loss = 0, rate = 0;
        VoxelCounts counts = default;
        for (int i = 0; i < StepsPerEpoch; i++)
        {
            PreparedCase item = stream.Next();
            rate = schedule.Rate((int)Math.Min(_step, int.MaxValue), Done());
            try
            {
                (double caseLoss, VoxelCounts caseCounts) = network.Step(item, _step, rate, _cancellation);
                loss += caseLoss / StepsPerEpoch;
                counts += caseCounts;
            }
            catch (NotFiniteNumberException)
            {
                throw Diverged(item, epoch);
            }
            _step++;
            _host.Progress?.Report(Progress(epoch));
        }
        return new TrainingEpoch
        {
            Model = _options.Name,
            Epoch = epoch,
            Loss = loss,
            Dice = counts.Dice,
            Recall = counts.Recall,
            Precision = counts.Precision,
            LearningRate = rate,
            Seconds = 0
        };
    }

    private (TrainingEpoch Epoch, Validation Validation) Validate(
        LearningNetwork network, LearningRateSchedule schedule, TrainingEpoch epoch)
    {
        Validation validation = Validation.Of(
            _set.Held, item => network.Probability(item, _cancellation), _options, _cancellation);
        epoch = validation.AddTo(epoch) with { IsBest = validation.Dice > (_epochs.Max(e => e.IsBest ? e.ValidationDice : null) ?? -1) };
        schedule.Validated(validation.Dice);
        if (epoch.IsBest) _best = Model(network.Weights(), IsHeldOut ? validation : null);
        return (epoch, validation);
    }

    private byte[] Picture(LearningNetwork network, string name)
    {
        PreparedCase item = _set.Held.First(c => c.Name == name);
        return CasePicture.Draw(item, network.Probability(item, _cancellation), _options);
    }

    private PancreasModel Model(ModelWeights weights, Validation? validation) => new(new ModelHeader
    {
        FormatVersion = ModelHeader.CurrentVersion,
        Name = _options.Name,
        Network = _options.Network,
        Plan = _options.Plan,
        Threshold = _options.Validation.Threshold,
        Curve = validation?.Curve ?? [],
        Validation = validation?.Scores ?? [],
        TrainingData = _options.TrainingData,
        License = _options.License,
        Sha256 = weights.Sha256(),
        ClassNames = _options.ClassNames(),
        SimulatedOnly = _set.Training.Count == 0 && _options.Start?.SimulatedOnly != false,
        Lineage = _options.Start is { } start
            ? [new ModelAncestor(start.Name, start.Sha256, start.TrainingData, start.License), .. start.Lineage] : null,
    }, weights);

    /// <summary>Whether another epoch, as long as the longest of the last ones, one of which validated, is beyond either end.</summary>
    /// <param name="seconds">Of each epoch that is done.</param>
    private bool IsOver(IReadOnlyList<double> seconds) => seconds.Count >= _options.MaxEpoch
        || Elapsed.TotalSeconds + seconds.TakeLast(_options.Validation.Interval).Max() > _options.MaxDuration?.TotalSeconds;

    /// <summary>Part of the run that is over: the nearer of its two ends counts.</summary>
    private double Done() =>
        Math.Max((double)_step / ((long)_options.MaxEpoch * StepsPerEpoch), Elapsed / (_options.MaxDuration ?? TimeSpan.MaxValue));

    private ProgressStep Progress(int epoch)
    {
        double done = Math.Min(1, Done());
        return new ProgressStep($"epoch {epoch} of {_options.MaxEpoch}, step {_step}", done, Elapsed * ((1 - done) / done));
    }

    private CoreException Diverged(PreparedCase item, int epoch) =>
        new(Fault.TrainingDiverged, $"In epoch {epoch} the loss of '{item.Name}' or its gradient is no longer a number."
            + (_best is null || _run is null ? "" : $" The best model so far is '{_run.PathOf(TrainingRun.BestFile)}'."), item.Name,
            "Lower the learning rate, clip gradients to a shorter length, use instance normalisation, or check the case's HU.");
}
