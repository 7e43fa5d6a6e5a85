using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>Finds and describes the CT series under a path from the headers alone.</summary>
public static class CtSeriesFinder
{
    /// <summary>
    /// Finds every series at or below a folder, in one file or in one zip archive, which is read in place. Files may have any name or
    /// extension. Archives within folders or other archives are not opened.
    /// </summary>
    /// <param name="path">A folder, a file or a zip archive.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="progress">Told how many files have been looked at.</param>
    /// <param name="cancellation">Stops the search.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/>; <see cref="Fault.FileReadFailed"/>: above the limit.</exception>
    public static CtSeriesScan Find(
        string path, CtSeriesOptions? options = null, IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default) =>
        Find([path], options, progress, cancellation);

    /// <summary>Finds every series in several folders or files taken together, e.g. the files of one series.</summary>
    /// <param name="paths">Folders, files or zip archives.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="progress">Told how many files have been looked at.</param>
    /// <param name="cancellation">Stops the search.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/>; <see cref="Fault.FileReadFailed"/>: above the limit.</exception>
    public static CtSeriesScan Find(
        IReadOnlyList<string> paths, CtSeriesOptions? options = null, IProgress<ProgressStep>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        options ??= new CtSeriesOptions();
        var unreadable = new List<string>();
        List<string> files = FileWalk.Collect(paths, options.MaxFiles, out int skipped, unreadable, cancellation);
        List<DicomSource> sources = Expand(files, paths, options, ref skipped, cancellation);
        var headers = new Header[sources.Count];
        int done = 0;
        ParallelWork.For(sources.Count, i =>
        {
            headers[i] = ReadHeader(sources[i], cancellation);
            int count = Interlocked.Increment(ref done);
            if (count % 64 == 0)
                progress?.Report(new ProgressStep(Invariant($"header {count} of {sources.Count}"), (double)count / sources.Count));
        }, cancellation);

        CtSlice[] slices = [.. headers.SelectMany(h => h.Slices)];
        unreadable.AddRange(headers.Where(h => h.Failure is not null).Select(h => $"{h.Path}: {h.Failure}"));
        return new CtSeriesScan(
            Describe(slices, unreadable, options, cancellation),
            sources.Count + skipped,
            headers.Count(h => h.IsNotDicom) + skipped,
            headers.Count(h => h is { IsNotDicom: false, Failure: null, Slices.Count: 0 }),
            unreadable);
    }

    /// <summary>The files themselves, and in place of each archive that was named the files in it.</summary>
    private static List<DicomSource> Expand(
        List<string> files, IReadOnlyList<string> paths, CtSeriesOptions options, ref int skipped, CancellationToken cancellation)
    {
        var named = paths.Select(Path.GetFullPath).ToHashSet(StringComparer.Ordinal);
        var sources = new List<DicomSource>(files.Count);
        foreach (string file in files)
        {
            if (!named.Contains(file) || !ZipDirectory.IsArchive(file))
            {
                sources.Add(new DicomDiskFile(file));
                continue;
            }
            sources.AddRange(ZipDirectory.Read(file, options, out int empty, cancellation));
            skipped += empty;
        }
        return sources;
    }

    private static CtSeriesInfo[] Describe(
        CtSlice[] slices, List<string> unreadable, CtSeriesOptions options, CancellationToken cancellation)
    {
        // A damaged file that names no series may be a slice of any CT series beside it.
        SeriesProblem[] strays = [.. slices.Where(IsStray).Select(s => s.Problem!)];
        unreadable.AddRange(strays.Select(s => $"{s.File}: {s.Detail}"));
        ILookup<string?, SeriesProblem> straysByFolder = strays.ToLookup(s => Path.GetDirectoryName(s.File));
        ILookup<string, CtSlice> byUid = slices.Where(s => !IsStray(s)).ToLookup(s => s.SeriesInstanceUid);

        var series = new List<CtSeriesInfo>();
        foreach (IGrouping<string, CtSlice> sameUid in byUid)
            foreach (IGrouping<SliceKind, CtSlice> sameKind in sameUid.GroupBy(s => s.Kind))
            {
                CtSlice[] own = [.. sameKind];
                IEnumerable<string?> folders = own.Select(s => Path.GetDirectoryName(s.Path)).Distinct();
                SeriesProblem? neighbour = folders.SelectMany(f => straysByFolder[f]).FirstOrDefault();
                series.AddRange(SeriesDescriber.Describe(own, sameUid.Count() - own.Length, neighbour, options, cancellation));
            }
        return [.. series.OrderBy(s => s.Path, StringComparer.Ordinal).ThenBy(s => s.SeriesNumber)
            .ThenBy(s => s.SeriesInstanceUid, StringComparer.Ordinal)];
    }

    private static bool IsStray(CtSlice slice) => slice.Problem?.Reason == SeriesReason.Damaged && slice.SeriesInstanceUid.Length == 0;

    private static Header ReadHeader(DicomSource source, CancellationToken cancellation)
    {
        try
        {
            DicomFile? file = DicomFile.ReadHeader(source, cancellation: cancellation);
            return file is null ? new Header(source.Path, [], IsNotDicom: true) : new Header(source.Path, CtSliceFactory.Create(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Header(source.Path, [], Failure: e.Message);
        }
    }

    private sealed record Header(string Path, IReadOnlyList<CtSlice> Slices, bool IsNotDicom = false, string? Failure = null);
}
