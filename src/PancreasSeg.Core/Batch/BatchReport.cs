using System.Globalization;
using System.Net;
using System.Text;
using PancreasSeg.Dicom;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Batch;

/// <summary>
/// The page of one run: totals, what a person should look at first, a row per study with its picture, volume and earlier examinations.
/// One file without scripts that loads nothing; its links lead to the files of the studies beside it.
/// </summary>
internal static class BatchReport
{
    private const string Style = """
        :root { color-scheme: light dark; --line: #8884; --soft: #8882; --good: #2e7d46; --look: #b26a00; --bad: #c62828; }
        body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem; }
        h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
        .sub { opacity: .7; margin: .2rem 0 1.2rem }
        .tiles { display: flex; flex-wrap: wrap; gap: .6rem } .tile { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem 1rem; min-width: 6.5rem }
        .tile b { display: block; font-size: 1.6rem; font-variant-numeric: tabular-nums }
        table { border-collapse: collapse; width: 100%; table-layout: fixed } th:nth-child(2) { width: 26rem } th:nth-child(n+3):nth-child(-n+5) { width: 5rem; text-align: right } th:nth-child(6) { width: 12rem } th { text-align: left; font-weight: 600; border-bottom: 2px solid var(--line) }
        th, td { padding: .5rem .7rem; vertical-align: top } td { border-bottom: 1px solid var(--line) } td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
        img { width: 25rem; max-width: 40vw; display: block; border-radius: .3rem; background: #000 }
        .badge { display: inline-block; padding: 0 .55rem; border-radius: 1rem; color: #fff; background: var(--good); font-weight: 600 } .look { background: var(--look) } .bad { background: var(--bad) }
        code { background: var(--soft); border-radius: .25rem; padding: 0 .3rem } .message { opacity: .85; margin: .3rem 0 0; overflow-wrap: anywhere } ol { margin: 0; padding-left: 1.1rem }
        """;

    /// <summary>Writes the page of a run.</summary>
    /// <returns>Full path of the page.</returns>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/>.</exception>
    public static string Write(BatchFolder folder, BatchSummary run, IReadOnlyList<BatchItem> attempts, IReadOnlyList<BatchItem> all)
    {
        string path = Path.Combine(folder.Reports, $"{run.Run}.html");
        FileFault.Writing(path, () => Directory.CreateDirectory(folder.Reports));
        AtomicFile.Write(path, true, stream =>
        {
            using var page = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
            Write(page, folder, run, attempts, all);
        });
        return path;
    }

