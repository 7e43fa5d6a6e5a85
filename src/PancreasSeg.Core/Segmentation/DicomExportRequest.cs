using PancreasSeg.Dicom;

namespace PancreasSeg.Segmentation;

/// <summary>What is exported as DICOM, and over which CT.</summary>
public sealed record DicomExportRequest
{
    /// <summary>The mask; null for a case that ended without one, of which a report can still be made.</summary>
    public LabelVolume? Mask { get; init; }

    /// <summary>What became of the case; null for a mask of another origin.</summary>
    public SegmentationResult? Result { get; init; }

    /// <summary>Folder, file or zip archive of the CT series; null takes the path that mask or result came from.</summary>
    public string? SourcePath { get; init; }

    /// <summary>The CT series, where it was found before; then <see cref="SourcePath"/> is not looked at.</summary>
    public CtSeriesInfo? SourceSeries { get; init; }

    /// <summary>The CT, where it is at hand; else it is read for what needs its voxels.</summary>
    public CtVolume? Ct { get; init; }

    /// <summary>What the labels are; others are left out.</summary>
    public IReadOnlyList<DicomSegment> Segments { get; init; } = [new DicomSegment(1, AnatomicStructure.Pancreas)];

    /// <summary>The kinds of objects.</summary>
    public IReadOnlyList<DicomObjectKind> Kinds { get; init; } = [DicomObjectKind.Seg];

    /// <summary>True puts all structures into one segmentation, which some viewers place wrongly; else each has one of its own.</summary>
    public bool Combined { get; init; }

    /// <summary>How the objects are written; the origin is that of <see cref="Result"/> where there is one.</summary>
    public DicomObjectOptions Options { get; init; } = new();
}
