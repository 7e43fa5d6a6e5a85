using System.Buffers;
using System.Runtime.InteropServices;

namespace PancreasSeg.Dicom;

/// <summary>Reads a CT series into a volume of Hounsfield units: whole and exact, or a named error.</summary>
public static class CtSeriesReader
{
    /// <summary>Reads a series found before.</summary>
    /// <param name="series">From <see cref="CtSeriesFinder"/>.</param>
    /// <param name="progress">Told how many slices have been read.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>
    /// The volume on the scanner's grid, slices ascending along the normal of the images. 16-bit integers where every rescale
    /// is whole and every value fits, else floats. Padding outside the field of view keeps the value it was stored with.
    /// What a user should know is in the notes of its source.
    /// </returns>
    /// <exception cref="CoreException">The series is not usable, or a file is damaged, cut or gone.</exception>
    public static CtVolume Read(CtSeriesInfo series, IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(series);
        if (series.Problem is { } problem) throw problem.ToException(series.Path);
        VolumeGrid grid = series.Grid!;
        VolumeSource source = SourceOf(series);
        if (series.Slices.All(s => s.Rescale.IsWhole))
        {
            var whole = GC.AllocateUninitializedArray<short>(grid.VoxelCount);
            if (ReadInt16(series.Slices, whole, progress, cancellation)) return new CtVolume(grid, whole, source);
        }
        return new CtVolume(grid, ReadSingle(series.Slices, grid.VoxelCount, progress, cancellation), source);
    }

    /// <summary>Reads the one usable CT series at or below a path, or the one chosen by its UID.</summary>
    /// <param name="path">A folder or a file.</param>
    /// <param name="seriesInstanceUid">Which series; null when there is only one usable one.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="progress">Told about headers and slices.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="CoreException"><see cref="Fault.DicomSeriesAmbiguous"/>, <see cref="Fault.DicomSeriesEmpty"/>, or the fault of
    /// the only CT series there is.</exception>
    public static CtVolume Read(string path, string? seriesInstanceUid = null, CtSeriesOptions? options = null,
        IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        CtSeriesScan scan = CtSeriesFinder.Find(path, options, progress, cancellation);
        return Read(SeriesChoice.Choose(scan, path, seriesInstanceUid), progress, cancellation);
    }

    private static bool ReadInt16(IReadOnlyList<CtSlice> slices, short[] volume, IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        int done = 0, tooWide = 0;
        ParallelWork.For(slices.Count, k =>
        {
            if (Volatile.Read(ref tooWide) != 0) return;
            CtSlice slice = slices[k];
            int length = slice.Rows * slice.Columns;
            Span<short> hu = volume.AsSpan(k * length, length);
            HounsfieldConverter converter = ReadSamples(slice, hu);
            if (!converter.ToInt16(hu)) Volatile.Write(ref tooWide, 1);
            Report(progress, Interlocked.Increment(ref done), slices.Count);
        }, cancellation);
        return tooWide == 0;
    }

    private static float[] ReadSingle(IReadOnlyList<CtSlice> slices, int voxels, IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        var volume = GC.AllocateUninitializedArray<float>(voxels);
        int done = 0;
        ParallelWork.For(slices.Count, k =>
        {
            int length = slices[k].Rows * slices[k].Columns;
            short[] samples = ArrayPool<short>.Shared.Rent(length);
            try
            {
                HounsfieldConverter converter = ReadSamples(slices[k], samples.AsSpan(0, length));
                converter.ToSingle(samples.AsSpan(0, length), volume.AsSpan(k * length, length));
            }
            finally
            {
                ArrayPool<short>.Shared.Return(samples);
            }
            Report(progress, Interlocked.Increment(ref done), slices.Count);
        }, cancellation);
        return volume;
    }

    private static HounsfieldConverter ReadSamples(CtSlice slice, Span<short> destination)
    {
        var converter = new HounsfieldConverter(slice.Format.BitsStored, slice.Format.IsSigned, slice.Rescale);
        if (slice.Format.BitsAllocated == 16)
        {
            SampleReader.Read(slice, MemoryMarshal.AsBytes(destination));
            return converter;
        }
        byte[] bytes = ArrayPool<byte>.Shared.Rent(destination.Length);
        try
        {
            SampleReader.Read(slice, bytes.AsSpan(0, destination.Length));
            converter.Widen(bytes.AsSpan(0, destination.Length), destination);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
        return converter;
    }

    private static void Report(IProgress<ProgressStep>? progress, int done, int count) =>
        progress?.Report(new ProgressStep(FormattableString.Invariant($"slice {done} of {count}"), (double)done / count));

    private static VolumeSource SourceOf(CtSeriesInfo series)
    {
        string path = series.Files.Count == 1 ? series.Files[0] : series.Path;
        string name = series.Files.Count == 1 ? Path.GetFileNameWithoutExtension(path) : Path.GetFileName(path);
        return new VolumeSource(name, path, series.SeriesInstanceUid is { Length: > 0 } uid ? uid : null) { Notes = series.Notes };
    }
}
