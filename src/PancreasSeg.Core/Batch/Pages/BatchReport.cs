using System.Globalization;
using System.Net;
using System.Text;

namespace PancreasSeg.Batch;

/// <summary>
/// The page of one run: totals, then a row per study, those first that a person should look at, with picture, volume and what the reasons
/// mean; below them the volumes of each patient key over time. Pictures and files lie beside the page, which loads nothing else; its one
/// script sorts, searches and shows local time, and without it the page says the same. A CSV file of the rows lies beside it.
/// </summary>
internal static class BatchReport
{
    /// <summary>Writes the page of a run and its CSV file.</summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="run">The run.</param>
    /// <param name="attempts">Its attempts in order; the last of a study counts.</param>
    /// <param name="history">All attempts there are, for the volumes of patients over time.</param>
    /// <returns>Full path of the page.</returns>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/>.</exception>
    public static string Write(
        BatchFolder folder, BatchSummary run, IReadOnlyList<BatchItem> attempts, IReadOnlyList<BatchItem> history)
    {
        string path = Path.Combine(folder.Reports, $"{run.Run}.html"), csv = Path.ChangeExtension(path, ".csv");
        List<BatchItem> items = [.. attempts.GroupBy(i => i.Study).Select(g => g.Last())
            .OrderBy(Rank).ThenBy(i => i.ExpectedDice ?? 1).ThenBy(i => i.Study, StringComparer.OrdinalIgnoreCase)];
        FileFault.Writing(path, () => Directory.CreateDirectory(folder.Reports));
        Save(csv, file => ReportCsv.Write(file, items));
        Save(path, page => Write(page, folder, run, items, history));
        return path;
    }

    private static void Save(string path, Action<TextWriter> write) => AtomicFile.Write(path, true, stream =>
    {
        using var file = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        write(file);
    });

    private static void Write(
        TextWriter page, BatchFolder folder, BatchSummary run, List<BatchItem> items, IReadOnlyList<BatchItem> history)
    {
        string script = PageAssets.Read("report.js");
        page.Write(PageAssets.Head(
            $"PancreasSeg {Html(run.Run)}", PageAssets.Read("report.css"), $"script-src {PageAssets.Source(script)}; img-src 'self' file:"));
        page.Write($"""
            <body><main>
            <h1>Pancreas segmentation</h1>
            <p class="sub">{Time(run.Started)} to {Time(run.Ended!.Value)} · model {Html(run.Model)} · {run.Outcome} · peak memory {Number(run.PeakMemory / 1e9, "0.0")} GB · research use, not for diagnosis</p>
            <ul class="tiles">{Tile(run.Done, "done")}{Tile(run.Flagged, "flagged")}{Tile(run.Failed, "failed")}{Tile(run.Skipped, "left alone")}{(run.Outstanding > 0 ? Tile(run.Outstanding, "still failed") : "")}{(run.Unsent > 0 ? Tile(run.Unsent, "not in the archive yet") : "")}{(run.PassedOver > 0 ? Tile(run.PassedOver, "no studies") : "")}{Tile(run.Left, "not begun")}</ul>

            """);
        if (items.Count == 0) page.Write("<p>No study was begun.</p>\n");
        else Studies(page, folder, run, items);
        PatientVolumes.Write(page, items, history);
        page.Write($"</main>\n<script>{script}</script></body></html>\n");
    }

