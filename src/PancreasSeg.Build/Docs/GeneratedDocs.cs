using System.Text.RegularExpressions;

namespace PancreasSeg.Build;

/// <summary>
/// What the repository's texts repeat of the code, written by the code: the cmdlet tables, the manifest's lists, the facts on the pages
/// of the cmdlets and the tables of ids.
/// </summary>
/// <param name="root">The repository.</param>
/// <param name="module">The built PancreasSeg.dll, Core and its documentation file beside it.</param>
/// <param name="powershell">System.Management.Automation.dll, of whatever version.</param>
internal sealed partial class GeneratedDocs(string root, string module, string powershell)
{
    private const int HelpColumns = 116;

    private static readonly (string Heading, string Type)[] s_ids =
    [
        ("RESULTS", "PancreasSeg.Segmentation.SegmentationReason"),
        ("SERIES", "PancreasSeg.Dicom.SeriesReason"),
        ("ERRORS", "PancreasSeg.Fault"),
    ];

    private readonly IReadOnlyList<CmdletCode> _cmdlets = CmdletCode.ReadAll(module, powershell);
    private readonly DocComments _comments = new(Path.Combine(Path.GetDirectoryName(module)!, "PancreasSeg.Core.xml"));
    private readonly List<string> _stale = [];

    /// <summary>Brings every file up to date.</summary>
    /// <param name="write">False only tells.</param>
    /// <returns>The files that were not, relative to the repository.</returns>
    /// <exception cref="InvalidDataException">A file has not the form; the message names it.</exception>
    public IReadOnlyList<string> Update(bool write)
    {
        _stale.Clear();
        foreach (CmdletCode cmdlet in _cmdlets) Change($"docs/{cmdlet.Name}.md", write, page => CmdletPage.Update(page, cmdlet));
        Change("README.md", write, text => Region(text, "cmdlets", old => Table(old, "| cmdlet | does |\n|---|---|",
            page => $"| [{page.Name}](docs/{page.Name}.md) | {page.Section("SYNOPSIS")} |")));
        Change("docs/design.md", write, text => Region(text, "cmdlets", old => Table(old, "| cmdlet | does | emits |\n|---|---|---|",
            page => $"| {page.Name} | {page.Section("SYNOPSIS")} | {Emitted(page)} |")));
        Change("docs/reasons.md", write, text => s_ids.Aggregate(text, (page, ids) =>
            Region(page, ids.Type.Split('.')[^1], _ => Ids(ids.Type))));
        Change("en-US/about_PancreasSeg_Reasons.help.txt", write, text => s_ids.Aggregate(text, (page, ids) =>
            Replace(page, new Regex($@"(?<=\n{ids.Heading}\n).*?(?=^\S)", RegexOptions.Singleline | RegexOptions.Multiline), _ =>
                string.Concat(_comments.Fields(ids.Type).Select(f => $"    {f.Name}\n{Wrapped($"{f.Summary} {f.Remarks}")}\n")))));
        Change("en-US/about_PancreasSeg.help.txt", write, text => Replace(text, AboutCmdlets(), old => $"{Table(old, null,
            page => $"    {page.Name}\n        {page.Section("SYNOPSIS")}")}\n\n"));
        Change("PancreasSeg.psd1", write, text => Replace(Replace(text,
            ExportedCmdlets(), _ => string.Concat(_cmdlets.Select(c => $"        '{c.Name}'\n"))),
            ExportedAliases(), _ => string.Join(", ", _cmdlets.SelectMany(c => c.Aliases).Select(a => $"'{a}'"))));
        return _stale;
    }

    private void Change(string name, bool write, Func<string, string> change)
    {
        string path = Path.Combine(root, name), old = File.ReadAllText(path).ReplaceLineEndings("\n");
        string text = change(old);
        if (text == old) return;
        _stale.Add(name);
        if (write) File.WriteAllText(path, text);
    }

    // A row for each cmdlet, in the order in which the old rows stand; new ones at the end.
    private string Table(string old, string? head, Func<HelpPage, string> row)
    {
        IEnumerable<string> rows =
            from cmdlet in _cmdlets
            let at = Regex.Match(old, $@"(?<![\w-]){cmdlet.Name}(?![\w-])")
            orderby at.Success ? at.Index : int.MaxValue
            select row(HelpPage.Parse(cmdlet.Name, File.ReadAllText(Path.Combine(root, $"docs/{cmdlet.Name}.md"))));
        return string.Join('\n', head is null ? rows : [head, .. rows]);
    }

    private static string Emitted(HelpPage page) =>
        string.Join(
            ", ", HelpPage.Split(page.Section("OUTPUTS"), "### ").Select(o => o.Heading.Split('.')[^1]).Where(name => name != "None"));

    private string Ids(string type)
    {
        (string Name, string Summary, string Remarks)[] fields = [.. _comments.Fields(type)];
        if (fields.Length == 0) throw new InvalidDataException($"{type} has no values with a summary.");
        bool advice = fields.Any(f => f.Remarks.Length > 0);
        return string.Join('\n', [
            advice ? "| id | means | what to do |" : "| id | means |", advice ? "|---|---|---|" : "|---|---|",
            .. fields.Select(f => $"| `{f.Name}` | {f.Summary} |{(advice ? $" {f.Remarks} |" : "")}")]);
    }

    private static string Wrapped(string text)
    {
        List<string> lines = ["       "];
        foreach (string word in text.Replace("`", "", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            if (lines[^1].Length + word.Length < HelpColumns) lines[^1] += $" {word}";
            else lines.Add($"        {word}");
        return string.Concat(lines.Select(line => $"{line}\n"));
    }

    // Between <!-- name --> and <!-- end name -->.
    private static string Region(string text, string name, Func<string, string> content) =>
        Replace(text, new Regex($"(?<=<!-- {name}: [^\n]*-->\n).*?(?=<!-- end of {name} -->)", RegexOptions.Singleline), old =>
            $"{content(old)}\n");

    private static string Replace(string text, Regex region, Func<string, string> content)
    {
        Match found = region.Match(text);
        if (!found.Success) throw new InvalidDataException($"The place '{region}' to write to is missing.");
        return $"{text[..found.Index]}{content(found.Value)}{text[(found.Index + found.Length)..]}";
    }

    [GeneratedRegex(@"(?<=\nCMDLETS\n).*?(?=^\S)", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex AboutCmdlets();

    [GeneratedRegex(@"(?<=CmdletsToExport\s*=\s*@\(\n).*?(?=    \))", RegexOptions.Singleline)]
    private static partial Regex ExportedCmdlets();

    [GeneratedRegex(@"(?<=AliasesToExport\s*=\s*@\().*?(?=\))")]
    private static partial Regex ExportedAliases();
}
