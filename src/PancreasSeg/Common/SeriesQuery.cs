using System.Management.Automation;
using PancreasSeg.Pacs;

namespace PancreasSeg.Common;

/// <summary>Which series of an archive are meant, as a user gives it.</summary>
public sealed record SeriesQuery
{
    /// <summary>The day of the study, or the first and the last day.</summary>
    public IReadOnlyList<DateTime>? StudyDate { get; init; }

    /// <summary>The patient's identifier.</summary>
    public string? PatientId { get; init; }

    /// <summary>The accession number.</summary>
    public string? AccessionNumber { get; init; }

    /// <summary>The study.</summary>
    public string? StudyInstanceUid { get; init; }

    /// <summary>The series.</summary>
    public string? SeriesInstanceUid { get; init; }

    /// <summary>Modality of the series.</summary>
    public string Modality { get; init; } = "CT";

    /// <summary>Leaves out studies that hold a series of this modality.</summary>
    public string? Without { get; init; }

    /// <summary>Pattern of the series description.</summary>
    public string? DescriptionLike { get; init; }

    /// <summary>Instances that a series must have.</summary>
    public int MinimumInstanceCount { get; init; }

    /// <summary>The question to the archive.</summary>
    /// <param name="showDescription">Whether descriptions are told.</param>
    internal StudyQuery ToQuery(bool showDescription = false)
    {
        WildcardPattern? pattern = DescriptionLike is null ? null : new WildcardPattern(DescriptionLike, WildcardOptions.IgnoreCase);
        return new StudyQuery
        {
            From = StudyDate is [var first, ..] ? DateOnly.FromDateTime(first) : null,
            To = StudyDate is [.., var last] ? DateOnly.FromDateTime(last) : null,
            PatientId = PatientId,
            AccessionNumber = AccessionNumber,
            StudyInstanceUid = StudyInstanceUid,
            SeriesInstanceUid = SeriesInstanceUid,
            Modality = Modality.ToUpperInvariant(),
            Without = Without?.ToUpperInvariant(),
            Description = pattern is null ? null : pattern.IsMatch,
            ShowDescription = showDescription,
            MinimumInstances = MinimumInstanceCount,
        };
    }
}
