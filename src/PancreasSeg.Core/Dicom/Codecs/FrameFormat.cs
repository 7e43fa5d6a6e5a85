namespace PancreasSeg.Dicom.Codecs;

/// <summary>Pixel description of one monochrome frame, as the data set states it (PS3.3 C.7.6.3).</summary>
/// <param name="Rows">Rows (0028,0010).</param>
/// <param name="Columns">Columns (0028,0011).</param>
/// <param name="BitsAllocated">Bits Allocated (0028,0100): 8, 16 or 32.</param>
/// <param name="BitsStored">Bits Stored (0028,0101).</param>
/// <param name="IsSigned">Pixel Representation (0028,0103) is 1.</param>
/// <param name="IsLossy">Lossy Image Compression (0028,2110) is 01: samples may lie beyond the bits stored by the error of a codec.</param>
internal sealed record FrameFormat(int Rows, int Columns, int BitsAllocated, int BitsStored, bool IsSigned, bool IsLossy = false)
{
    /// <summary>Lowest value that the stored bits hold.</summary>
    public int Lowest => IsSigned ? -(1 << (BitsStored - 1)) : 0;

    /// <summary>Highest value that the stored bits hold.</summary>
    public int Highest => (1 << (IsSigned ? BitsStored - 1 : BitsStored)) - 1;
}
