namespace PancreasSeg.Segmentation;

/// <summary>How a case ended.</summary>
public enum SegmentationStatus
{
    /// <summary>A mask with nothing odd about it.</summary>
    Ok,

    /// <summary>A mask that a person should look at; see the reasons.</summary>
    Warning,

    /// <summary>The network found no pancreas.</summary>
    Empty,

    /// <summary>The input is not something the model may be used on; there is no mask.</summary>
    Rejected,

    /// <summary>The case could not be processed; there is no mask.</summary>
    Failed,
}
