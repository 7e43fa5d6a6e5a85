using System.Globalization;

namespace PancreasSeg.Pacs;

/// <summary>Which series are looked for. What is not set does not count; all that is set must hold.</summary>
public sealed record StudyQuery
{
    private const int LongestText = 64;

    /// <summary>First day of the study; null for any.</summary>
    public DateOnly? From { get; init; }

    /// <summary>Last day of the study; null for any.</summary>
    public DateOnly? To { get; init; }

    /// <summary>The patient's identifier, whole.</summary>
    public string? PatientId { get; init; }

    /// <summary>The accession number, whole.</summary>
    public string? AccessionNumber { get; init; }

    /// <summary>The study.</summary>
    public string? StudyInstanceUid { get; init; }

    /// <summary>The series.</summary>
    public string? SeriesInstanceUid { get; init; }

    /// <summary>Modality of the series, e.g. <c>CT</c>; null for any.</summary>
    public string? Modality { get; init; } = "CT";

    /// <summary>Studies that hold a series of this modality are left out, e.g. <c>SEG</c>.</summary>
    public string? Without { get; init; }

    /// <summary>Whether a series description is meant; null for any.</summary>
    public Predicate<string>? Description { get; init; }

    /// <summary>Whether the description is told.</summary>
    public bool ShowDescription { get; init; }

    /// <summary>Instances below which a series is left out.</summary>
    public int MinimumInstances { get; init; }

    /// <summary>Refuses what a server would misunderstand.</summary>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/>.</exception>
    internal void Validate()
    {
        if (From > To) throw Invalid("The first day is after the last.");
        foreach (string? text in new[] { PatientId, AccessionNumber })
            if (text is not null && (text.Trim().Length is 0 or > LongestText || text.Any(c => c is '*' or '?' or '\\' || char.IsControl(c))))
                throw Invalid("Identifiers and accession numbers are looked for whole: 1 to 64 characters without *, ? and \\.");
        foreach (string? uid in new[] { StudyInstanceUid, SeriesInstanceUid })
            if (uid is not null && !Dicom.DicomUid.IsWellFormed(uid)) throw Invalid("A UID is numbers joined by dots.");
        foreach (string? modality in new[] { Modality, Without })
            if (modality is not null && !(modality.Length is > 0 and <= 16 && modality.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c))))
                throw Invalid("A modality is capital letters, e.g. CT.");
    }

    /// <summary>The keys that a server is asked by: a closed list, because servers ignore others and answer with everything.</summary>
    internal string StudyKeys()
    {
        string date = From is null && To is null ? "" : From == To ? Day(From) : $"{Day(From)}-{Day(To)}";
        (string Key, string? Value)[] keys =
        [
            ("StudyDate", date), ("PatientID", PatientId), ("AccessionNumber", AccessionNumber), ("StudyInstanceUID", StudyInstanceUid),
            ("ModalitiesInStudy", Modality),
        ];
        return string.Join('&', keys.Where(k => k.Value is { Length: > 0 }).Select(k => $"{k.Key}={Uri.EscapeDataString(k.Value!)}"));
    }

    /// <summary>Looks at an answered study again: a server may have ignored a key.</summary>
    internal bool Holds(DicomJson study) =>
        (From is null && To is null || HoldsDate(study.Text(ArchiveTag.StudyDate)))
        && (PatientId is null || study.Text(ArchiveTag.PatientId) == PatientId.Trim())
        && (AccessionNumber is null || study.Text(ArchiveTag.AccessionNumber) == AccessionNumber.Trim())
        && (StudyInstanceUid is null || study.Uid(ArchiveTag.StudyInstanceUid) == StudyInstanceUid);

    private bool HoldsDate(string? text) =>
        DateOnly.TryParseExact(text, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date)
        && !(date < From) && !(date > To);

    private static string Day(DateOnly? date) => date?.ToString("yyyyMMdd", CultureInfo.InvariantCulture) ?? "";

    private static CoreException Invalid(string message) => new(Fault.SettingInvalid, message, null, "Correct the search.");
}
