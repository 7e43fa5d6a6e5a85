namespace PancreasSeg.Dicom;

/// <summary>How CT series are found and read.</summary>
public sealed record CtSeriesOptions
{
    /// <summary>Files under one path beyond which the search stops with an error.</summary>
    public int MaxFiles { get; init; } = 200_000;

    /// <summary>Voxels of one series beyond which it is refused before any of its pixels are decoded.</summary>
    public long MaxVoxels { get; init; } = 1L << 30;
}
