using System.Diagnostics;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Postprocess;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Segmentation;

/// <summary>
/// The whole order of work for one case: HU volume, network input, probabilities, mask on the scanner's grid. A model of two stages
/// first finds the pancreas in the whole volume, then works in a box round it. Holds a model and its engines, so that many cases share one
/// load. One case at a time.
/// </summary>
public sealed class SegmentationPipeline : IDisposable
{
    private readonly PancreasModel _model;
    private readonly ISegmentationEngine _engine;
    private readonly Preprocessor _preprocessor;
    private readonly PancreasLocator? _locator;

    /// <summary>Creates a pipeline that owns <paramref name="engine"/>, for a model of one stage.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/> for a model that needs two stages.</exception>
    public SegmentationPipeline(PancreasModel model, ISegmentationEngine engine) : this(model, stage =>
        stage == model ? engine : throw new ArgumentException("A model of two stages needs an engine for each.", nameof(engine)))
    {
    }

    /// <summary>Creates a pipeline with an engine for each stage of the model, made here once.</summary>
    /// <param name="model">A model of one or two stages.</param>
    /// <param name="createEngine">Makes the engine of a stage: of the model itself, and of its locator. The pipeline owns it.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/> for a model that works in a box and has no
    /// locator.</exception>
    public SegmentationPipeline(PancreasModel model, Func<PancreasModel, ISegmentationEngine> createEngine)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(createEngine);
        if (model.Plan.BoxSize is not null && !model.IsTwoStage)
            throw new CoreException(
                Fault.ModelPlanMismatch, $"The model '{model.Name}' works in a box round the pancreas and has no locator that finds it.",
                model.Name, "Join it with a locator first (PancreasModel.WithLocator).");
        (_model, _preprocessor) = (model, new Preprocessor(model.Plan));
        _locator = model.Locator is { } locator ? new PancreasLocator(locator, createEngine(locator)) : null;
        try
        {
            _engine = createEngine(model);
        }
        catch
        {
            _locator?.Dispose();
            throw;
        }
        ArgumentNullException.ThrowIfNull(_engine, nameof(createEngine));
    }

    /// <summary>What computes.</summary>
    public EngineInfo Engine => _engine.Info;

    /// <summary>Segments one CT.</summary>
    /// <param name="ct">The CT.</param>
    /// <param name="options">Threshold and the like.</param>
    /// <param name="heldMemory">Bytes that the caller holds beside this case, such as a CT read ahead; they count in the estimate and
    /// against the engine's limit.</param>
    /// <param name="progress">Told as the work goes on.</param>
    /// <param name="cancellation">Looked at between slices and between blocks of the network.</param>
    /// <exception cref="CoreException">The case cannot be processed; <see cref="Failed"/> turns that into a result.</exception>
    public SegmentationResult Run(CtVolume ct, SegmentationOptions? options = null, long heldMemory = 0,
        IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(ct);
        options ??= new SegmentationOptions();
        double threshold = options.Threshold ?? _model.Threshold;

        long start = Stopwatch.GetTimestamp();
        List<SegmentationReason> reasons = [.. InputGate.Inspect(ct, _model.Plan)];
        if (!options.AcceptAnyInput && reasons.Any(InputGate.Rejecting.Contains))
            return Without(SegmentationStatus.Rejected, ct.Source, Ids(reasons));
        ManagedHeap.Trim(ct.Bytes + heldMemory);
        progress?.Report(new ProgressStep("resampling to the network's grid", 0));
        long held = heldMemory + ct.Bytes + ct.Grid.VoxelCount;                 // and the mask
        Approach approach = _locator is null ? Whole(ct.Grid, held) : Located(_locator, ct, held, progress, cancellation);
        TimeSpan network = Lap(ref start), preprocess = TimeSpan.Zero;
        LabelVolume mask;
        ContrastPhase? phase = null;
        if (approach.Region is not { } region) mask = new LabelVolume(ct.Grid, new byte[ct.Grid.VoxelCount], ct.Source);
        else
        {
            NetworkInput input = _preprocessor.Prepare(ct, region.Reach, cancellation);
            preprocess = Lap(ref start);
            Prediction answer = region.Run(_engine, input, approach.Execution, _model.ClassNames.Count > 2, progress, cancellation);
            if (answer.Classes is { } classes) phase = ContrastPhaseEstimate.Of(input.Values.Span, _model.Plan, classes, _model.ClassNames);
            network += Lap(ref start);
            progress?.Report(new ProgressStep("bringing the mask to the scanner's grid", 0.95));
            mask = Mask(new ProbabilityVolume(input.OutputGrid, answer.Probabilities), ct, threshold, cancellation);
            if (options.LargestComponent) mask = Components.Largest(mask, cancellation);
            else if (region.SmallestPart > 0) mask = Components.Large(mask, region.SmallestPart, cancellation);
        }
        MaskStatistics statistics = MaskStatistics.Measure(mask, ct, cancellation);

        if (approach.IsMirrored) reasons.Add(SegmentationReason.PossiblyMirrored);
        if (phase == ContrastPhase.Native) reasons.Add(SegmentationReason.Unenhanced);
        if (approach.Region is null) reasons.Add(SegmentationReason.PancreasNotLocated);
        reasons.AddRange(Plausibility.Inspect(statistics, approach.Region?.Location));
        if (ct.Source.Notes.Count > 0) reasons.Add(SegmentationReason.SourceNoted);
        return new SegmentationResult
        {
            Status = statistics.VoxelCount == 0 ? SegmentationStatus.Empty : reasons.Count > 0 ? SegmentationStatus.Warning
                : SegmentationStatus.Ok,
            Reasons = Ids(reasons),
            Source = ct.Source,
            Mask = mask,
            Statistics = statistics,
            Location = approach.Region?.Location,
            Phase = phase,
            Threshold = threshold,
            Timings = new StageTimings(TimeSpan.Zero, preprocess, network, Lap(ref start)),
            Engine = approach.Execution.Engine,
            EstimatedMemory = approach.Memory,
            PeakMemory = PeakMemory(),
            Model = _model.Name,
            ModelSha256 = _model.Sha256,
        };
    }

    /// <summary>The result of a case that could not be processed.</summary>
    /// <param name="source">The case.</param>
    /// <param name="reason">Error id, e.g. the name of a <see cref="Fault"/>.</param>
    public SegmentationResult Failed(VolumeSource source, string reason) => Without(SegmentationStatus.Failed, source, [reason]);

    /// <summary>Releases the engines.</summary>
    public void Dispose()
    {
        _locator?.Dispose();
        _engine.Dispose();
    }

    private SegmentationResult Without(SegmentationStatus status, VolumeSource source, IReadOnlyList<string> reasons) => new()
    {
        Status = status,
        Reasons = reasons,
        Source = source,
        Engine = _engine.Info,
        PeakMemory = PeakMemory(),
        Model = _model.Name,
        ModelSha256 = _model.Sha256,
    };

    private Approach Whole(VolumeGrid ct, long held)
    {
        var region = new WholeVolume(_preprocessor.InputGrid(ct));
        Execution execution = Settle(region.Grid, held);
        return new Approach(region, execution, execution.Memory?.Total, false);
    }

    /// <summary>Both stages are settled before the first one runs: a memory limit that is too small is said at once.</summary>
    private Approach Located(PancreasLocator locator, CtVolume ct, long held,
        IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        VolumeGrid anywhere = _preprocessor.BoxGrid(ct.Grid, default);          // as large as any box
        long prepared = BoxAverage.BytesPerVoxel * BoxAverage.Reach(anywhere).VoxelCount;
        Execution first = locator.Settle(ct.Grid, held), own = Settle(anywhere, held + prepared);
        long? memory = first.Memory?.Total > own.Memory?.Total ? first.Memory.Total : own.Memory?.Total;
        (LocatorFinding? finding, bool isMirrored) = locator.Find(ct, first, progress, cancellation);
        Region? region = finding is null ? null : new LocatedBox(_preprocessor.BoxGrid(ct.Grid, finding.Centre), ct.Grid, finding);
        return new Approach(region, own, memory, isMirrored);
    }

    private Execution Settle(VolumeGrid grid, long held) => _engine.Settle(grid.Slices, grid.Rows, grid.Columns, held);

    private LabelVolume Mask(ProbabilityVolume answer, CtVolume ct, double threshold, CancellationToken cancellation) =>
        _model.Plan.Interpolation == Interpolation.Nearest
            ? SourceGrid.NearestMask(answer, ct.Grid, threshold, ct.Source, cancellation)
            : SourceGrid.Mask(answer, ct.Grid, threshold, ct.Source, cancellation);

    private static IReadOnlyList<string> Ids(IEnumerable<SegmentationReason> reasons) => [.. reasons.Select(reason => reason.ToString())];

    private static TimeSpan Lap(ref long start)
    {
        long now = Stopwatch.GetTimestamp();
        TimeSpan lap = Stopwatch.GetElapsedTime(start, now);
        start = now;
        return lap;
    }

    private static long PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <summary>What a case comes to before the network of the model itself runs.</summary>
    /// <param name="Region">Where that runs; null when a locator found no pancreas.</param>
    /// <param name="Execution">How it runs there.</param>
    /// <param name="Memory">Bytes of the stage that takes more; null where the engine does not tell.</param>
    /// <param name="IsMirrored">True when the mirror image shows more of a pancreas.</param>
    private sealed record Approach(Region? Region, Execution Execution, long? Memory, bool IsMirrored);
}
