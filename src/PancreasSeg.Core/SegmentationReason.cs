namespace PancreasSeg;

/// <summary>Why a result is not simply <see cref="SegmentationStatus.Ok"/> (beside the <see cref="Fault"/> of a failed case).</summary>
public static class SegmentationReason
{
    /// <summary>No voxel above the threshold.</summary>
    public const string MaskEmpty = nameof(MaskEmpty);

    /// <summary>The first stage of a two-stage model found no pancreas, so the second did not run.</summary>
    public const string PancreasNotLocated = nameof(PancreasNotLocated);

    /// <summary>The first stage's mean probability where it found the pancreas is below 0.6: the box may lie wrong.</summary>
    public const string LocationUnsure = nameof(LocationUnsure);

    /// <summary>The mask reaches the edge of the volume: part of the pancreas may lie outside.</summary>
    public const string MaskTouchesBorder = nameof(MaskTouchesBorder);

    /// <summary>The volume is outside 10 to 250 mL, which hardly any adult pancreas is.</summary>
    public const string VolumeImplausible = nameof(VolumeImplausible);

    /// <summary>The mean HU is outside -60 to 180: the mask does not lie on a pancreas, or the values are not HU.</summary>
    public const string MeanHuImplausible = nameof(MeanHuImplausible);

    /// <summary>The source volume came with notes, e.g. a lossy encoding.</summary>
    public const string SourceNoted = nameof(SourceNoted);
}
