using System.Globalization;

namespace PancreasSeg.Batch;

/// <summary>The rows of a report as comma-separated values (RFC 4180), the same in every culture.</summary>
internal static class ReportCsv
{
    private const string FormulaStarts = "=+-@\t\r";

    /// <summary>Writes a head and a row per study.</summary>
    public static void Write(TextWriter file, IEnumerable<BatchItem> items)
    {
        Line(file, "Study", "State", "Status", "Reasons", "Message", "VolumeMl", "MeanHu", "TouchesBorder", "ExpectedDice",
            "ExpectedDiceLow", "ReviewReason", "MembersUsed", "Attempt", "StartedUtc", "ElapsedSeconds", "WaitedSeconds", "PatientKey",
            "ModelSha256", "OutputFolder");
        foreach (BatchItem item in items)
            Line(file, Safe(item.Study), $"{item.State}", $"{item.Status}", string.Join(' ', item.Reasons), Safe(item.Words ?? ""),
                Number(item.VolumeMl, "0.000"), Number(item.MeanHu, "0.0"), $"{item.TouchesBorder}", Number(item.ExpectedDice, "0.000"),
                Number(item.ExpectedDiceLow, "0.000"), item.ReviewReason ?? "", Number(item.MembersUsed, "0"), Number(item.Attempt, "0"),
                item.Started.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
                Number(item.Elapsed?.TotalSeconds, "0.0"), Number(item.Waited.TotalSeconds, "0.0"), Safe(item.PatientKey ?? ""),
                item.ModelSha256, Safe(item.OutputFolder ?? ""));
    }

    // A spreadsheet takes a text that begins like a formula for one.
    private static string Safe(string text) => text.Length > 0 && FormulaStarts.Contains(text[0], StringComparison.Ordinal) ? $"'{text}" : text;

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    private static void Line(TextWriter file, params IEnumerable<string> cells) =>
        file.WriteLine(string.Join(',', cells.Select(cell =>
            cell.AsSpan().ContainsAny(",\"\r\n") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell)));
}
