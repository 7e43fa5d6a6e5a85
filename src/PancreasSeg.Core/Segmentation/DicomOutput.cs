using PancreasSeg.Dicom;

namespace PancreasSeg.Segmentation;

/// <summary>One file of a DICOM export.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Segments">The structures in it.</param>
/// <param name="Suffix">The end of its name, e.g. <c>.seg.dcm</c>.</param>
public sealed record DicomOutput(DicomObjectKind Kind, IReadOnlyList<DicomSegment> Segments, string Suffix);
