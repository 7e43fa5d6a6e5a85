namespace PancreasSeg.Segmentation;

/// <summary>
/// What a reason means and what to do about it, in words: the comments of <see cref="SegmentationReason"/> and <see cref="Fault"/>, which
/// the target UpdateDocs writes into docs/reasons.md.
/// </summary>
public static class ReasonText
{
    private static readonly Dictionary<string, string> s_sentences = Read();

    /// <summary>The sentences of an id; the id itself where it is none of this module's.</summary>
    public static string Of(string id) => s_sentences.GetValueOrDefault(id, id);

    /// <summary>The sentences of several ids, one after the other; empty for none.</summary>
    public static string OfAll(IEnumerable<string> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return string.Join(' ', ids.Select(Of));
    }

    // Rows of the page's tables; SeriesReason shares names with errors and is none of these.
    private static Dictionary<string, string> Read()
    {
        using Stream stream = typeof(ReasonText).Assembly.GetManifestResourceStream("reasons.md")!;
        using var reader = new StreamReader(stream);
        string page = reader.ReadToEnd();
        return (from table in (string[])[nameof(SegmentationReason), nameof(Fault)]
                let start = page.IndexOf($"<!-- {table}:", StringComparison.Ordinal)
                let end = page.IndexOf($"<!-- end of {table} ", StringComparison.Ordinal)
                from row in page[start..end].Split('\n')
                where row.StartsWith("| `", StringComparison.Ordinal)
                select row.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .ToDictionary(cells => cells[0].Trim('`'), cells => string.Join(' ', cells[1..]));
    }
}
