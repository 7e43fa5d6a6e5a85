namespace PancreasSeg.Dicom;

/// <summary>Where the encoded bytes of one fragment lie in the file, and whether a JPEG or JPEG 2000 stream begins there.</summary>
internal readonly record struct PixelFragment(long Offset, int Length, bool StartsImage);

/// <summary>Where the pixel data of a file lie.</summary>
/// <param name="Offset">First byte of the value in the file, or in the inflated data set.</param>
/// <param name="Length">Bytes of plain samples; 0 when <paramref name="Frames"/> holds encoded ones.</param>
/// <param name="Frames">The fragments of each encoded frame; null for plain samples.</param>
/// <param name="DeflatedFrom">Where the deflated data set begins in the file; 0 when it is not deflated.</param>
internal sealed record PixelElement(long Offset, long Length, PixelFragment[][]? Frames, long DeflatedFrom);
