using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace PancreasSeg.Build;

/// <summary>Writes PowerShell's help file (MAML) from the pages <c>docs/Verb-Noun.md</c>.</summary>
internal static partial class HelpFile
{
    private static readonly XNamespace s_msh = "http://msh";
    private static readonly XNamespace s_maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace s_command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace s_dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>Reads every page of a folder whose name is a cmdlet's and writes one help file. Where a manifest lies above the folder, its
    /// ProjectUri is where Get-Help -Online looks for the pages.</summary>
    /// <exception cref="InvalidDataException">A page has not the form; the message names it.</exception>
    public static void Build(string folder, string output)
    {
        string? project = Directory.EnumerateFiles(Path.Combine(folder, ".."), "*.psd1").Select(File.ReadAllText)
            .Select(text => ProjectUri().Match(text)).FirstOrDefault(match => match.Success)?.Groups[1].Value.TrimEnd('/');
        IEnumerable<XElement> commands =
            from file in Directory.EnumerateFiles(folder, "*.md").Order(StringComparer.Ordinal)
            let name = Path.GetFileNameWithoutExtension(file)
            where CmdletName().IsMatch(name)
            select Command(HelpPage.Parse(name, File.ReadAllText(file)), project is null ? null : $"{project}/blob/main/docs/{name}.md");
        var document = new XDocument(new XElement(s_msh + "helpItems", new XAttribute("schema", "maml"), commands.ToArray()));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
        document.Save(output);
    }

    /// <summary>The MAML of one page.</summary>
    /// <param name="page">The page.</param>
    /// <param name="online">Where it lies for Get-Help -Online; null for nowhere.</param>
    public static XElement Command(HelpPage page, string? online = null)
    {
        string[] verbNoun = page.Name.Split('-', 2);
        HelpParameter[] parameters = [.. page.Parameters()];
        return new XElement(s_command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", s_maml),
            new XAttribute(XNamespace.Xmlns + "command", s_command),
            new XAttribute(XNamespace.Xmlns + "dev", s_dev),
            new XElement(s_command + "details",
                new XElement(s_command + "name", page.Name),
                new XElement(s_command + "verb", verbNoun[0]),
                new XElement(s_command + "noun", verbNoun[1]),
                Text("description", page.Section("SYNOPSIS"))),
            Text("description", page.Section("DESCRIPTION")),
            new XElement(s_command + "syntax", page.SyntaxLines().Select(line => SyntaxItem(page.Name, line, parameters))),
            new XElement(s_command + "parameters", parameters.Select(p => Parameter(p, Required(p), Position(p), s_dev + "type"))),
            Types("inputTypes", "inputType", page.Section("INPUTS")),
            Types("returnValues", "returnValue", page.Section("OUTPUTS")),
            new XElement(s_maml + "alertSet", new XElement(s_maml + "alert", Paragraphs(page.Section("NOTES")))),
            new XElement(s_command + "examples", page.Examples().Select(Example)),
            new XElement(s_maml + "relatedLinks",
                online is null ? null : NavigationLink("Online Version:", online), page.Section("RELATED LINKS").Split('\n').Select(Link)));
    }

    // "Verb-Noun [-Path] <string[]> [-Force] [[-Other] <int>]": what stands in brackets may be left out.
    private static XElement SyntaxItem(string cmdlet, string line, HelpParameter[] parameters)
    {
        var item = new XElement(s_command + "syntaxItem", new XElement(s_maml + "name", cmdlet));
        int position = 0;
        foreach (Match match in SyntaxParameter().Matches(line))
        {
            string name = match.Groups["name"].Value;
            HelpParameter known = parameters.FirstOrDefault(p => p.Name == name)
                ?? throw new InvalidDataException($"{cmdlet}: SYNTAX has -{name}, PARAMETERS has not.");
            bool named = !match.Groups["positional"].Success;
            item.Add(Parameter(known, !match.Groups["optional"].Success, named ? "named" : $"{position++}", null));
        }
        return item;
    }

