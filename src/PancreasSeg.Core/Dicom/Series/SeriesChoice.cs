using System.IO.Enumeration;
using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>Takes the one series that is meant, or says which there are.</summary>
internal static class SeriesChoice
{
    /// <summary>The usable series that the UID and the rules leave, or the unusable one whose own fault says most.</summary>
    public static CtSeriesInfo Choose(CtSeriesScan scan, string path, string? seriesInstanceUid, CtSeriesOptions options)
    {
        if (scan.Series.Count == 0)
            throw Empty(path, $"'{path}' holds no DICOM images: {CountOf(scan)}.{OtherVolumes(path)}");
        CtSeriesInfo[] candidates = [.. scan.Series.Where(s => seriesInstanceUid is null || s.SeriesInstanceUid == seriesInstanceUid)];
        if (candidates.Length == 0)
            throw Empty(path, $"'{path}' holds no series {seriesInstanceUid}. It holds: {List(scan.Series)}.");
        bool choose = seriesInstanceUid is null && options.Rules != new SeriesRules();
        if (choose) CheckOneExamination([.. candidates.Where(s => s.IsUsable)], path);
        CtSeriesInfo[] all = candidates;
        if (options.Rules.DescriptionLike is { } pattern)
        {
            CtSeriesInfo[] described = [.. candidates.Where(s => FileSystemName.MatchesSimpleExpression(pattern, s.HeaderDescription))];
            if (described.Length == 0)
                throw Empty(path, $"No series in '{path}' has a description like '{pattern}'. It holds: {List(candidates)}.");
            candidates = described;
        }

        // Projections and calculated images are read only by their UID.
        CtSeriesInfo[] usable =
            [.. candidates.Where(s => s.IsUsable || (seriesInstanceUid is not null && s is { IsDerived: true, Grid: not null }))];
        string kind = "usable CT series";
        if (usable.Length == 0 && options.Regularize)
        {
            usable = [.. candidates.Where(s => s.CanRegularize)];
            if (choose) CheckOneExamination([.. all.Where(s => s.CanRegularize)], path);
            kind = "CT series that can be resampled";
        }
        CtSeriesInfo[] chosen = Narrow(usable, options.Rules);
        if (chosen.Length > 1)
            throw new CoreException(Fault.DicomSeriesAmbiguous,
                $"'{path}' holds {chosen.Length} {kind}{(chosen.Length < usable.Length ? " that the rules do not tell apart" : "")}: "
                + $"{List(chosen)}.", path,
                "Choose one with -SeriesInstanceUid, -Newest, -MostSlices, -ThinnestSlice or -DescriptionLike, or pipe it from "
                + "Get-CtSeries into Import-CtSeries.");
        CtSeriesInfo[] stacks = [.. candidates.Where(s => s.Reason is not (SeriesReason.Localizer or SeriesReason.NotCt
            or SeriesReason.SecondaryCapture) && !s.IsDerived && (s.Reason != SeriesReason.TooFewSlices || s.Part.Length > 0))];
        if (chosen.Length == 1)
            return WithNotes(chosen[0], stacks.Except(usable), usable, scan) with
            {
                PassedOver = [.. all.Where(s => s.IsUsable || usable.Contains(s)).Where(s => s != chosen[0]).Select(Line)],
            };
        CtSeriesInfo[] told = stacks.Length > 0 ? stacks : candidates;
        if (told.DistinctBy(s => s.Reason).Count() == 1 && told[0].Problem is { } problem)
            throw (told.Length == 1 ? problem : problem with { Detail = $"'{path}' holds no usable CT series. It holds: {List(told)}." })
                .ToException(told[0].Path);
        throw Empty(path, $"'{path}' holds no usable CT series. It holds: {List(candidates)}.");
    }

    /// <summary>Rules choose among the series of one examination of one patient, and never between patients or dates.</summary>
    private static void CheckOneExamination(IReadOnlyList<CtSeriesInfo> series, string path)
    {
        int patients = series.Select(s => s.Patient).OfType<string>().Distinct().Count();
        int studies = series.Select(s => s.StudyInstanceUid).Distinct().Count();
        if (patients > 1)
            throw new CoreException(Fault.DicomPatientsMixed, $"'{path}' holds usable CT series of {patients} patients: {List(series)}.", path,
                "Part them, or choose one with -SeriesInstanceUid; a batch does each examination for itself with -Group Study.");
        if (studies > 1)
            throw new CoreException(Fault.DicomStudiesMixed,
                $"'{path}' holds usable CT series of {studies} examinations (Study Instance UID): {List(series)}.", path,
                "Name the folder of one, or choose one with -SeriesInstanceUid; a batch does each for itself with -Group Study.");
    }

