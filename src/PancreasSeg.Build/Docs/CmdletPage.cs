namespace PancreasSeg.Build;

/// <summary>Writes into a page what the code of its cmdlet says: the command lines and, of each parameter, all but its text and
/// default.</summary>
internal static class CmdletPage
{
    private const int LineLength = 140;

    /// <summary>The page as it should be.</summary>
    /// <exception cref="InvalidDataException">The page has not the form, misses a parameter or has one too many.</exception>
    public static string Update(string page, CmdletCode cmdlet)
    {
        HelpPage.Parse(cmdlet.Name, page);
        page = Section(page, "## SYNTAX", string.Join("\n\n", cmdlet.Syntax().Select(line => $"```\n{Wrap(line)}\n```")));
        foreach (ParameterCode parameter in cmdlet.Parameters)
        {
            if (!page.Contains($"\n### -{parameter.Name}\n", StringComparison.Ordinal))
                throw new InvalidDataException(
                    $"docs/{cmdlet.Name}.md says nothing of -{parameter.Name}: add '### -{parameter.Name}' and a sentence.");
            page = Section(page, $"### -{parameter.Name}", Described(Text(page, $"### -{parameter.Name}"), parameter));
        }
        if (HelpPage.Parse(cmdlet.Name, page).Parameters().FirstOrDefault(p => cmdlet.Parameters.All(q => q.Name != p.Name)) is { } unknown)
            throw new InvalidDataException($"docs/{cmdlet.Name}.md describes -{unknown.Name}, which the cmdlet does not have.");
        return page;
    }

    // The text stays, and the default, which no attribute tells.
    private static string Described(string text, ParameterCode parameter)
    {
        int block = text.IndexOf("```yaml\n", StringComparison.Ordinal);
        string words = (block < 0 ? text : text[..block]).Trim();
        string? standard = block < 0 ? null
            : text[block..].Split('\n').FirstOrDefault(line => line.StartsWith("Default: ", StringComparison.Ordinal));
        string[] facts = [.. parameter.Facts(), .. standard is null or "Default: None" ? Array.Empty<string>() : [standard]];
        return $"{words}\n\n```yaml\n{string.Join('\n', facts)}\n```";
    }

    private static (int Start, int End) Bounds(string page, string heading)
    {
        int start = page.IndexOf($"\n{heading}\n", StringComparison.Ordinal) + heading.Length + 2, end = start;
        bool code = false;
        string level = heading.Split(' ')[0];
        foreach (string line in page[start..].Split('\n'))
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) code = !code;
            if (!code && line.StartsWith('#') && line.IndexOf(' ', StringComparison.Ordinal) <= level.Length) break;
            end += line.Length + 1;
        }
        return (start, Math.Min(end, page.Length));
    }

    private static string Text(string page, string heading)
    {
        (int start, int end) = Bounds(page, heading);
        return page[start..end];
    }

    private static string Section(string page, string heading, string text)
    {
        (int start, int end) = Bounds(page, heading);
        string blank = heading.StartsWith("## ", StringComparison.Ordinal) ? "\n" : "";
        return $"{page[..start]}{blank}{text}\n{(end < page.Length ? "\n" : "")}{page[end..]}";
    }

    private static string Wrap(string line)
    {
        var lines = new List<string> { "" };
        // "[-Name <type>]" stays in one piece.
        foreach (string part in line.Replace(" <", "\0<", StringComparison.Ordinal).Split(' '))
        {
            string text = part.Replace('\0', ' ');
            if (lines[^1].Length > 0 && lines[^1].Length + 1 + text.Length > LineLength) lines.Add($"    {text}");
            else lines[^1] += lines[^1].Length == 0 ? text : $" {text}";
        }
        return string.Join('\n', lines);
    }
}
