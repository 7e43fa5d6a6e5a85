using PancreasSeg.Inference;
using PancreasSeg.Postprocess;

namespace PancreasSeg.Segmentation;

/// <summary>What became of one case: there is always exactly one result per input. Not for diagnostic use.</summary>
public sealed record SegmentationResult
{
    /// <summary>How the case ended.</summary>
    public required SegmentationStatus Status { get; init; }

    /// <summary>Stable ids that explain the status: names of <see cref="SegmentationReason"/>, or the error id of a failed case.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>Where the case came from.</summary>
    public required VolumeSource Source { get; init; }

    /// <summary>Short name of the case.</summary>
    public string Name => Source.Name;

    /// <summary>The mask on the scanner's grid, 1 where pancreas; null when the case was rejected or failed.</summary>
    public LabelVolume? Mask { get; init; }

    /// <summary>Probabilities of the pancreas on the scanner's grid, before small pieces are taken away; null where not asked for or where
    /// no network ran.</summary>
    public ProbabilityVolume? Probability { get; init; }

    /// <summary>The file the mask was written to, where asked for.</summary>
    public string? OutputPath { get; init; }

    /// <summary>Measurements of the mask; null when there is none.</summary>
    public MaskStatistics? Statistics { get; init; }

    /// <summary>Volume of the mask in millilitres.</summary>
    public double? VolumeMl => Statistics?.VolumeMl;

    /// <summary>Mean HU under the mask.</summary>
    public double? MeanHu => Statistics?.MeanHu;

    /// <summary>Voxel ranges of the mask.</summary>
    public VoxelBox? BoundingBox => Statistics?.BoundingBox;

    /// <summary>True when the mask reaches the edge of the volume.</summary>
    public bool TouchesBorder => Statistics?.TouchesBorder ?? false;

    /// <summary>Where a model of two stages looked; null for one stage, or when its locator found nothing.</summary>
    public PancreasLocation? Location { get; init; }

    /// <summary>The contrast phase, estimated from the vessels that the network found; null when it does not tell them apart or found
    /// none.</summary>
    public ContrastPhase? Phase { get; init; }

    /// <summary>Lowest and highest HU on the network's grid that counted as pancreas. Null where the model's plan has no such bounds, and
    /// where they did not apply: the scan is unenhanced, or more than a third of what was found lies outside.</summary>
    public IReadOnlyList<double>? HuBounds { get; init; }

    /// <summary>How an nnU-Net model was applied; null for any other model.</summary>
    public NnUNetUse? NnUNet { get; init; }

    /// <summary>Probability threshold that was used; null for a model of nnU-Net, where the most probable class counts.</summary>
    public double? Threshold { get; init; }

    /// <summary>Wall time per stage.</summary>
    public StageTimings? Timings { get; init; }

    /// <summary>What computed, and whether in slabs.</summary>
    public EngineInfo? Engine { get; init; }

    /// <summary>Peak memory of the process so far, in bytes.</summary>
    public long PeakMemory { get; init; }

    /// <summary>Peak memory of the process that was expected before the network ran, in bytes; null where the engine does not
    /// tell.</summary>
    public long? EstimatedMemory { get; init; }

    /// <summary>Name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>SHA-256 of the model's weights.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>Status, volume and reasons in one line.</summary>
    public override string ToString() =>
        FormattableString.Invariant(
            $"{Name}: {Status}{(VolumeMl is { } ml ? $", {ml:0.0} mL" : "")}{(Reasons.Count > 0 ? $" ({string.Join(", ", Reasons)})" : "")}");
}
