namespace PancreasSeg.Segmentation;

/// <summary>
/// Why a result is not simply <see cref="SegmentationStatus.Ok"/>. The names are the ids that scripts match on: never rename one. A case
/// that failed has the id of its error instead, mostly the name of a <see cref="Fault"/>.
/// </summary>
public enum SegmentationReason
{
    /// <summary>No voxel above the threshold.</summary>
    /// <remarks>Look whether the scan shows the pancreas, and in which orientation; a lower threshold finds more.</remarks>
    MaskEmpty,

    /// <summary>The first of two stages, a locator, found no pancreas, so the second did not run.</summary>
    /// <remarks>Look whether the scan shows the upper abdomen; a model of one stage does without the locator.</remarks>
    PancreasNotLocated,

    /// <summary>The first stage saw too little of the aorta, or of spleen and kidneys, beside what it took for the pancreas: the scan may
    /// show none.</summary>
    /// <remarks>Look at the picture; trust the mask only where the gland is seen.</remarks>
    PancreasOutOfView,

    /// <summary>The mask reaches the edge of the volume: part of the pancreas may lie outside.</summary>
    /// <remarks>Do not use the volume; take a series that shows all of the gland.</remarks>
    MaskTouchesBorder,

    /// <summary>The mask reaches the edge of the box that a locator chose: part of the pancreas may lie outside.</summary>
    /// <remarks>Look at the picture; where the gland goes on, do not use the volume.</remarks>
    MaskTouchesBox,

    /// <summary>The volume is outside 10 to 250 mL, which hardly any adult pancreas is.</summary>
    /// <remarks>Look at the picture before the volume is used.</remarks>
    VolumeImplausible,

    /// <summary>The mean HU is outside -60 to 180: the mask does not lie on a pancreas, or the values are not HU.</summary>
    /// <remarks>Look at the picture, and at the HU of liver and fat in the scan.</remarks>
    MeanHuImplausible,

    /// <summary>Rejected: the values span 20 or less, as those of an array that was normalised; they are not HU.</summary>
    /// <remarks>Give the scan as it came from the scanner, in HU.</remarks>
    HuNormalised,

    /// <summary>Rejected: the values are those of a picture, 0 to 255 or cut to a window narrower than the model's.</summary>
    /// <remarks>Give the scan as it came from the scanner, in HU, not a picture of it.</remarks>
    HuWindowed,

    /// <summary>Rejected: soft tissue lies 1024 off; the rescale intercept was left out or applied twice.</summary>
    /// <remarks>Convert the source again with its rescale slope and intercept.</remarks>
    HuOffset,

    /// <summary>Rejected: fewer than one voxel in twenty is soft tissue; not a CT of the abdomen, or not CT.</summary>
    /// <remarks>Choose the series of the abdomen.</remarks>
    NoSoftTissue,

    /// <summary>Rejected: the scan is narrower than nine tenths of the box the model works in; it shows no abdomen.</summary>
    /// <remarks>Choose a series that shows the whole abdomen.</remarks>
    FieldOfViewSmall,

    /// <summary>Rejected: no patient is seen, for want of bone or fat; e.g. a test object of the daily quality check.</summary>
    /// <remarks>Leave the series out; -AcceptAnyInput segments it all the same.</remarks>
    NoPatient,

    /// <summary>The patient seems to lie otherwise than the header says, e.g. the spine in front; the remarks tell what was seen.</summary>
    /// <remarks>Compare the picture's letters with what it shows before the mask is used.</remarks>
    OrientationDoubtful,

    /// <summary>The edges of the slices are brighter than bone: padding was taken for HU. Set it to -1024.</summary>
    /// <remarks>Look at the picture; where it looks right, the mask can be used.</remarks>
    PaddingBright,

    /// <summary>The values were clipped, though not inside the model's window.</summary>
    /// <remarks>The mask can be used; HU outside the cut are not those of the scanner.</remarks>
    HuClipped,

    /// <summary>The scan is less than 45 mm high: it shows a part of the pancreas at most.</summary>
    /// <remarks>Do not use the volume; take a series that shows all of the gland.</remarks>
    ScanShort,

    /// <summary>Slices are more than 6 mm apart.</summary>
    /// <remarks>Prefer a thinner reconstruction; the volume is coarse.</remarks>
    SlicesThick,

    /// <summary>The locator finds more of a pancreas in the mirror image: left and right may have been exchanged.</summary>
    /// <remarks>Compare the picture's letters with what it shows: the liver belongs to R.</remarks>
    PossiblyMirrored,

    /// <summary>The vessels are as bright as unenhanced blood: without contrast medium the border of the gland is faint.</summary>
    /// <remarks>Look at the picture; the volume is less certain than with contrast medium.</remarks>
    Unenhanced,

    /// <summary>The Dice that is expected of the mask lies below what -ReviewBelow asks for, or cannot be told.</summary>
    /// <remarks>Look at the picture; ReviewReason, where there is one, says what raises the doubt.</remarks>
    QualityDoubtful,

    /// <summary>The model has learnt from simulated CTs alone: how right it is on patients is not known.</summary>
    /// <remarks>Look at every picture; for patients take a model that was trained on them.</remarks>
    TrainedOnSimulations,

    /// <summary>The source volume came with notes, e.g. a lossy encoding.</summary>
    /// <remarks>Read the notes of the result.</remarks>
    SourceNoted,

    /// <summary>The process ended twice while a batch worked on this study alone.</summary>
    /// <remarks>Look at the system's log for memory; -Retry tries the study again.</remarks>
    ProcessDied,
}
