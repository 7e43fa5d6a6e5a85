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
        List<string> unreadable = [], empty = [];
        List<string> files = FileWalk.Collect(paths, options.MaxFiles, out int skipped, unreadable, cancellation, empty);
        List<DicomSource> sources = Expand(files, paths, options, empty, ref skipped, cancellation);
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
        SeriesProblem[] suspects = [
            .. from path in empty let why = StrayFiles.SuspectEmpty(path) where why is not null
               select new SeriesProblem(SeriesReason.Damaged, why, path),
            .. from header in headers where header.Suspicion is not null
               select new SeriesProblem(SeriesReason.Damaged, header.Suspicion!, header.Path)];
        return new CtSeriesScan(
            Describe(slices, suspects, unreadable, options, cancellation),
            sources.Count + skipped,
            headers.Count(h => h.IsNotDicom) + skipped,
            headers.Count(h => h is { IsNotDicom: false, Failure: null, Slices.Count: 0 }),
            unreadable);
    }

    /// <summary>The files themselves, and in place of each archive that was named the files in it.</summary>
    private static List<DicomSource> Expand(
        List<string> files, IReadOnlyList<string> paths, CtSeriesOptions options, List<string> empty, ref int skipped,
        CancellationToken cancellation)
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
            sources.AddRange(ZipDirectory.Read(file, options, empty, out int without, cancellation));
            skipped += without;
        }
        return sources;
    }

    private static CtSeriesInfo[] Describe(
        CtSlice[] slices, IReadOnlyList<SeriesProblem> suspects, List<string> unreadable, CtSeriesOptions options,
        CancellationToken cancellation)
    {
        HashSet<string> ctSeries = [.. slices.Where(s => s.Kind == SliceKind.Ct && s.SeriesInstanceUid.Length > 0)
            .Select(s => s.SeriesInstanceUid)];
        // A damaged file that names a CT series is of it, if only its class or its modality is another.
        bool IsSlice(CtSlice slice) => slice.NamesCt && ctSeries.Contains(slice.SeriesInstanceUid);
        ILookup<bool, CtSlice> byDamage = slices.Select(s => IsDamaged(s) && IsSlice(s) ? s with { Kind = SliceKind.Ct } : s)
            .ToLookup(s => IsDamaged(s) && !IsSlice(s));
        // One that names none may be a slice of any CT series beside it; while it says it is CT, it keeps them from being used.
        SeriesProblem[] strays = [.. byDamage[true].Where(s => s.Kind == SliceKind.Ct).Select(s => s.Problem!)];
        ILookup<string?, SeriesProblem> straysByFolder = strays.ToLookup(s => Path.GetDirectoryName(s.File));
        HashSet<string?> ctFolders = [.. slices.Where(s => s.Kind == SliceKind.Ct).Select(s => Path.GetDirectoryName(s.Path))];
        SeriesProblem[] told = [.. byDamage[true].Where(s => s.Kind != SliceKind.Ct).Select(s => s.Problem!),
            .. suspects.Where(s => ctFolders.Contains(Path.GetDirectoryName(s.File)))];
        unreadable.AddRange(strays.Concat(told).Select(Line));

        var series = new List<CtSeriesInfo>();
        // Without a UID, the study at least tells what belongs together.
        foreach (var sameUid in byDamage[false].GroupBy(s => (s.SeriesInstanceUid, s.SeriesInstanceUid == "" ? s.StudyInstanceUid : null)))
            foreach (var sameKind in sameUid.GroupBy(s => (s.Kind, s.Derivation)))
            {
                CtSlice[] own = [.. sameKind], others = [.. sameUid.Where(s => (s.Kind, s.Derivation) != sameKind.Key)];
                HashSet<string?> folders = [.. own.Select(s => Path.GetDirectoryName(s.Path))];
                SeriesProblem? neighbour = folders.SelectMany(f => straysByFolder[f]).FirstOrDefault();
                IEnumerable<string> beside = told.Where(s => folders.Contains(Path.GetDirectoryName(s.File)))
                    .Select(s => $"A file beside the slices may be one of them: {Line(s)}");
                series.AddRange(SeriesDescriber.Describe(own, others, neighbour, options, cancellation)
                    .Select(info => info with { Notes = [.. info.Notes, .. beside] }));
            }
        return [.. series.Select(s => WithContinuations(s, series)).OrderBy(s => s.Path, StringComparer.Ordinal).ThenBy(s => s.SeriesNumber)
            .ThenBy(s => s.SeriesInstanceUid, StringComparer.Ordinal)];
    }

    /// <summary>Tells single images under another UID that lie where the next slice of a stack would.</summary>
    private static CtSeriesInfo WithContinuations(CtSeriesInfo series, IEnumerable<CtSeriesInfo> all)
    {
        if (series.Stack is not { } stack || series.Grid is null) return series;
        IEnumerable<string> notes = all.Select(other => other.Slices)
            .Where(slices => slices is [{ Kind: SliceKind.Ct, Derivation: SliceDerivation.None }] && stack.IsContinuedBy(slices[0]))
            .Select(slices => $"'{slices[0].Name}' would continue the stack but names another series.");
        return series with { Notes = [.. series.Notes, .. notes] };
    }

    private static string Line(SeriesProblem problem) => $"{problem.File}: {problem.Detail}";

    private static bool IsDamaged(CtSlice slice) =>
        slice.Problem?.Reason == SeriesReason.Damaged && slice.Kind != SliceKind.Localizer;

    private static Header ReadHeader(DicomSource source, CancellationToken cancellation)
    {
        try
        {
            DicomFile? file = DicomFile.ReadHeader(source, cancellation: cancellation);
            return file is null ? new Header(source.Path, [], IsNotDicom: true, Suspicion: StrayFiles.Suspect(source))
                : new Header(source.Path, CtSliceFactory.Create(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Header(source.Path, [], Failure: e.Message);
        }
    }

    private sealed record Header(
        string Path, IReadOnlyList<CtSlice> Slices, bool IsNotDicom = false, string? Failure = null, string? Suspicion = null);
}
