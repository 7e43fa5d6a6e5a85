namespace PancreasSeg.Dicom;

/// <summary>The kinds of DICOM objects in which a result is written. The number is the last digit of the series number.</summary>
public enum DicomObjectKind
{
    /// <summary>Segmentation: the mask, voxel by voxel.</summary>
    Seg = 1,

    /// <summary>Radiotherapy structure set: the mask's contours.</summary>
    RtStruct = 2,

    /// <summary>Secondary capture: a picture of CT and mask.</summary>
    Preview = 3,

    /// <summary>Structured report: volume and mean HU.</summary>
    Report = 4,
}
