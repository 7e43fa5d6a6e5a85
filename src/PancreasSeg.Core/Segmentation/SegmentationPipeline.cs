using System.Diagnostics;
using PancreasSeg.Evaluation;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Postprocess;

namespace PancreasSeg.Segmentation;

/// <summary>
/// The whole order of work for one case: gate, segmentation in the way of the model, measurements and status. Holds a model and its
/// engines, so that many cases share one load. One case at a time.
/// </summary>
public sealed class SegmentationPipeline : IDisposable
{
    private readonly PancreasModel _model;
    private readonly ICaseSegmenter _segmenter;

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
        (_model, _segmenter) = (model, new NetworkSegmenter(model, createEngine));
    }

    private SegmentationPipeline(ICaseSegmenter segmenter) => (_model, _segmenter) = (segmenter.Model, segmenter);

    /// <summary>Creates the pipeline of any model, of this module or of another project.</summary>
    /// <param name="model">The model.</param>
    /// <param name="kind">Which library computes.</param>
    /// <param name="engine">How it computes.</param>
    /// <param name="options">The options of the cases to come.</param>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/> for an option that does not go with the model;
    /// <see cref="Fault.ModelPlanMismatch"/>; as <see cref="SegmentationEngines.Create"/>.</exception>
    public static SegmentationPipeline Create(PancreasModel model, SegmentationEngineKind kind, EngineOptions engine,
        SegmentationOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        ICaseSegmenter segmenter = Segmenter(model, kind, engine);
        try
        {
            segmenter.Check(options);
            return new SegmentationPipeline(segmenter);
        }
        catch
        {
            segmenter.Dispose();
            throw;
        }
    }

    private static ICaseSegmenter Segmenter(PancreasModel model, SegmentationEngineKind kind, EngineOptions engine)
    {
        if (model.NnUNet is null) return new NetworkSegmenter(model, stage => SegmentationEngines.Create(stage, kind, engine));
        if (model.Locator is null) return new NnUNetCaseSegmenter(model, kind, engine);
        ICaseSegmenter locator = Segmenter(model.Locator, kind, engine);
        try
        {
            return new LocatedSegmenter(model, locator, new NnUNetCaseSegmenter(model, kind, engine));
        }
        catch
        {
            locator.Dispose();
            throw;
        }
    }

    /// <summary>What computes.</summary>
    public EngineInfo Engine => _segmenter.Engine;

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
        _segmenter.Check(options);
        ManagedHeap.Trim(ct.Bytes + heldMemory);

        List<SegmentationReason> reasons = [.. InputGate.Inspect(ct, _model.Plan)];
        // What the values show is only asked of values that are HU.
        IReadOnlyList<string> remarks = [];
        if (!reasons.Any(InputGate.Rejecting.Contains))
        {
            (IReadOnlyList<SegmentationReason> seen, remarks) = PatientCheck.Look(ct, cancellation);
            reasons.AddRange(seen);
        }
        if (!options.AcceptAnyInput && reasons.Any(InputGate.Rejecting.Contains))
            return Without(SegmentationStatus.Rejected, ct.Source, Ids(reasons));
        CaseAnswer answer = _segmenter.Run(ct, options, heldMemory, progress, cancellation);
        long start = Stopwatch.GetTimestamp();
        LabelVolume mask = options.LargestComponent ? Components.Largest(answer.Mask, cancellation) : answer.Mask;
        MaskStatistics statistics = MaskStatistics.Measure(mask, ct, cancellation);
        IReadOnlyList<MaskStatistics> each = answer.Labels is null ? []
            : MaskStatistics.OfEach(answer.Labels, ct, answer.Seen ?? IndexBox.Whole(ct.Grid), cancellation);

        reasons.AddRange(answer.Reasons.Except(reasons));
        reasons.AddRange(Plausibility.Inspect(statistics, answer.Location));
        (QualityPrediction? expected, string? review) = ExpectedQuality.Of(_model, options, answer, reasons);
        if (_model.SimulatedOnly) reasons.Add(SegmentationReason.TrainedOnSimulations);
        if (ct.Source.Notes.Count > 0) reasons.Add(SegmentationReason.SourceNoted);
        return new SegmentationResult
        {
            Status = statistics.VoxelCount == 0 ? SegmentationStatus.Empty : reasons.Count > 0 ? SegmentationStatus.Warning
                : SegmentationStatus.Ok,
            Reasons = Ids(reasons),
            Remarks = [.. remarks, .. answer.Remarks],
            Source = ct.Source,
            Mask = mask,
            Probability = answer.Probability,
            Statistics = statistics,
            Labels = answer.Labels,
            Classes = [.. answer.Classes.Select(c => new ClassMeasurement(c.Name, (byte)c.Label, each[c.Label]))],
            Location = answer.Location,
            Phase = answer.Phase,
            HuBounds = answer.HuBounds,
            VesselHu = answer.VesselHu,
            Threshold = answer.Threshold,
            Postprocess = answer.Rule,
            ExpectedDice = expected?.Dice,
            ExpectedDiceLow = expected?.DiceLow,
            ReviewReason = review,
            MembersUsed = answer.Members,
            MemberAgreement = answer.Agreement,
            Timings = new StageTimings(TimeSpan.Zero, answer.Preprocess, answer.Network,
                answer.Postprocess + Stopwatch.GetElapsedTime(start)),
            NnUNet = answer.NnUNet,
            Engine = answer.Engine,
            EstimatedMemory = answer.Memory,
            PeakMemory = PeakMemory(),
            Model = _model.Name,
            ModelSha256 = _model.Sha256,
        };
    }

    /// <summary>The result of a case that could not be processed.</summary>
    /// <param name="source">The case.</param>
    /// <param name="reason">Error id, e.g. the name of a <see cref="Fault"/>.</param>
    /// <param name="message">What failed and what to do, in words.</param>
    public SegmentationResult Failed(VolumeSource source, string reason, string? message = null) =>
        Without(SegmentationStatus.Failed, source, [reason], message);

    /// <summary>Releases the engines.</summary>
    public void Dispose() => _segmenter.Dispose();

    private SegmentationResult Without(
        SegmentationStatus status, VolumeSource source, IReadOnlyList<string> reasons, string? message = null) => new()
        {
            Status = status,
            Reasons = reasons,
            Message = message,
            Source = source,
            Engine = Engine,
            PeakMemory = PeakMemory(),
            Model = _model.Name,
            ModelSha256 = _model.Sha256,
        };

    private static IReadOnlyList<string> Ids(IEnumerable<SegmentationReason> reasons) => [.. reasons.Select(reason => reason.ToString())];

    private static long PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
