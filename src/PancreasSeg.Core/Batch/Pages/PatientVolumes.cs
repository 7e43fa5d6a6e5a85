using System.Globalization;

namespace PancreasSeg.Batch;

/// <summary>The volumes of each patient key over time, as a line and as numbers. Only volumes of one model make a line.</summary>
internal static class PatientVolumes
{
    private const int Width = 260, Height = 60, Edge = 8;

    /// <summary>Writes the section: all that the journal has of the keys of this run.</summary>
    public static void Write(TextWriter page, IReadOnlyList<BatchItem> items, IReadOnlyList<BatchItem> history)
    {
        page.Write("<h2>Volume over time</h2>\n");
        HashSet<string> keys = [.. items.Select(i => i.PatientKey).OfType<string>().Select(RepeatScans.KeyOf)];
        if (keys.Count == 0)
        {
            page.Write("<p>Left out: no study of this run has a patient key (-PatientKey), so it is not known which are of one patient.</p>\n");
            return;
        }
        page.Write("<p class=\"sub\">By the time of segmentation, since the dates of scans stay in their headers. Repeat scans of one patient "
            + "differ without any change of the gland; by how much is told where the keys name enough of them (K7/1: key and visit).</p>\n"
            + "<table class=\"course\"><thead><tr><th scope=\"col\">Patient key</th><th scope=\"col\">Course</th><th scope=\"col\">Volumes</th></tr></thead><tbody>\n");
        BatchItem[] volumes = [.. history.Where(i => i is { HasResult: true, VolumeMl: not null, PatientKey: not null })
            .GroupBy(i => (i.Study, i.ModelSha256)).Select(g => g.MaxBy(i => i.Started)!).OrderBy(i => i.Started)];
        Dictionary<string, RepeatScans> repeats = volumes.GroupBy(i => i.ModelSha256).ToDictionary(g => g.Key, RepeatScans.Of);
        foreach (var patient in volumes.GroupBy(i => RepeatScans.KeyOf(i.PatientKey!)).Where(g => keys.Contains(g.Key))
            .OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            BatchItem[] course = [.. patient];
            string model = course[^1].ModelSha256, line = Line([.. course.Where(i => i.ModelSha256 == model)], repeats[model]);
            page.Write($"<tr><th scope=\"row\"><code>{BatchReport.Html(patient.Key)}</code></th>"
                + $"<td>{line}<p>{Words(repeats[model])}</p></td><td>");
            foreach (BatchItem item in course)
                page.Write($"<div>{BatchReport.Time(item.Started)}: {BatchReport.Number(item.VolumeMl, "0.0")} mL, {item.Status}, "
                    + $"{BatchReport.Html(item.Study)}{(item.ModelSha256 == model ? "" : ", another model")}</div>");
            page.Write("</td></tr>\n");
        }
        page.Write("</tbody></table>\n");
    }

    private static string Words(RepeatScans repeats) => repeats.IsEnough
        ? $"Repeat scans of one visit ({repeats.Count} of this model) differ: what changes by less than "
            + $"{repeats.Change.ToString("0%", CultureInfo.InvariantCulture)} may not have changed."
        : $"Without a band: {repeats.Count} repeat scans of this model are too few.";

    private static string Line(BatchItem[] course, RepeatScans repeats)
    {
        if (course.Length < 2) return "one volume";
        double band = repeats.IsEnough ? repeats.Band : 1, most = course.Max(i => i.VolumeMl!.Value) * band;
        double first = course[0].Started.UtcTicks;
        double span = Math.Max(1, course[^1].Started.UtcTicks - first);
        string Y(double volume) => Pixel(Height - Edge - volume / most * (Height - 2 * Edge));
        (string X, string Y, double Volume)[] points = [.. course.Select(i => (
            Pixel(Edge + (i.Started.UtcTicks - first) / span * (Width - 2 * Edge)), Y(i.VolumeMl!.Value), i.VolumeMl.Value))];
        string marks = string.Concat(
            points.Select(p => $"<circle cx=\"{p.X}\" cy=\"{p.Y}\" r=\"3.5\" fill=\"currentColor\"/>"));
        if (repeats.IsEnough)
            marks += string.Concat(points.Select(p =>
                $"<line x1=\"{p.X}\" x2=\"{p.X}\" y1=\"{Y(p.Volume / band)}\" y2=\"{Y(p.Volume * band)}\" stroke=\"currentColor\"/>"));
        string way = string.Join(' ', points.Select(p => $"{p.X},{p.Y}"));
        string label = $"Line through {course.Length} volumes on a scale from 0 to {BatchReport.Number(most, "0.0")} mL";
        return $"<svg role=\"img\" aria-label=\"{label}\" width=\"{Width}\" height=\"{Height}\">"
            + $"<polyline fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" points=\"{way}\"/>{marks}</svg>";
    }

    private static string Pixel(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
