namespace PancreasSeg.Dicom;

/// <summary>
/// Which of several usable series is meant. The rules work in the order in which they stand here, each on what the one before has
/// left; what remains must be one series.
/// </summary>
public sealed record SeriesRules
{
    /// <summary>Pattern of the series description, with the wildcards * and ?, in any case. The description itself is never told.</summary>
    public string? DescriptionLike { get; init; }

    /// <summary>The series with the thinnest slices by the header; by their distance where the header tells no thickness.</summary>
    public bool ThinnestSlice { get; init; }

    /// <summary>The series with the most slices.</summary>
    public bool MostSlices { get; init; }

    /// <summary>The latest series by its date and time, which are never told. Decides nothing when one of them has none.</summary>
    public bool Newest { get; init; }
}
