using System.Globalization;
using System.Text;

namespace PancreasSeg.Training;

/// <summary>Comma-separated values with a header row; numbers as in English, missing ones empty.</summary>
internal static class CsvText
{
    public static string Of(IEnumerable<string> header, IEnumerable<IEnumerable<object?>> rows)
    {
        var text = new StringBuilder().AppendJoin(',', header).Append('\n');
        foreach (IEnumerable<object?> row in rows) text.AppendJoin(',', row.Select(Cell)).Append('\n');
        return text.ToString();
    }

    private static string Cell(object? value)
    {
        string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        return text.AsSpan().ContainsAny(",\"\n\r") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
