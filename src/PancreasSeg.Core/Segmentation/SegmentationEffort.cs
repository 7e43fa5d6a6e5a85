namespace PancreasSeg.Segmentation;

/// <summary>How many members of an ensemble a case is worth.</summary>
public enum SegmentationEffort
{
    /// <summary>The first two, and the others where those two do not agree.</summary>
    Normal,

    /// <summary>The first alone.</summary>
    Fast,

    /// <summary>All.</summary>
    Full,
}
