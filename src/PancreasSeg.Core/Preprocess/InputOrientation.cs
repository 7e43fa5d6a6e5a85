namespace PancreasSeg.Preprocess;

/// <summary>Which way the network sees the patient.</summary>
public enum InputOrientation
{
    /// <summary>Columns to the left, rows to the back, slices to the head (LPS), whatever the scanner's own order.</summary>
    Patient,

    /// <summary>Rows and columns as the images are stored; axial slices from the feet to the head.</summary>
    Stored,
}
