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
        HashSet<string> keys = [.. items.Select(i => i.PatientKey).OfType<string>()];
        if (keys.Count == 0)
        {
            page.Write("<p>Left out: no study of this run has a patient key (-PatientKey), so it is not known which are of one patient.</p>\n");
            return;
        }
        page.Write("<p class=\"sub\">By the time of segmentation, since the dates of scans stay in their headers. Repeat scans of one patient "
            + "differ without any change of the gland; by how much is not measured for this model, so a small difference means nothing.</p>\n"
            + "<table class=\"course\"><thead><tr><th scope=\"col\">Patient key</th><th scope=\"col\">Course</th><th scope=\"col\">Volumes</th></tr></thead><tbody>\n");
        foreach (var patient in history
            .Where(i => i is { HasResult: true, VolumeMl: not null, PatientKey: { } key } && keys.Contains(key))
            .GroupBy(i => i.PatientKey!).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            BatchItem[] course = [.. patient.GroupBy(i => (i.Study, i.ModelSha256)).Select(g => g.MaxBy(i => i.Started)!)
                .OrderBy(i => i.Started)];
            string model = course[^1].ModelSha256, line = Line([.. course.Where(i => i.ModelSha256 == model)]);
            page.Write($"<tr><th scope=\"row\"><code>{BatchReport.Html(patient.Key)}</code></th><td>{line}</td><td>");
            foreach (BatchItem item in course)
                page.Write($"<div>{BatchReport.Time(item.Started)}: {BatchReport.Number(item.VolumeMl, "0.0")} mL, {item.Status}, "
                    + $"{BatchReport.Html(item.Study)}{(item.ModelSha256 == model ? "" : ", another model")}</div>");
            page.Write("</td></tr>\n");
        }
        page.Write("</tbody></table>\n");
    }

    private static string Line(BatchItem[] course)
    {
        if (course.Length < 2) return "one volume";
        double most = course.Max(i => i.VolumeMl!.Value), first = course[0].Started.UtcTicks;
        double span = Math.Max(1, course[^1].Started.UtcTicks - first);
        (string X, string Y)[] points = [.. course.Select(i => (
            Pixel(Edge + (i.Started.UtcTicks - first) / span * (Width - 2 * Edge)),
            Pixel(Height - Edge - i.VolumeMl!.Value / most * (Height - 2 * Edge))))];
        string marks = string.Concat(
            points.Select(p => $"<circle cx=\"{p.X}\" cy=\"{p.Y}\" r=\"3.5\" fill=\"currentColor\"/>"));
        string way = string.Join(' ', points.Select(p => $"{p.X},{p.Y}"));
        string label = $"Line through {course.Length} volumes on a scale from 0 to {BatchReport.Number(most, "0.0")} mL";
        return $"<svg role=\"img\" aria-label=\"{label}\" width=\"{Width}\" height=\"{Height}\">"
            + $"<polyline fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" points=\"{way}\"/>{marks}</svg>";
    }

    private static string Pixel(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
