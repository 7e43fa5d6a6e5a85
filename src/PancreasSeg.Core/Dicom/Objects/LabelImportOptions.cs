namespace PancreasSeg.Dicom;

/// <summary>How a mask is read from a DICOM object.</summary>
public sealed record LabelImportOptions
{
    /// <summary>The segment or region to take, as a mask of 1; null takes all, each with its number as label.</summary>
    public SegmentSelector? Segment { get; init; }

    /// <summary>The grid of the CT on which the mask is wanted; null leaves a segmentation on its own. A structure set needs it.</summary>
    public VolumeGrid? Grid { get; init; }

    /// <summary>Frame of reference UID of that CT; null when it is not known.</summary>
    public string? FrameOfReferenceUid { get; init; }

    /// <summary>True reads an object of another frame of reference all the same.</summary>
    public bool AcceptFrameOfReference { get; init; }

    /// <summary>Share of the largest value from which a pixel of a fractional segmentation is inside.</summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>Refuses an object of another frame of reference.</summary>
    internal void CheckFrame(string path, string? frameOfReference)
    {
        if (AcceptFrameOfReference || frameOfReference is null || FrameOfReferenceUid is null
            || frameOfReference == FrameOfReferenceUid) return;
        throw new CoreException(Fault.FrameOfReferenceDiffers, $"'{path}' lies in another frame of reference than the CT.", path,
            "Give the CT it was drawn on, or say with -AcceptFrameOfReference that both lie in one space.");
    }
}