    private static void Write(
        TextWriter page, BatchFolder folder, BatchSummary run, IReadOnlyList<BatchItem> attempts, IReadOnlyList<BatchItem> all)
    {
        List<BatchItem> items = [.. attempts.GroupBy(i => i.Study).Select(g => g.Last())];
        ILookup<string, BatchItem> history = all.Where(i => i is { State: BatchState.Done, PatientKey: not null })
            .ToLookup(i => i.PatientKey!);
        page.Write($"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>PancreasSeg {Html(run.Run)}</title>
            <style>{Style}</style></head><body>
            <h1>Pancreas segmentation</h1>
            <p class="sub">{Time(run.Started)} to {Time(run.Ended!.Value)} · model {Html(run.Model)} · {run.Outcome} · peak memory {Number(run.PeakMemory / 1e9, "0.0")} GB · research use, not for diagnosis</p>
            <div class="tiles">{Tile(run.Done, "done")}{Tile(run.Flagged, "flagged")}{Tile(run.Failed, "failed")}{Tile(run.Skipped, "left alone")}{(run.Outstanding > 0 ? Tile(run.Outstanding, "still failed") : "")}{(run.PassedOver > 0 ? Tile(run.PassedOver, "no studies") : "")}{Tile(run.Left, "not begun")}</div>

            """);
        Section(page, "To look at", [.. items.Where(i => i.IsFlagged)], folder, history);
        Section(page, "Plain results", [.. items.Where(i => !i.IsFlagged && i.State == BatchState.Done)], folder, history);
        if (items.Count == 0) page.Write("<p>No study was begun.</p>");
        page.Write("</body></html>\n");
    }

    private static void Section(
        TextWriter page, string title, List<BatchItem> items, BatchFolder folder, ILookup<string, BatchItem> history)
    {
        if (items.Count == 0) return;
        page.Write(
            $"<h2>{title} ({items.Count})</h2>\n<table><tr><th>Study</th><th>Picture</th><th>Volume</th><th>Mean HU</th><th>Elapsed</th><th>Earlier</th></tr>\n");
        foreach (BatchItem item in items.OrderBy(i => i.State == BatchState.Done).ThenBy(i => i.Study, StringComparer.OrdinalIgnoreCase))
            Row(page, item, folder, history);
        page.Write("</table>\n");
    }

    private static void Row(TextWriter page, BatchItem item, BatchFolder folder, ILookup<string, BatchItem> history)
    {
        string level = item.State != BatchState.Done ? " bad" : item.IsFlagged ? " look" : "";
        string state = item.State == BatchState.Done ? $"{item.Status}" : $"{item.State}";
        page.Write(
            $"<tr><td><b>{Html(item.Study)}</b><br><span class=\"badge{level}\">{state}</span> {string.Join(' ', item.Reasons.Select(r => $"<code>{Html(r)}</code>"))}");
        if (item.Message is { } message) page.Write($"<p class=\"message\">{Html(message)}</p>");
        if (item.SeriesPassedOver.Count > 0)
            page.Write($"<p class=\"message\">Usable series not taken: {Html(string.Join("; ", item.SeriesPassedOver))}</p>");
        if (item.OutputFolder is not null) page.Write($"<p class=\"message\">{Links(item, folder)}</p>");
        page.Write(
            $"</td><td>{Picture(item, folder)}</td><td class=\"n\">{Number(item.VolumeMl, "0.0")}{(item.VolumeMl is null ? "" : " mL")}</td><td class=\"n\">{Number(item.MeanHu, "0")}</td>");
        page.Write($"<td class=\"n\">{Number(item.Elapsed?.TotalSeconds, "0.0")} s</td><td>{Earlier(item, history)}</td></tr>\n");
    }

    private static string Links(BatchItem item, BatchFolder folder)
    {
        string Linked(params IEnumerable<string> files) => string.Join(" · ",
            from file in files
            where File.Exists(Path.Combine(item.OutputFolder!, file))
            select $"<a href=\"{Link(folder, item, file)}\">{Html(file)}</a>");
        string links = Linked(StudyViewer.PageFile, BatchFolder.MaskFile, BatchFolder.PreviewFile, BatchFolder.ResultFile);
        string objects = Linked(Enum.GetValues<DicomObjectKind>().Select(kind => item.Study + DicomExport.Suffix(kind)));
        return objects.Length == 0 ? links : $"{links}<br>DICOM, with the patient module of the CT: {objects}";
    }

    private static string Picture(BatchItem item, BatchFolder folder)
    {
        if (item.OutputFolder is null) return "";
        string file = Path.Combine(item.OutputFolder, BatchFolder.ThumbnailFile);
        if (!File.Exists(file)) return "";
        return $"<a href=\"{Link(folder, item, BatchFolder.PreviewFile)}\"><img alt=\"axial, coronal and sagittal plane with the outline of the mask\" src=\"data:image/png;base64,{Convert.ToBase64String(File.ReadAllBytes(file))}\"></a>";
    }

    private static string Earlier(BatchItem item, ILookup<string, BatchItem> history)
    {
        if (item.PatientKey is null) return "";
        string[] lines = [.. from other in history[item.PatientKey]
                             where other.Started < item.Started && (other.Study != item.Study || other.ModelSha256 != item.ModelSha256)
                             select $"<li>{Html(other.Study)}: {Number(other.VolumeMl, "0.0")} mL, {other.Status} ({Time(other.Started)[..10]}{(other.ModelSha256 == item.ModelSha256 ? "" : ", another model")})</li>"];
        return lines.Length == 0 ? $"<code>{Html(item.PatientKey)}</code>"
            : $"<code>{Html(item.PatientKey)}</code><ol>{string.Concat(lines)}</ol>";
    }

    private static string Link(BatchFolder folder, BatchItem item, string file) =>
        Html(
            string.Join('/', Path.GetRelativePath(folder.Reports, Path.Combine(item.OutputFolder!, file)).Split(Path.DirectorySeparatorChar)
                .Select(Uri.EscapeDataString)));

    private static string Tile(int count, string label) => $"<div class=\"tile\"><b>{count}</b>{label}</div>";

    private static string Number(double? value, string format) =>
        value is { } number ? (Math.Round(number, 1) + 0.0).ToString(format, CultureInfo.InvariantCulture) : "";

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC";

    private static string Html(string text) => WebUtility.HtmlEncode(text);
}
