using PancreasSeg.Inference;
using PancreasSeg.Postprocess;

namespace PancreasSeg.Segmentation;

/// <summary>What became of one case: there is always exactly one result per input. Not for diagnostic use.</summary>
public sealed record SegmentationResult
{
    /// <summary>How the case ended.</summary>
    public SegmentationStatus Status { get; internal init; }

    /// <summary>Stable ids that explain the status: names of <see cref="SegmentationReason"/>, or the error id of a failed case.</summary>
    public IReadOnlyList<string> Reasons { get => ReadableList.Of(field); internal init; } = [];

    /// <summary>What was seen where a reason alone does not tell, e.g. why the orientation is doubtful.</summary>
    public IReadOnlyList<string> Remarks { get => ReadableList.Of(field); internal init; } = [];

    /// <summary>What failed and what to do, in words; null where nothing did.</summary>
    public string? Message { get; internal init; }

    /// <summary>Where the case came from.</summary>
    public VolumeSource Source { get; internal init; } = new("");

    /// <summary>Short name of the case.</summary>
    public string Name => Source.Name;

    /// <summary>The file or folder the case was read from; null for a volume made in memory.</summary>
    public string? SourcePath => Source.Path;

    /// <summary>SeriesInstanceUID; null when not from DICOM.</summary>
    public string? SeriesUid => Source.SeriesUid;

    /// <summary>The mask on the scanner's grid, 1 where pancreas; null when the case was rejected or failed.</summary>
    public LabelVolume? Mask { get; internal init; }

    /// <summary>Probabilities of the pancreas on the scanner's grid, before vessels (<see cref="VesselHu"/>) and
    /// small pieces are taken away; null where not asked for or where
    /// no network ran.</summary>
    public ProbabilityVolume? Probability { get; internal init; }

    /// <summary>The file the mask was written to, where asked for.</summary>
    public string? OutputPath { get; internal init; }

    /// <summary>The labels of the classes that were asked for, by the model's own numbers, on the scanner's grid; 0 elsewhere. Null where
    /// none were, or there is no mask.</summary>
    public LabelVolume? Labels { get; internal init; }

    /// <summary>The classes that were asked for, each with its number and measurements.</summary>
    public IReadOnlyList<ClassMeasurement> Classes { get => ReadableList.Of(field); internal init; } = [];

    /// <summary>The file the labels were written to, where asked for.</summary>
    public string? LabelsPath { get; internal init; }

    /// <summary>Measurements of the mask; null when there is none.</summary>
    public MaskStatistics? Statistics { get; internal init; }

    /// <summary>Volume of the mask in millilitres.</summary>
    public double? VolumeMl => Statistics?.VolumeMl;

    /// <summary>Mean HU under the mask.</summary>
    public double? MeanHu => Statistics?.MeanHu;

    /// <summary>Voxel ranges of the mask.</summary>
    public VoxelBox? BoundingBox => Statistics?.BoundingBox;

    /// <summary>True when the mask reaches the edge of the volume.</summary>
    public bool TouchesBorder => Statistics?.TouchesBorder ?? false;

    /// <summary>Where the second of two stages looked; null for one stage, or when the locator found nothing.</summary>
    public PancreasLocation? Location { get; internal init; }

    /// <summary>How sure the locator is, 0 to 1; null where it does not tell.</summary>
    public double? Confidence => Location?.Confidence;

    /// <summary>The contrast phase, estimated from the vessels that the network found; null when it does not tell them apart or found
    /// none.</summary>
    public ContrastPhase? Phase { get; internal init; }

    /// <summary>Lowest and highest HU on the network's grid that counted as pancreas. Null where the model's plan has no such bounds, and
    /// where they did not apply: the scan is unenhanced, or more than a third of what was found lies outside.</summary>
    public IReadOnlyList<double>? HuBounds { get => field is null ? null : ReadableList.Of(field, " to "); internal init; }

    /// <summary>HU on the scanner's grid, half-way between the gland and the aorta as the network saw it, above which the mask's voxels
    /// were taken for vessels and left out. Null where <see cref="HuBounds"/> did not apply and where the aorta is less than 30 HU
    /// brighter than the gland.</summary>
    public double? VesselHu { get; internal init; }

    /// <summary>How an nnU-Net model was applied; null for any other model.</summary>
    public NnUNetUse? NnUNet { get; internal init; }

    /// <summary>Probability threshold that was used; null for a model of nnU-Net, where the most probable class counts.</summary>
    public double? Threshold { get; internal init; }

    /// <summary>Dice with a careful reader's mask that is expected, 0 to 1. Null where the model's file cannot tell, as those of
    /// two stages or with bounds of HU, where threshold or post-processing are not the model's own, and for scans that its training has not
    /// seen the like of.</summary>
    public double? ExpectedDice { get; internal init; }

    /// <summary>Dice that about nine in ten masks reach, of scans like those of the cross-validation; null as
    /// <see cref="ExpectedDice"/>.</summary>
    public double? ExpectedDiceLow { get; internal init; }

    /// <summary>What speaks most against the mask, e.g. BorderUncertain; null where it is expected to be as good as the mean of the
    /// cross-validation. Nothing else is told of a mask whose probabilities show no pancreas.</summary>
    public string? ReviewReason { get; internal init; }

    /// <summary>What was done to the mask after the threshold, as the model's file says; null for nothing.</summary>
    public PostprocessRule? Postprocess { get; internal init; }

    /// <summary>Members of an ensemble whose probabilities were averaged; null for any other model, and where no network
    /// ran.</summary>
    public int? MembersUsed { get; internal init; }

    /// <summary>Dice of the masks of the first two members on the network's grid, 0 to 1; null where fewer were asked.</summary>
    public double? MemberAgreement { get; internal init; }

    /// <summary>Wall time of all stages in seconds; null when no network ran.</summary>
    public double? Seconds => Timings?.Total.TotalSeconds;

    /// <summary>Wall time per stage.</summary>
    public StageTimings? Timings { get; internal init; }

    /// <summary>What computed, and whether in slabs.</summary>
    public EngineInfo? Engine { get; internal init; }

    /// <summary>Peak memory of the process so far, in bytes.</summary>
    public long PeakMemory { get; internal init; }

    /// <summary>Peak memory of the process that was expected before the network ran, in bytes; null where the engine does not
    /// tell.</summary>
    public long? EstimatedMemory { get; internal init; }

    /// <summary>Name of the model.</summary>
    public string Model { get; internal init; } = "";

    /// <summary>SHA-256 of the model's weights.</summary>
    public string ModelSha256 { get; internal init; } = "";

    /// <summary>Status, volume and reasons in one line.</summary>
    public override string ToString() =>
        $"{Name}: {Status}{(VolumeMl is { } ml ? FormattableString.Invariant($", {ml:0.0} mL") : "")}"
        + (Reasons.Count > 0 ? $" ({string.Join(", ", Reasons)})" : "");
}