    private static CtSeriesInfo[] Narrow(CtSeriesInfo[] series, SeriesRules rules)
    {
        if (rules.ThinnestSlice) series = Best(series, s => -Math.Round(s.SliceThickness ?? s.Spacing[2], 2));
        if (rules.MostSlices) series = Best(series, s => s.SliceCount);
        if (rules.Newest) series = Best(Best(series, s => s.Moment.Date?.DayNumber), s => s.Moment.Time?.Ticks);
        return series;
    }

    /// <summary>Those with the highest value; all of them when one has none.</summary>
    private static CtSeriesInfo[] Best(CtSeriesInfo[] series, Func<CtSeriesInfo, double?> value)
    {
        double?[] values = [.. series.Select(value)];
        return values.Contains(null) ? series : [.. series.Where((_, i) => values[i] == values.Max())];
    }

    private static CtSeriesInfo WithNotes(
        CtSeriesInfo chosen, IEnumerable<CtSeriesInfo> leftOut, IEnumerable<CtSeriesInfo> usable, CtSeriesScan scan)
    {
        var notes = new List<string>(chosen.Notes);
        notes.AddRange(leftOut.Select(s => $"Another CT series was left out ({s.Reason}): {s.Detail}"));
        string[] parts = [.. usable.Where(s => s != chosen && s.SeriesInstanceUid == chosen.SeriesInstanceUid).Select(s => s.Part)];
        if (parts.Length > 0)
            notes.Add($"Only a part of the series was taken ('{chosen.Part}'); under the same UID are also "
                + $"'{string.Join("', '", parts)}'.");
        string[] unreadable = [.. scan.Unreadable.Where(u => !notes.Exists(note => note.EndsWith(u, StringComparison.Ordinal)))];
        if (unreadable.Length > 0) notes.Add($"Could not be read and was left out: {string.Join("; ", unreadable)}");
        return chosen with { Notes = notes };
    }

    /// <summary>What else at a path may hold a CT, and how it is read.</summary>
    private static string OtherVolumes(string path)
    {
        string[] files = Directory.Exists(path) ? Directory.GetFiles(path) : [path];
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            bool Ends(params ReadOnlySpan<string> endings)
            {
                foreach (string ending in endings)
                    if (file.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) return true;
                return false;
            }
            string? how = Ends(".zip", ".nii", ".nii.gz") ? file == path ? null : "is read when it is named itself"
                : Ends(".tar", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz") ? "must be unpacked first"
                : Ends(".nrrd", ".mha", ".mhd", ".hdr", ".img", ".mgz", ".npy", ".npz", ".mat") ? "must be converted to NIfTI first" : null;
            if (how is not null) return $" '{Path.GetFileName(file)}' {how}.";
        }
        return "";
    }

    private static string CountOf(CtSeriesScan scan)
    {
        string first = scan.Unreadable.Count > 0 ? $" (first: {scan.Unreadable[0]})" : "";
        return Invariant($"of {scan.FileCount} files {scan.NotDicomCount} are not DICOM, {scan.NotImageCount} are DICOM without an image ")
            + Invariant($"and {scan.Unreadable.Count} could not be read{first}");
    }

    private static CoreException Empty(string path, string message) =>
        new(Fault.DicomSeriesEmpty, message, path, "Get-CtSeries lists what a folder or archive holds.");

    private static string List(IReadOnlyList<CtSeriesInfo> series) => string.Join("; ", series.Select(Line));

    private static string Line(CtSeriesInfo series) => $"{series.SeriesInstanceUid} ({series.SliceCount} images{Spacing(series)}"
        + $"{Part(series)}{(series.IsUsable ? "" : $", {series.Reason}")})";

    private static string Spacing(CtSeriesInfo series) => series.Spacing is [var x, var y, var z] ? $", {new Vector3D(x, y, z)} mm" : "";

    private static string Part(CtSeriesInfo series) => series.Part.Length > 0 ? $", {series.Part}" : "";
}
