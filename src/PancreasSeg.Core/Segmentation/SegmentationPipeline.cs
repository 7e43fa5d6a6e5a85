using System.Diagnostics;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Postprocess;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Segmentation;

/// <summary>
/// The whole order of work for one case: HU volume, network input, probabilities, mask on the scanner's grid. A model of two stages
/// first finds the pancreas in the whole volume, then works in a box round it. Holds a model and its engines, so that many cases share one load. One case at a time.
/// </summary>
public sealed class SegmentationPipeline : IDisposable
{
    private const double SmallestPlausibleMl = 10, LargestPlausibleMl = 250, LowestPlausibleHu = -60, HighestPlausibleHu = 180, LowestConfidence = 0.6;

    /// <summary>In a box round the pancreas, pieces smaller than this part of the largest are strays.</summary>
    private const double SmallestPart = 0.2;

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
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/> for a model that works in a box and has no locator.</exception>
    public SegmentationPipeline(PancreasModel model, Func<PancreasModel, ISegmentationEngine> createEngine)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(createEngine);
        if (model.Plan.BoxSize is not null && !model.IsTwoStage)
            throw new CoreException(Fault.ModelPlanMismatch, $"The model '{model.Name}' works in a box round the pancreas and has no locator that finds it.",
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
    /// <exception cref="CoreException">The case cannot be processed; <see cref="Failed"/> turns that into a result.</exception>
    public SegmentationResult Run(CtVolume ct, SegmentationOptions? options = null,
        IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(ct);
        options ??= new SegmentationOptions();
        double threshold = options.Threshold ?? _model.Threshold;

        long start = Stopwatch.GetTimestamp();
        IReadOnlyList<string> input = InputGate.Inspect(ct, _model.Plan);
        if (!options.AcceptAnyInput && input.Any(InputGate.Rejecting.Contains)) return Without(SegmentationStatus.Rejected, ct.Source, input);
        ManagedHeap.Trim(ct.Bytes + options.HeldMemory);
        ExecutionPlan plan = Plan(ct, options.HeldMemory);
        progress?.Report(new ProgressStep("resampling to the network's grid", 0));
        (PancreasLocation? location, bool isMirrored) = Locate(ct, progress, cancellation);
        TimeSpan network = Lap(ref start), preprocess = TimeSpan.Zero;
        LabelVolume mask;
        ContrastPhase? phase = null;
        if (_locator is not null && location is null)
        {
            mask = new LabelVolume(ct.Grid, new byte[ct.Grid.VoxelCount], ct.Source);
        }
        else
        {
            VolumeGrid grid = location is null ? _preprocessor.InputGrid(ct.Grid) : _preprocessor.BoxGrid(ct.Grid, location.Centre);
            NetworkInput prepared = _preprocessor.Prepare(ct, location is null ? grid : BoxAverage.Reach(grid), cancellation);
            preprocess = Lap(ref start);
            float[] probabilities = location is null
                ? _engine.Run(prepared.Values, grid.Slices, grid.Rows, grid.Columns, progress, cancellation)
                : BoxAverage.Run(_engine, prepared, grid, progress, cancellation);
            if (_model.ClassNames.Count > 2)
            {
                ReadOnlyMemory<float> seen = location is null ? prepared.Values : BoxAverage.Middle(prepared, grid);
                phase = ContrastPhaseEstimate.Of(seen.Span, _model.Plan, _engine.Classify(seen, grid.Slices, grid.Rows, grid.Columns, cancellation), _model.ClassNames);
            }
            network += Lap(ref start);
            progress?.Report(new ProgressStep("bringing the mask to the scanner's grid", 0.95));
            var answer = new ProbabilityVolume(prepared.OutputGrid, probabilities);
            mask = _model.Plan.Interpolation == Interpolation.Nearest
                ? SourceGrid.NearestMask(answer, ct.Grid, threshold, ct.Source, cancellation)
                : SourceGrid.Mask(answer, ct.Grid, threshold, ct.Source, cancellation);
        }
        if (options.LargestComponent) mask = Components.Largest(mask, cancellation);
        else if (_locator is not null) mask = Components.Large(mask, SmallestPart, cancellation);
        MaskStatistics statistics = MaskStatistics.Measure(mask, ct, cancellation);

        List<string> reasons = [.. input];
        if (isMirrored) reasons.Add(SegmentationReason.PossiblyMirrored);
        if (phase == ContrastPhase.Native) reasons.Add(SegmentationReason.Unenhanced);
        reasons.AddRange(Reasons(statistics, location, ct.Source));
        return new SegmentationResult
        {
            Status = statistics.VoxelCount == 0 ? SegmentationStatus.Empty : reasons.Count > 0 ? SegmentationStatus.Warning : SegmentationStatus.Ok,
            Reason = reasons,
            Source = ct.Source,
            Mask = mask,
            Statistics = statistics,
            Location = location,
            Phase = phase,
            Threshold = threshold,
            Timings = new StageTimings(TimeSpan.Zero, preprocess, network, Lap(ref start)),
            Engine = plan.Engine,
            EstimatedMemory = plan.Memory?.Total,
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
        Reason = reasons,
        Source = source,
        Engine = _engine.Info,
        PeakMemory = PeakMemory(),
        Model = _model.Name,
        ModelSha256 = _model.Sha256,
    };

    /// <summary>How the network is run, and the memory of the stage that takes more.</summary>
    private ExecutionPlan Plan(CtVolume ct, long held)
    {
        held += ct.Bytes + ct.Grid.VoxelCount;                                  // and the mask
        if (_locator is null) return Plan(_preprocessor.InputGrid(ct.Grid));
        VolumeGrid box = _preprocessor.BoxGrid(ct.Grid, default);
        MemoryEstimate? locator = _locator.Plan(ct.Grid, held).Memory;
        held += BoxAverage.BytesPerVoxel * BoxAverage.Reach(box).VoxelCount;
        ExecutionPlan own = Plan(box);
        return locator?.Total > own.Memory?.Total ? own with { Memory = locator } : own;

        ExecutionPlan Plan(VolumeGrid grid) => _engine.Plan(grid.Slices, grid.Rows, grid.Columns, held);
    }

    private (PancreasLocation? Location, bool IsMirrored) Locate(CtVolume ct, IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        if (_locator is null) return (null, false);
        (var sighted, bool isMirrored) = _locator.Find(ct, progress, cancellation);
        if (sighted is not { } found) return (null, isMirrored);
        VolumeGrid box = _preprocessor.BoxGrid(ct.Grid, found.Centre);
        IndexBox voxels = IndexBox.Around(box, ct.Grid);
        var size = new Vector3D(box.Columns * box.Spacing.X, box.Rows * box.Spacing.Y, box.Slices * box.Spacing.Z);
        return (new PancreasLocation(found.Centre, size, voxels.ToVoxelBox(), found.Confidence, found.VolumeMl), isMirrored);
    }

    private List<string> Reasons(MaskStatistics mask, PancreasLocation? location, VolumeSource source)
    {
        var reasons = new List<string>();
        if (_locator is not null && location is null) reasons.Add(SegmentationReason.PancreasNotLocated);
        if (location?.Confidence < LowestConfidence) reasons.Add(SegmentationReason.LocationUnsure);
        if (mask.VoxelCount == 0) reasons.Add(SegmentationReason.MaskEmpty);
        if (mask.TouchesBorder) reasons.Add(SegmentationReason.MaskTouchesBorder);
        if (mask.VoxelCount > 0 && mask.VolumeMl is < SmallestPlausibleMl or > LargestPlausibleMl) reasons.Add(SegmentationReason.VolumeImplausible);
        if (mask.MeanHu is < LowestPlausibleHu or > HighestPlausibleHu) reasons.Add(SegmentationReason.MeanHuImplausible);
        if (source.Notes.Count > 0) reasons.Add(SegmentationReason.SourceNoted);
        return reasons;
    }

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
}
