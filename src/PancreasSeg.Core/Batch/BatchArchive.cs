using PancreasSeg.Dicom;
using PancreasSeg.Pacs;

namespace PancreasSeg.Batch;

/// <summary>The archive whose series are the studies of a batch, and what goes back to it.</summary>
public sealed record BatchArchive
{
    /// <summary>The archive.</summary>
    public required DicomWebServer Server { get; init; }

    /// <summary>Which series are the studies.</summary>
    public required StudyQuery Query { get; init; }

    /// <summary>DICOM objects that are made of each result and stored in the archive. None by default.</summary>
    public IReadOnlyList<DicomObjectKind> SendBack { get; init; } = [];

    /// <summary>True sends flagged results too, also those of earlier runs; else they are left for a person to look at first.</summary>
    public bool SendFlagged { get; init; }
}
