using static System.FormattableString;

namespace PancreasSeg.Pacs;

/// <summary>A series in an archive. Carries nothing of the patient; the description only where it was asked for.</summary>
public sealed record DicomSeriesReference
{
    internal DicomSeriesReference()
    {
    }

    /// <summary>The archive.</summary>
    public DicomWebServer Server { get; internal init; } = null!;

    /// <summary>StudyInstanceUID.</summary>
    public string StudyInstanceUid { get; internal init; } = "";

    /// <summary>SeriesInstanceUID.</summary>
    public string SeriesInstanceUid { get; internal init; } = "";

    /// <summary>Modality, e.g. <c>CT</c>.</summary>
    public string? Modality { get; internal init; }

    /// <summary>Series number; null where the server tells none.</summary>
    public int? SeriesNumber { get; internal init; }

    /// <summary>Instances that the archive says the series has; null where it does not say.</summary>
    public int? InstanceCount { get; internal init; }

    /// <summary>Series description, where it was asked for.</summary>
    public string? Description { get; internal init; }

    /// <summary>Modality, number and size, without UIDs.</summary>
    public override string ToString() =>
        Invariant($"{Modality ?? "unknown"} series {SeriesNumber?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "without number"}")
        + Invariant($" ({InstanceCount?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "unknown number of"} instances) on {Server}");

    /// <summary>Where the series lies below the root of the services.</summary>
    internal string Resource => $"studies/{StudyInstanceUid}/series/{SeriesInstanceUid}";
}
