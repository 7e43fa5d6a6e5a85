using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>Takes the one series that is meant, or says which there are.</summary>
internal static class SeriesChoice
{
    /// <summary>The usable series, or the unusable one whose own fault says most.</summary>
    public static CtSeriesInfo Choose(CtSeriesScan scan, string path, string? seriesInstanceUid, bool regularize)
    {
        CtSeriesInfo[] candidates = [.. scan.Series.Where(s => seriesInstanceUid is null || s.SeriesInstanceUid == seriesInstanceUid)];
        if (candidates.Length == 0)
            throw new CoreException(Fault.DicomSeriesEmpty, seriesInstanceUid is null
                ? $"'{path}' holds no DICOM images: {CountOf(scan)}."
                : $"'{path}' holds no series {seriesInstanceUid}. It holds: {List(scan.Series)}.",
                path, "Get-CtSeries lists what a folder holds.");

        CtSeriesInfo[] usable = [.. candidates.Where(s => s.IsUsable)];
        if (usable.Length == 0 && regularize) usable = [.. candidates.Where(s => s.CanRegularize)];
        if (usable.Length > 1)
            throw new CoreException(Fault.DicomSeriesAmbiguous, $"'{path}' holds {usable.Length} usable CT series: {List(usable)}.", path,
                "Choose one with -SeriesInstanceUid.");
        CtSeriesInfo[] stacks = [.. candidates.Where(s => s.Reason is not (SeriesReason.Localizer or SeriesReason.NotCt
            or SeriesReason.SecondaryCapture or SeriesReason.TooFewSlices))];
        if (usable.Length == 1) return WithNotes(usable[0], stacks, scan);
        if (stacks.Length == 1) return stacks[0];
        if (candidates.Length == 1) return candidates[0];
        throw new CoreException(Fault.DicomSeriesEmpty, $"'{path}' holds no usable CT series. It holds: {List(candidates)}.", path,
            "Get-CtSeries lists what a folder holds.");
    }

    private static CtSeriesInfo WithNotes(CtSeriesInfo usable, CtSeriesInfo[] stacks, CtSeriesScan scan)
    {
        var notes = new List<string>(usable.Notes);
        notes.AddRange(stacks.Where(s => s != usable).Select(s => $"Another CT series was left out ({s.Reason}): {s.Detail}"));
        if (scan.Unreadable.Count > 0) notes.Add($"Could not be read and was left out: {string.Join("; ", scan.Unreadable)}");
        return usable with { Notes = notes };
    }

    private static string CountOf(CtSeriesScan scan)
    {
        string first = scan.Unreadable.Count > 0 ? $" (first: {scan.Unreadable[0]})" : "";
        return Invariant($"of {scan.FileCount} files {scan.NotDicomCount} are not DICOM, {scan.NotImageCount} are DICOM without an image ")
            + Invariant($"and {scan.Unreadable.Count} could not be read{first}");
    }

    private static string List(IReadOnlyList<CtSeriesInfo> series) => series.Count == 0 ? "none" : string.Join("; ", series.Select(s =>
        $"{s.SeriesInstanceUid} ({s.SliceCount} images{Spacing(s)}{(s.IsUsable ? "" : $", {s.Reason}")})"));

    private static string Spacing(CtSeriesInfo series) => series.Spacing is [var x, var y, var z] ? $", {new Vector3D(x, y, z)} mm" : "";
}
