using System.Diagnostics;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Postprocess;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Segmentation;

/// <summary>
/// Segments with a network whose plan this module carries out: network input, probabilities, mask on the scanner's grid. A model of two
/// stages first finds the pancreas in the whole volume, then works in a box round it.
/// </summary>
internal sealed class NetworkSegmenter : ICaseSegmenter
{
    private readonly MemberEngines _engines;
    private readonly Preprocessor _preprocessor;
    private readonly PancreasLocator? _locator;

    /// <inheritdoc cref="SegmentationPipeline(PancreasModel, Func{PancreasModel, ISegmentationEngine})"/>
    public NetworkSegmenter(PancreasModel model, Func<PancreasModel, ISegmentationEngine> createEngine)
    {
        if (model.Plan.BoxSize is not null && !model.IsTwoStage)
            throw new CoreException(
                Fault.ModelPlanMismatch, $"The model '{model.Name}' works in a box round the pancreas and has no locator that finds it.",
                model.Name, "Join it with one: Join-PancreasModel -Refiner -Locator.");
        (Model, _preprocessor) = (model, new Preprocessor(model.Plan, model.Network.Divisors));
        _locator = model.Locator is { } locator ? new PancreasLocator(locator, createEngine(locator)) : null;
        try
        {
            _engines = new MemberEngines(model, createEngine);
        }
        catch
        {
            _locator?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public PancreasModel Model { get; }

    /// <inheritdoc/>
    public EngineInfo Engine => _engines.First.Info;

    /// <inheritdoc/>
    public void Check(SegmentationOptions options)
    {
        if (options.Mirror || options.Orientation is not null || options.Classes.Count > 0 || options.Preparation != NnUNetPreparation.Auto)
            throw new CoreException(
                Fault.SettingInvalid,
                $"Mirror images, an orientation, classes and steps are for models of nnU-Net; '{Model.Name}' is none.",
                Model.Name, "Leave them out.");
        if (options.Effort != SegmentationEffort.Normal && Model.Members.Count == 0)
            throw new CoreException(Fault.SettingInvalid, $"'{Model.Name}' is one model and no ensemble, so that effort means nothing.",
                Model.Name, "Leave the effort out, or join several models (Join-PancreasModel -Member).");
    }

    /// <inheritdoc/>
    public CaseAnswer Run(CtVolume ct, SegmentationOptions options, long held, IProgress<ProgressStep>? progress,
        CancellationToken cancellation)
    {
        double threshold = options.Threshold ?? Model.Threshold;
        PostprocessRule? rule = options.NoPostprocess ? null : Model.Postprocess?.Rule;
        long start = Stopwatch.GetTimestamp();
        progress?.Report(new ProgressStep("resampling to the network's grid", 0));
        held += ct.Bytes + ct.Grid.VoxelCount * (options.KeepProbability ? 1L + sizeof(float) : 1);      // and the mask
        Approach approach = _locator is null ? Whole(ct.Grid, held) : Located(_locator, ct, held, progress, cancellation);
        TimeSpan network = Stopwatches.Lap(ref start), preprocess = TimeSpan.Zero;
        LabelVolume mask;
        ProbabilityVolume? probability = null;
        ContrastPhaseEstimate? contrast = null;
        IReadOnlyList<double>? bounds = null;
        double? vesselHu = null;
        MemberAverage? members = null;
        if (approach.Grid is not { } grid) mask = new LabelVolume(ct.Grid, new byte[ct.Grid.VoxelCount], ct.Source);
        else
        {
            NetworkInput input = _preprocessor.Prepare(ct, grid, cancellation);
            preprocess = Stopwatches.Lap(ref start);
            members = MemberAverage.Of(_engines, input, approach.Execution, Model.ClassNames.Count > 2, threshold, options.Effort,
                probabilities => Model.Quality is null ? null : QualitySigns.Of(new ProbabilityVolume(input.OutputGrid, probabilities),
                    input.Values.Span, ct.Grid.Spacing.Z, cancellation), progress, cancellation);
            Prediction answer = members.Answer;
            if (answer.Classes is { } classes)
                contrast = ContrastPhaseEstimate.Of(input.Values.Span, Model.Plan, classes, Model.ClassNames);
            network += Stopwatches.Lap(ref start);
            (float[] bounded, bounds) =
                EnhancedBounds.Apply(answer.Probabilities, input.Values.Span, Model.Plan, contrast?.Phase, threshold);
            progress?.Report(new ProgressStep("bringing the mask to the scanner's grid", 0.95));
            var found = new ProbabilityVolume(input.OutputGrid, bounded, ct.Source);
            mask = Mask(found, ct, threshold, cancellation);
            if (bounds is not null) (mask, vesselHu) = VesselTrim.Apply(mask, ct, contrast!.AortaHu, cancellation);
            if (options.KeepProbability) probability = SourceGrid.Probability(found, ct.Grid, Model.Plan.Interpolation, cancellation);
            if (!options.LargestComponent && Model.Plan.SmallestPart > 0)
                mask = Components.Large(mask, Model.Plan.SmallestPart, cancellation);
            if (rule is not null) mask = rule.Apply(mask, probability => Mask(found, ct, probability, cancellation), cancellation);
            // A rule that fills holes has filled those of vessels too.
            if (rule is not null && vesselHu is not null) (mask, _) = VesselTrim.Apply(mask, ct, contrast!.AortaHu, cancellation);
        }
        var reasons = new List<SegmentationReason>();
        if (approach.Doubts.Count > 0) reasons.Add(SegmentationReason.OrientationDoubtful);
        if (approach.IsMirrored) reasons.Add(SegmentationReason.PossiblyMirrored);
        if (contrast?.Phase == ContrastPhase.Native) reasons.Add(SegmentationReason.Unenhanced);
        if (approach.Grid is null) reasons.Add(SegmentationReason.PancreasNotLocated);
        else if (approach.Location is not null
            && IndexBox.OfNonZero(ct.Grid, mask.Labels).ReachesFaceInside(IndexBox.Around(approach.Grid, ct.Grid), ct.Grid))
            reasons.Add(SegmentationReason.MaskTouchesBox);
        return new CaseAnswer(mask, approach.Execution.Engine)
        {
            Probability = probability,
            Threshold = threshold,
            Rule = approach.Grid is null ? null : rule,
            Members = _engines.Count > 1 ? members?.Members : null,
            Agreement = members?.Agreement,
            Signs = members?.Signs,
            Location = approach.Location,
            Phase = contrast?.Phase,
            HuBounds = bounds,
            VesselHu = vesselHu,
            Reasons = reasons,
            Remarks = approach.Doubts,
            Memory = approach.Memory,
            Preprocess = preprocess,
            Network = network,
            Postprocess = Stopwatches.Lap(ref start),
        };
    }

    /// <summary>Releases the engines.</summary>
    public void Dispose()
    {
        _locator?.Dispose();
        _engines.Dispose();
    }

    private Approach Whole(VolumeGrid ct, long held)
    {
        VolumeGrid grid = _preprocessor.InputGrid(ct);
        Execution execution = Settle(grid, held);
        return new Approach(grid, null, execution, execution.Memory?.Total, false, []);
    }

    /// <summary>Both stages are settled before the first one runs: a memory limit that is too small is said at once.</summary>
    private Approach Located(PancreasLocator locator, CtVolume ct, long held,
        IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        VolumeGrid anywhere = _preprocessor.BoxGrid(ct.Grid, default);          // as large as any box
        Execution first = locator.Settle(ct.Grid, held), own = Settle(anywhere, held);
        long? memory = first.Memory?.Total > own.Memory?.Total ? first.Memory.Total : own.Memory?.Total;
        LocatorAnswer answer = locator.Find(ct, first, progress, cancellation);
        if (answer.Finding is not { } finding) return new Approach(null, null, own, memory, answer.IsMirrored, answer.Doubts);
        VolumeGrid box = _preprocessor.BoxGrid(ct.Grid, finding.Centre);
        var location = new PancreasLocation(finding.Centre,
            new(box.Columns * box.Spacing.X, box.Rows * box.Spacing.Y, box.Slices * box.Spacing.Z),
            IndexBox.Around(box, ct.Grid).ToVoxelBox(), finding.Confidence, finding.VolumeMl);
        return new Approach(box, location, own, memory, answer.IsMirrored, answer.Doubts);
    }

    private Execution Settle(VolumeGrid grid, long held)
    {
        long others = _engines.Count > 1 ? MemoryEstimate.OfMembers(Model.Network, grid.VoxelCount) : 0;
        return _engines.First.Settle(grid.Slices, grid.Rows, grid.Columns, held + others);
    }

    private LabelVolume Mask(ProbabilityVolume answer, CtVolume ct, double threshold, CancellationToken cancellation) =>
        Model.Plan.Interpolation == Interpolation.Nearest
            ? SourceGrid.NearestMask(answer, ct.Grid, threshold, ct.Source, cancellation)
            : SourceGrid.Mask(answer, ct.Grid, threshold, ct.Source, Model.Plan.Interpolation == Interpolation.Point, cancellation);

    /// <summary>What a case comes to before the network of the model itself runs.</summary>
    /// <param name="Grid">Where that runs; null when a locator found no pancreas.</param>
    /// <param name="Location">Where a locator found the pancreas; null without one.</param>
    /// <param name="Execution">How it runs there.</param>
    /// <param name="Memory">Bytes of the stage that takes more; null where the engine does not tell.</param>
    /// <param name="IsMirrored">True when the mirror image shows more of a pancreas.</param>
    /// <param name="Doubts">How the patient seems to lie otherwise than the header says.</param>
    private sealed record Approach(
        VolumeGrid? Grid, PancreasLocation? Location, Execution Execution, long? Memory, bool IsMirrored, IReadOnlyList<string> Doubts);
}
