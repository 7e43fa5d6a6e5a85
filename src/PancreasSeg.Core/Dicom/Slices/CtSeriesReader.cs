namespace PancreasSeg.Dicom;

/// <summary>Reads a CT series into a volume of Hounsfield units: whole and exact, or a named error.</summary>
public static class CtSeriesReader
{
    /// <summary>Reads a series found before.</summary>
    /// <param name="series">From <see cref="CtSeriesFinder"/>.</param>
    /// <param name="options">Whether to regularize; null for the defaults.</param>
    /// <param name="progress">Told how many slices have been read.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>
    /// The volume on the scanner's grid, slices ascending along the normal of the images. 16-bit integers where every rescale
    /// is whole and every value fits, else floats. Pixels that the header declares to be padding have the HU of air; an export writes
    /// what was stored.
    /// What a user should know is in the notes of its source.
    /// </returns>
    /// <exception cref="CoreException">The series is not usable, or a file is damaged, cut or gone.</exception>
    public static CtVolume Read(
        CtSeriesInfo series, CtSeriesOptions? options = null, IProgress<ProgressStep>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(series);
        options ??= new CtSeriesOptions();
        if (!(options.Regularize && series.CanRegularize) && series.ProblemUnder(options) is { } problem)
            throw problem.ToException(series.Path);
        long voxels = (long)series.Columns * series.Rows * series.SliceCount;
        return MemoryFault.Reading(series.Path, $"series {series.SeriesInstanceUid}", voxels, sizeof(short), () =>
            options.Regularize && series.CanRegularize ? StackRegularizer.Read(series, SourceOf(series), options, progress, cancellation)
                : ReadValues(series, progress, cancellation));
    }

    private static CtVolume ReadValues(CtSeriesInfo series, IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        VolumeGrid grid = series.Grid!;
        VolumeSource source = SourceOf(series);
        if (series.Slices.All(s => s.Rescale.IsWhole))
        {
            var whole = GC.AllocateUninitializedArray<short>(grid.VoxelCount);
            var seen = new PixelRemarks(series.Slices);
            if (SliceValues.TryReadInt16(series.Slices, whole, seen, progress, cancellation))
                return new CtVolume(grid, whole, source.WithNotes(seen.Notes<short>(whole))) { Padding = seen.Stored };
        }
        var remarks = new PixelRemarks(series.Slices);
        float[] values = SliceValues.ReadSingle(series.Slices, remarks, progress, cancellation);
        return new CtVolume(grid, values, source.WithNotes(remarks.Notes<float>(values))) { Padding = remarks.Stored };
    }

    /// <summary>Reads the one usable CT series at or below a path, or the one chosen by its UID or by
    /// <see cref="CtSeriesOptions.Rules"/>.</summary>
    /// <param name="path">A folder, a file or a zip archive.</param>
    /// <param name="seriesInstanceUid">Which series; null when there is only one usable one.</param>
    /// <param name="options">Limits, and whether to regularize; null for the defaults.</param>
    /// <param name="progress">Told about headers and slices.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="CoreException"><see cref="Fault.DicomSeriesAmbiguous"/>, <see cref="Fault.DicomPatientsMixed"/>,
    /// <see cref="Fault.DicomStudiesMixed"/>, <see cref="Fault.DicomSeriesEmpty"/>, or the fault of the only CT series there is.</exception>
    public static CtVolume Read(string path, string? seriesInstanceUid = null, CtSeriesOptions? options = null,
        IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new CtSeriesOptions();
        CtSeriesScan scan = CtSeriesFinder.Find(path, options, progress, cancellation);
        return Read(SeriesChoice.Choose(scan, path, seriesInstanceUid, options), options, progress, cancellation);
    }

    private static VolumeSource SourceOf(CtSeriesInfo series)
    {
        bool isFile = series.Slices[0].File.Source.Archive == series.Path;
        string path = series.Path;
        if (series.Files.Count == 1 && !isFile) (path, isFile) = (series.Files[0], true);
        string name = isFile ? Path.GetFileNameWithoutExtension(path) : Path.GetFileName(path);
        return new VolumeSource(name, path, series.SeriesInstanceUid is { Length: > 0 } uid ? uid : null)
        {
            FrameOfReferenceUid = series.Slices[0].Attributes.Uid(DicomTag.FrameOfReferenceUid),
            Notes = series.Notes,
            SeriesPassedOver = series.PassedOver,
        };
    }
}
