namespace PancreasSeg.Dicom;

/// <summary>Which of a pair of organs.</summary>
public enum BodySide
{
    /// <summary>Not one of a pair.</summary>
    None,

    /// <summary>The patient's left.</summary>
    Left,

    /// <summary>The patient's right.</summary>
    Right,
}
