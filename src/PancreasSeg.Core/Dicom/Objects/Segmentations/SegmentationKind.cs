namespace PancreasSeg.Dicom;

/// <summary>What the pixels of a DICOM segmentation say.</summary>
internal enum SegmentationKind
{
    /// <summary>One bit: inside or outside the frame's segment.</summary>
    Binary,

    /// <summary>How much of the pixel, or how surely it, is in the frame's segment.</summary>
    Fractional,

    /// <summary>The number of a segment.</summary>
    LabelMap,
}
