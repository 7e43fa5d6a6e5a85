using System.Diagnostics;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Postprocess;
using PancreasSeg.Preprocess;

namespace PancreasSeg;

/// <summary>
/// The whole order of work for one case: HU volume, network input, probabilities, mask on the scanner's grid.
/// Holds a model and its engine, so that many cases share one load. One case at a time.
/// </summary>
public sealed class SegmentationPipeline : IDisposable
{
    private const double SmallestPlausibleMl = 10, LargestPlausibleMl = 250, LowestPlausibleHu = -60, HighestPlausibleHu = 180;

    private readonly PancreasModel _model;
    private readonly ISegmentationEngine _engine;
    private readonly Preprocessor _preprocessor;

    /// <summary>Creates a pipeline that owns <paramref name="engine"/>.</summary>
    public SegmentationPipeline(PancreasModel model, ISegmentationEngine engine)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(engine);
        (_model, _engine, _preprocessor) = (model, engine, new Preprocessor(model.Plan));
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
        progress?.Report(new ProgressStep("resampling to the network's grid", 0));
        NetworkInput input = _preprocessor.Prepare(ct, cancellation);

        TimeSpan preprocess = Lap(ref start);
        VolumeGrid grid = input.Grid;
        float[] probabilities = _engine.Run(input.Values, grid.Slices, grid.Rows, grid.Columns, progress, cancellation);

        TimeSpan network = Lap(ref start);
        progress?.Report(new ProgressStep("bringing the mask to the scanner's grid", 0.95));
        var answer = new ProbabilityVolume(input.OutputGrid, probabilities);
        LabelVolume mask = _model.Plan.Interpolation == Interpolation.Nearest
            ? SourceGrid.NearestMask(answer, ct.Grid, threshold, ct.Source, cancellation)
            : SourceGrid.Mask(answer, ct.Grid, threshold, ct.Source, cancellation);
        if (options.LargestComponent) mask = Components.Largest(mask, cancellation);
        MaskStatistics statistics = MaskStatistics.Measure(mask, ct, cancellation);

        List<string> reasons = Reasons(statistics, ct.Source);
        return new SegmentationResult
        {
            Status = statistics.VoxelCount == 0 ? SegmentationStatus.Empty : reasons.Count > 0 ? SegmentationStatus.Warning : SegmentationStatus.Ok,
            Reason = reasons,
            Source = ct.Source,
            Mask = mask,
            Statistics = statistics,
            Threshold = threshold,
            Timings = new StageTimings(TimeSpan.Zero, preprocess, network, Lap(ref start)),
            Engine = _engine.Info,
            PeakMemory = PeakMemory(),
            Model = _model.Name,
            ModelSha256 = _model.Sha256,
        };
    }

    /// <summary>The result of a case that could not be processed.</summary>
    /// <param name="source">The case.</param>
    /// <param name="reason">Error id, e.g. the name of a <see cref="Fault"/>.</param>
    public SegmentationResult Failed(VolumeSource source, string reason) => new()
    {
        Status = SegmentationStatus.Failed,
        Reason = [reason],
        Source = source,
        Engine = _engine.Info,
        PeakMemory = PeakMemory(),
        Model = _model.Name,
        ModelSha256 = _model.Sha256,
    };

    /// <summary>Releases the engine.</summary>
    public void Dispose() => _engine.Dispose();

    private static List<string> Reasons(MaskStatistics mask, VolumeSource source)
    {
        var reasons = new List<string>();
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