    private static void Studies(TextWriter page, BatchFolder folder, BatchSummary run, List<BatchItem> items)
    {
        (string Name, bool IsNumber)[] columns =
            [("Study", false), ("Picture", false), ("Volume, mL", true), ("Mean HU", true), ("Expected Dice", true), ("Elapsed, s", true),
                ("Begun", false), ("Patient key", false)];
        page.Write("<h2>Studies</h2>\n<div class=\"bar\" id=\"tools\" hidden><label>Search <input id=\"search\" type=\"search\"></label>"
            + "<label>Show <select id=\"state\"><option value=\"\">all</option><option value=\"!\">to look at</option>");
        foreach (var group in items.GroupBy(State)) page.Write($"<option value=\"{group.Key}\">{group.Key} ({group.Count()})</option>");
        page.Write("</select></label><label>Order <select id=\"order\"><option value=\"-1,1\">to look at first</option>");
        for (int i = 0; i < columns.Length; i++)
            if (i != 1)
                page.Write($"<option value=\"{i},1\">{columns[i].Name}, up</option><option value=\"{i},-1\">{columns[i].Name}, down</option>");
        page.Write("</select></label><output id=\"shown\"></output></div>\n"
            + $"<p class=\"sub\">For a spreadsheet: <a href=\"{Html(run.Run)}.csv\">CSV</a></p>\n<table id=\"studies\"><thead><tr>");
        for (int i = 0; i < columns.Length; i++)
            page.Write($"<th scope=\"col\"{(columns[i].IsNumber ? " class=\"n\"" : "")}>{(i == 1 ? columns[i].Name : $"<button type=\"button\">{columns[i].Name}</button>")}</th>");
        page.Write("</tr></thead>\n<tbody>\n");
        foreach (BatchItem item in items) Row(page, item, folder);
        page.Write("</tbody></table>\n");
    }

    private static void Row(TextWriter page, BatchItem item, BatchFolder folder)
    {
        string level = item.State != BatchState.Done ? " bad" : item.IsFlagged ? " look" : "", state = State(item);
        page.Write($"<tr data-s=\"{state}\"{(item.IsFlagged ? " data-f=\"1\"" : "")}><th scope=\"row\"><span class=\"name\">{Html(item.Study)}</span> "
            + $"<span class=\"state{level}\">{state}</span> {string.Join(' ', item.Reasons.Select(r => $"<code>{Html(r)}</code>"))}");
        if (item.Words is { } words) page.Write($"<p>{Html(words)}</p>");
        if (item.SeriesPassedOver.Count > 0) page.Write($"<p>Usable series not taken: {Html(string.Join("; ", item.SeriesPassedOver))}</p>");
        page.Write($"{ReportLinks.Files(item, folder)}</th><td>{ReportLinks.Picture(item, folder)}</td>"
            + $"<td class=\"n\" data-h=\"Volume, mL\">{Number(item.VolumeMl, "0.0")}</td><td class=\"n\" data-h=\"Mean HU\">{Number(item.MeanHu, "0")}</td>"
            + $"<td class=\"n\" data-h=\"Expected Dice\">{Expected(item)}</td>"
            + $"<td class=\"n\" data-h=\"Elapsed, s\">{Number(item.Elapsed?.TotalSeconds, "0.0")}</td><td data-h=\"Begun\">{Time(item.Started)}</td>"
            + $"<td data-h=\"Patient key\">{(item.PatientKey is { } key ? $"<code>{Html(key)}</code>" : "")}</td></tr>\n");
    }

    private static string Expected(BatchItem item) => item.ExpectedDice is not { } dice ? "" : string.Create(CultureInfo.InvariantCulture,
        $"{dice:0.00}{(item.ExpectedDiceLow is { } low ? $" <small>{low:0.00} or more</small>" : "")}")
        + (item.ReviewReason is { } reason ? $" <code>{Html(reason)}</code>" : "");

    private static int Rank(BatchItem item) => item.State != BatchState.Done ? 0 : item.IsFlagged ? 1 : 2;

    private static string State(BatchItem item) => item.State == BatchState.Done ? $"{item.Status}" : $"{item.State}";

    private static string Tile(int count, string label) => $"<li><b>{count}</b>{label}</li>";

    /// <summary>A number with the digits that are shown; empty for none.</summary>
    internal static string Number(double? value, string format) =>
        value is { } number ? (Math.Round(number, 1) + 0.0).ToString(format, CultureInfo.InvariantCulture) : "";

    /// <summary>A moment as HTML; the page's script shows it in the reader's own time.</summary>
    internal static string Time(DateTimeOffset time) => string.Create(CultureInfo.InvariantCulture,
        $"<time datetime=\"{time.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}\">{time.UtcDateTime:yyyy-MM-dd HH:mm} UTC</time>");

    /// <summary>A text as HTML.</summary>
    internal static string Html(string text) => WebUtility.HtmlEncode(text);
}
