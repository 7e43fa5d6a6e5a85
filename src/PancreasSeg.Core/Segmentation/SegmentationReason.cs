namespace PancreasSeg.Segmentation;

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

    /// <summary>Rejected: the values span 20 or less, as those of an array that was normalised; they are not HU.</summary>
    public const string HuNormalised = nameof(HuNormalised);

    /// <summary>Rejected: the values are those of a picture, 0 to 255 or cut to a window narrower than the model's; they are not HU.</summary>
    public const string HuWindowed = nameof(HuWindowed);

    /// <summary>Rejected: soft tissue lies 1024 off; the rescale intercept was left out or applied twice.</summary>
    public const string HuOffset = nameof(HuOffset);

    /// <summary>Rejected: fewer than one voxel in twenty is soft tissue; not a CT of the abdomen, or not CT.</summary>
    public const string NoSoftTissue = nameof(NoSoftTissue);

    /// <summary>Rejected: the scan is narrower than three quarters of the box the model works in; it shows no abdomen.</summary>
    public const string FieldOfViewSmall = nameof(FieldOfViewSmall);

    /// <summary>The values were clipped, though not inside the model's window.</summary>
    public const string HuClipped = nameof(HuClipped);

    /// <summary>The scan is less than 45 mm high: it shows a part of the pancreas at most.</summary>
    public const string ScanShort = nameof(ScanShort);

    /// <summary>Slices are more than 6 mm apart.</summary>
    public const string SlicesThick = nameof(SlicesThick);

    /// <summary>The locator finds more of a pancreas in the mirror image: left and right may have been exchanged.</summary>
    public const string PossiblyMirrored = nameof(PossiblyMirrored);

    /// <summary>The vessels are as bright as unenhanced blood: without contrast medium the border of the gland is faint.</summary>
    public const string Unenhanced = nameof(Unenhanced);

    /// <summary>The source volume came with notes, e.g. a lossy encoding.</summary>
    public const string SourceNoted = nameof(SourceNoted);

    /// <summary>The process ended twice while a batch worked on this study alone.</summary>
    public const string ProcessDied = nameof(ProcessDied);
}
