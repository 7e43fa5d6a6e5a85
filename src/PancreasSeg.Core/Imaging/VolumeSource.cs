namespace PancreasSeg;

/// <summary>Where a volume came from. Carries no patient name, identifier, date or other header text.</summary>
/// <param name="Name">Short name for default output files: the folder's or file's name without extension.</param>
/// <param name="Path">The file or folder it was read from; null for a volume made in memory.</param>
/// <param name="SeriesUid">SeriesInstanceUID; null when not from DICOM.</param>
public sealed record VolumeSource(string Name, string? Path = null, string? SeriesUid = null)
{
    /// <summary>Frame of reference UID, which DICOM objects that lie in one space share; null when not known.</summary>
    public string? FrameOfReferenceUid { get; init; }

    /// <summary>What a reader should know about how this volume came to be, e.g. a resampling; in order.</summary>
    public IReadOnlyList<string> Notes { get => ReadableList.Of(field); init; } = [];

    /// <summary>Usable series that lay beside the one that was read and were not taken: UID, images and spacing of each.</summary>
    public IReadOnlyList<string> SeriesPassedOver { get; init; } = [];

    /// <summary>The same source with more notes.</summary>
    internal VolumeSource WithNotes(IEnumerable<string> notes) => this with { Notes = [.. Notes, .. notes] };

    /// <summary>The same source with one more note.</summary>
    public VolumeSource WithNote(string note) => this with { Notes = [.. Notes, note] };

    /// <summary>The path, or the name where there is none.</summary>
    public override string ToString() => Path ?? Name;
}
