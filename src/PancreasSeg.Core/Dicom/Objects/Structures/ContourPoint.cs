namespace PancreasSeg.Dicom;

/// <summary>
/// A point of a contour in half pixels from the outer corner of the first pixel: a corner has even numbers, the middle of a pixel's
/// edge one odd number.
/// </summary>
internal readonly record struct ContourPoint(int X, int Y);
