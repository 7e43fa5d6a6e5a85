namespace PancreasSeg.Dicom;

/// <summary>How CT series are found and read.</summary>
public sealed record CtSeriesOptions
{
    /// <summary>Files under one path, or in one zip archive, beyond which the search stops with an error.</summary>
    public int MaxFiles { get; init; } = 200_000;

    /// <summary>Voxels of one series beyond which it is refused before any of its pixels are decoded.</summary>
    public long MaxVoxels { get; init; } = 1L << 30;

    /// <summary>Bytes of one file of a zip archive, unpacked, beyond which the archive is refused.</summary>
    public long MaxArchiveEntryBytes { get; init; } = 4L << 30;

    /// <summary>Bytes of all files of a zip archive, unpacked, beyond which it is refused.</summary>
    public long MaxArchiveBytes { get; init; } = 256L << 30;

    /// <summary>How many times larger than itself a zip archive may unpack to, from 64 MiB on.</summary>
    public int MaxArchiveRatio { get; init; } = 200;

    /// <summary>Which series is meant where there are several usable ones.</summary>
    public SeriesRules Rules { get; init; } = new();

    /// <summary>
    /// True resamples a tilted, sheared, unevenly spaced or gapped series onto a regular grid instead of refusing it. What was
    /// done is told in the notes of the volume's source. A regular series is never resampled.
    /// </summary>
    public bool Regularize { get; init; }

    /// <summary>The widest gap that <see cref="Regularize"/> fills, as a multiple of the usual slice distance.</summary>
    public double MaxGap { get; init; } = 3;
}
