namespace PancreasSeg.Dicom.Codecs;

/// <summary>Pixel description of one monochrome frame from the data set.</summary>
internal sealed record FrameFormat(int Rows, int Columns, int BitsAllocated, int BitsStored, bool IsSigned);