    private static XElement Parameter(HelpParameter p, bool required, string position, XName? type)
    {
        string typeName = p.Fact("Type", "SwitchParameter");
        return new XElement(s_command + "parameter",
            new XAttribute("required", required),
            new XAttribute("variableLength", typeName.EndsWith("[]", StringComparison.Ordinal)),
            new XAttribute("globbing", p.Fact("Accept wildcards", "false")),
            new XAttribute("pipelineInput",
                p.Fact("Accept pipeline input", "false") is "false" ? "False" : $"True ({p.Facts["Accept pipeline input"]})"),
            new XAttribute("position", position),
            new XAttribute("aliases", p.Fact("Aliases", "none")),
            new XElement(s_maml + "name", p.Name),
            Text("description", p.Text),
            typeName == "SwitchParameter" && type is null
                ? null
                : new XElement(s_command + "parameterValue", new XAttribute("required", typeName != "SwitchParameter"), typeName),
            type is null ? null : new XElement(type, new XElement(s_maml + "name", typeName)),
            new XElement(s_dev + "defaultValue", p.Fact("Default", typeName == "SwitchParameter" ? "False" : "None")));
    }

    private static bool Required(HelpParameter p) => p.Fact("Required", "false") == "true";

    private static string Position(HelpParameter p) => p.Fact("Position", "named");

    private static XElement Example(HelpExample example) => new(s_command + "example",
        new XElement(s_maml + "title", $"-------------------------- {example.Title} --------------------------"),
        Text("introduction", example.Introduction),
        new XElement(s_dev + "code", example.Code),
        new XElement(s_dev + "remarks", Paragraphs(example.Remarks)));

    // Types stand as "### Name" with text below.
    private static XElement Types(string list, string item, string text) => new(s_command + list,
        HelpPage.Split(text, "### ").Select(type =>
            new XElement(s_command + item, new XElement(s_dev + "type", new XElement(s_maml + "name", type.Heading)),
                Text("description", type.Text))));

    private static XElement? Link(string line) => MarkdownLink().Match(line) is { Success: true } match
        ? NavigationLink(match.Groups["text"].Value,
            match.Groups["uri"].Value.StartsWith("http", StringComparison.Ordinal) ? match.Groups["uri"].Value : "")
        : null;

    private static XElement NavigationLink(string text, string uri) => new(s_maml + "navigationLink",
        new XElement(s_maml + "linkText", text), new XElement(s_maml + "uri", uri));

    private static XElement Text(string name, string markdown) => new(s_maml + name, Paragraphs(markdown));

    // Blank lines part paragraphs; lines of a list, a table or a code block keep their breaks, others are joined. Comments are left out.
    private static IEnumerable<XElement> Paragraphs(string markdown) =>
        from block in BlankLines().Split(markdown)
        where block.Length > 0 && !block.StartsWith("<!--", StringComparison.Ordinal)
        let lines = block.Split('\n').Where(line => !line.StartsWith("```", StringComparison.Ordinal)).ToArray()
        let keep = lines.Length < block.Split('\n').Length || lines.Any(line => ListLine().IsMatch(line))
        select new XElement(s_maml + "para", Plain(string.Join(keep ? '\n' : ' ', lines)));

    private static string Plain(string markdown) =>
        MarkdownLink().Replace(markdown, m => m.Groups["uri"].Value.StartsWith("http", StringComparison.Ordinal)
            ? $"{m.Groups["text"].Value} ({m.Groups["uri"].Value})" : m.Groups["text"].Value)
            .Replace("**", "", StringComparison.Ordinal).Replace("`", "", StringComparison.Ordinal);

    [GeneratedRegex("^[A-Z][A-Za-z]+-[A-Z][A-Za-z0-9]+$")]
    private static partial Regex CmdletName();

    [GeneratedRegex(@"(?<optional>\[)(?<positional>\[)-(?<name>\w+)\] <[^>]+>\]|(?<positional>\[)-(?<name>\w+)\] <[^>]+>|(?<optional>\[)-(?<name>\w+)( <[^>]+>)?\]|(?<![\w-])-(?<name>\w+)( <[^>]+>)?")]
    private static partial Regex SyntaxParameter();

    [GeneratedRegex(@"\[(?<text>[^\]]+)\]\((?<uri>[^)]*)\)")]
    private static partial Regex MarkdownLink();

    [GeneratedRegex(@"ProjectUri\s*=\s*'([^']+)'")]
    private static partial Regex ProjectUri();

    [GeneratedRegex(@"\n[ \t]*\n\s*")]
    private static partial Regex BlankLines();

    [GeneratedRegex(@"^\s*([-*|]|\d+\.) ")]
    private static partial Regex ListLine();
}
