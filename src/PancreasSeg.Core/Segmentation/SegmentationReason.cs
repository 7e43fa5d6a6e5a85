namespace PancreasSeg.Segmentation;

/// <summary>
/// Why a result is not simply <see cref="SegmentationStatus.Ok"/>. The names are the ids that scripts match on: never rename one. A case
/// that failed has the id of its error instead, mostly the name of a <see cref="Fault"/>.
/// </summary>
public enum SegmentationReason
{
    /// <summary>No voxel above the threshold.</summary>
    MaskEmpty,

    /// <summary>The first of two stages, a locator, found no pancreas, so the second did not run.</summary>
    PancreasNotLocated,

    /// <summary>The first stage saw too little of the aorta, or of spleen and kidneys, beside what it took for the pancreas: the scan may
    /// show none.</summary>
    PancreasOutOfView,

    /// <summary>The mask reaches the edge of the volume: part of the pancreas may lie outside.</summary>
    MaskTouchesBorder,

    /// <summary>The mask reaches the edge of the box that a locator chose: part of the pancreas may lie outside.</summary>
    MaskTouchesBox,

    /// <summary>The volume is outside 10 to 250 mL, which hardly any adult pancreas is.</summary>
    VolumeImplausible,

    /// <summary>The mean HU is outside -60 to 180: the mask does not lie on a pancreas, or the values are not HU.</summary>
    MeanHuImplausible,

    /// <summary>Rejected: the values span 20 or less, as those of an array that was normalised; they are not HU.</summary>
    HuNormalised,

    /// <summary>Rejected: the values are those of a picture, 0 to 255 or cut to a window narrower than the model's.</summary>
    HuWindowed,

    /// <summary>Rejected: soft tissue lies 1024 off; the rescale intercept was left out or applied twice.</summary>
    HuOffset,

    /// <summary>Rejected: fewer than one voxel in twenty is soft tissue; not a CT of the abdomen, or not CT.</summary>
    NoSoftTissue,

    /// <summary>Rejected: the scan is narrower than three quarters of the box the model works in; it shows no abdomen.</summary>
    FieldOfViewSmall,

    /// <summary>Rejected: no patient is seen, for want of bone or fat; e.g. a test object of the daily quality check.</summary>
    NoPatient,

    /// <summary>The patient seems to lie otherwise than the header says, e.g. the spine in front; the remarks tell what was seen.</summary>
    OrientationDoubtful,

    /// <summary>The edges of the slices are brighter than bone: padding was taken for HU. Set it to -1024.</summary>
    PaddingBright,

    /// <summary>The values were clipped, though not inside the model's window.</summary>
    HuClipped,

    /// <summary>The scan is less than 45 mm high: it shows a part of the pancreas at most.</summary>
    ScanShort,

    /// <summary>Slices are more than 6 mm apart.</summary>
    SlicesThick,

    /// <summary>The locator finds more of a pancreas in the mirror image: left and right may have been exchanged.</summary>
    PossiblyMirrored,

    /// <summary>The vessels are as bright as unenhanced blood: without contrast medium the border of the gland is faint.</summary>
    Unenhanced,

    /// <summary>The source volume came with notes, e.g. a lossy encoding.</summary>
    SourceNoted,

    /// <summary>The process ended twice while a batch worked on this study alone.</summary>
    ProcessDied,
}
