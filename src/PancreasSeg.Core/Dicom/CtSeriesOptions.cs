namespace PancreasSeg.Dicom;

/// <summary>How CT series are found and read.</summary>
public sealed record CtSeriesOptions
{
    /// <summary>Files under one path beyond which the search stops with an error.</summary>
    public int MaxFiles { get; init; } = 200_000;

    /// <summary>Voxels of one series beyond which it is refused before any of its pixels are decoded.</summary>
    public long MaxVoxels { get; init; } = 1L << 30;

    /// <summary>
    /// True resamples a tilted, sheared, unevenly spaced or gapped series onto a regular grid instead of refusing it. What was
    /// done is told in the notes of the volume's source. A regular series is never resampled.
    /// </summary>
    public bool Regularize { get; init; }

    /// <summary>The widest gap that <see cref="Regularize"/> fills, as a multiple of the usual slice distance.</summary>
    public double MaxGap { get; init; } = 3;
}
