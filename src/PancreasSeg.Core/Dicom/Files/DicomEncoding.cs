namespace PancreasSeg.Dicom;

/// <summary>How the elements of a data set are written: with or without value representation, and the byte order.</summary>
internal readonly record struct DicomEncoding(bool IsExplicit, bool IsBigEndian)
{
    /// <summary>Implicit little endian, also the encoding of sequences hidden in an element of unknown type (UN).</summary>
    public static DicomEncoding Implicit => new(false, false);

    /// <summary>Explicit little endian, the encoding of the file meta information.</summary>
    public static DicomEncoding Explicit => new(true, false);
}
