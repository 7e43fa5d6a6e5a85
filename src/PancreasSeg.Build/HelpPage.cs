namespace PancreasSeg.Build;

/// <summary>One parameter as the page describes it.</summary>
/// <param name="Name">Without the dash.</param>
/// <param name="Text">Markdown paragraphs.</param>
/// <param name="Facts">The yaml block: Type, Required, Position, Accept pipeline input, Accept wildcards, Aliases, Default.</param>
internal sealed record HelpParameter(string Name, string Text, IReadOnlyDictionary<string, string> Facts)
{
    /// <summary>A fact, or what it is when the page does not say.</summary>
    public string Fact(string key, string otherwise) => Facts.GetValueOrDefault(key, otherwise);
}

/// <summary>One example: what it is for, the command, what it does.</summary>
internal sealed record HelpExample(string Title, string Introduction, string Code, string Remarks);

/// <summary>One markdown page about one cmdlet. CONTRIBUTING.md shows the form.</summary>
/// <param name="Name">The cmdlet.</param>
/// <param name="Sections">Text below each <c>##</c> heading, by its name in capitals.</param>
internal sealed record HelpPage(string Name, IReadOnlyDictionary<string, string> Sections)
{
    private static readonly string[] s_known =
        ["SYNOPSIS", "SYNTAX", "DESCRIPTION", "EXAMPLES", "PARAMETERS", "INPUTS", "OUTPUTS", "NOTES", "RELATED LINKS"];

    private static readonly string[] s_facts =
        ["Type", "Required", "Position", "Accept pipeline input", "Accept wildcards", "Aliases", "Default"];

    /// <summary>Reads a page.</summary>
    /// <param name="name">Name of the file, which the title must repeat.</param>
    /// <param name="markdown">The page.</param>
    /// <exception cref="InvalidDataException">A heading is unknown, missing or twice; the message names the page.</exception>
    public static HelpPage Parse(string name, string markdown)
    {
        markdown = markdown.ReplaceLineEndings("\n");
        if (markdown.StartsWith("---\n", StringComparison.Ordinal))
            markdown = markdown[(markdown.IndexOf("\n---\n", StringComparison.Ordinal) + 5)..];
        string title = markdown.TrimStart().Split('\n')[0].Trim();
        if (title != $"# {name}") throw new InvalidDataException($"{name}: the page starts with '{title}', not '# {name}'.");

        var sections = new Dictionary<string, string>();
        foreach ((string heading, string text) in Split(markdown, "## "))
        {
            if (!s_known.Contains(heading)) throw new InvalidDataException($"{name}: there is no section '{heading}'.");
            if (!sections.TryAdd(heading, text)) throw new InvalidDataException($"{name}: section '{heading}' twice.");
        }
        foreach (string needed in s_known[..4])
        {
            if (!sections.ContainsKey(needed)) throw new InvalidDataException($"{name}: section '{needed}' is missing.");
        }
        return new HelpPage(name, sections);
    }

    /// <summary>Text of a section, empty when the page has none.</summary>
    public string Section(string heading) => Sections.GetValueOrDefault(heading, "");

    /// <summary>The command lines of SYNTAX, one code block for each parameter set.</summary>
    public IEnumerable<string> SyntaxLines()
    {
        string rest = Section("SYNTAX");
        while (TakeBlock(ref rest, out _) is string block) yield return string.Join(' ', block.Split('\n').Select(line => line.Trim()));
    }

    /// <summary>The examples in order.</summary>
    public IEnumerable<HelpExample> Examples()
    {
        foreach ((string title, string text) in Split(Section("EXAMPLES"), "### "))
        {
            string rest = text;
            string code = TakeBlock(ref rest, out string before) ?? throw new InvalidDataException($"{Name}: '{title}' has no code block.");
            yield return new HelpExample(title, before.Trim(), code, rest.Trim());
        }
    }

    /// <summary>The parameters in the page's order.</summary>
    public IEnumerable<HelpParameter> Parameters()
    {
        foreach ((string heading, string text) in Split(Section("PARAMETERS"), "### "))
        {
            if (heading == "CommonParameters") continue;
            string rest = text;
            string facts = TakeBlock(ref rest, out string before)
                ?? throw new InvalidDataException($"{Name}: {heading} has no yaml block.");
            yield return new HelpParameter(heading.TrimStart('-'), before.Trim(), ReadFacts(heading, facts));
        }
    }

    private Dictionary<string, string> ReadFacts(string heading, string block)
    {
        var facts = new Dictionary<string, string>();
        foreach (string line in block.Split('\n'))
        {
            string[] pair = line.Split(':', 2, StringSplitOptions.TrimEntries);
            if (pair.Length != 2 || !s_facts.Contains(pair[0])) throw new InvalidDataException($"{Name}: {heading} has the line '{line}'.");
            if (pair[1].Length > 0) facts[pair[0]] = pair[1];
        }
        return facts;
    }

    /// <summary>Headings of one level with the text below each; lines inside code blocks are never headings.</summary>
    public static IEnumerable<(string Heading, string Text)> Split(string markdown, string level)
    {
        string? heading = null;
        var text = new List<string>();
        bool code = false;
        foreach (string line in markdown.Split('\n'))
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) code = !code;
            if (code || !line.StartsWith(level, StringComparison.Ordinal))
            {
                text.Add(line);
                continue;
            }
            if (heading is not null) yield return (heading, string.Join('\n', text).Trim());
            heading = line[level.Length..].Trim();
            text.Clear();
        }
        if (heading is not null) yield return (heading, string.Join('\n', text).Trim());
    }

    // The first code block; what stands before it comes out, what stands after it is left in the text.
    private static string? TakeBlock(ref string text, out string before)
    {
        before = text;
        string[] lines = text.Split('\n');
        int open = Array.FindIndex(lines, IsFence);
        int close = open < 0 ? -1 : Array.FindIndex(lines, open + 1, IsFence);
        if (close < 0) return null;
        before = string.Join('\n', lines[..open]);
        text = string.Join('\n', lines[(close + 1)..]);
        return string.Join('\n', lines[(open + 1)..close]);

        static bool IsFence(string line) => line.StartsWith("```", StringComparison.Ordinal);
    }
}
