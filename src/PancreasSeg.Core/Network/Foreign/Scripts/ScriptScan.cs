using System.Text.RegularExpressions;

namespace PancreasSeg.Network.Foreign;

/// <summary>
/// Reads the program of a TorchScript archive without running it, and refuses whatever is not known to be arithmetic. It does not
/// understand the program: a name that is called must be on a list, or a method of the program itself.
/// </summary>
internal sealed partial class ScriptScan
{
    private readonly HashSet<string> _methods = new(StringComparer.Ordinal);
    private readonly List<string[]> _programs = [];

    /// <summary>Takes one file of the program.</summary>
    /// <exception cref="FormatException">It holds what the program of a network never does; the message says what.</exception>
    public void Add(string text)
    {
        string[] tokens = [.. Tokens(text)];
        for (int i = 1; i < tokens.Length; i++)
            if (tokens[i - 1] == "def" && IsName(tokens[i])) _methods.Add(tokens[i]);
        _programs.Add(tokens);
    }

    /// <summary>Looks at all that was added.</summary>
    /// <exception cref="FormatException">As <see cref="Add"/>.</exception>
    public void Check()
    {
        foreach (string[] tokens in _programs)
            for (int i = 0; i < tokens.Length; i++)
            {
                if (ScriptNames.Never.Contains(tokens[i].Trim('\'', '"'))) throw new FormatException($"'{tokens[i].Trim('\'', '"')}'");
                if (tokens[i] == "getattr") CheckAttribute(tokens, i);
                if (IsName(tokens[i]) && (i == 0 || tokens[i - 1] != ".")) CheckChain(tokens, i);
                else if (IsName(tokens[i]) && IsCalled(tokens, i) && !IsOfLibrary(tokens, i)) CheckMethod(tokens[i]);
                if (tokens[i] == "(" && i > 0 && tokens[i - 1] is ")" or "]") throw new FormatException("a call of what is no name");
            }
    }

    /// <summary>A name, or names joined by dots.</summary>
    private static void CheckChain(string[] tokens, int start)
    {
        int end = start;
        while (end + 2 < tokens.Length && tokens[end + 1] == "." && IsName(tokens[end + 2])) end += 2;
        string[] names = [.. tokens[start..(end + 1)].Where(t => t != ".")];
        string whole = string.Join('.', names);
        bool isFine = names switch
        {
            ["torch", var name] => ScriptNames.Torch.Contains(name),
            ["torch", ..] => false,
            ["ops", "prim", var name] => ScriptNames.Operators.Contains(name),
            ["ops", ..] => false,
            ["__torch__", "torch", "classes", ..] => false,
            ["__torch__", ..] => true,
            [var name] => !IsCalled(tokens, end) || ScriptNames.Language.Contains(name) || ScriptNames.Keywords.Contains(name)
                || start > 0 && tokens[start - 1] is "def" or "class",
            _ => true,
        };
        if (!isFine) throw new FormatException($"'{whole}'");
    }

    /// <summary>An attribute is named by text only where its name is none of the language: anything else could be a function.</summary>
    private static void CheckAttribute(string[] tokens, int start)
    {
        int end = start + 1, depth = 0;
        do
        {
            if (end >= tokens.Length) throw new FormatException("'getattr'");
            depth += tokens[end] switch { "(" => 1, ")" => -1, _ => 0 };
            end++;
        }
        while (depth > 0);
        // Of an object and a text; what a backslash stands for in it is not looked into.
        bool isFine = tokens[end - 2] is ['"' or '\'', >= '0' and <= '9', ..] && tokens[end - 3] == ","
            && tokens[start..end].Count(t => t == ",") == 1 && !tokens[end - 2].Contains('\\', StringComparison.Ordinal);
        if (!isFine) throw new FormatException("'getattr'");
    }

    private void CheckMethod(string name)
    {
        if (!_methods.Contains(name) && !ScriptNames.Torch.Contains(name)) throw new FormatException($"the method '{name}'");
    }

    private static bool IsCalled(string[] tokens, int at) => at + 1 < tokens.Length && tokens[at + 1] == "(";

    /// <summary>True for a name in a chain that begins with a library: it was looked at from its beginning.</summary>
    private static bool IsOfLibrary(string[] tokens, int at)
    {
        while (at > 1 && tokens[at - 1] == "." && IsName(tokens[at - 2])) at -= 2;
        return tokens[at] is "torch" or "ops" or "__torch__" && (at == 0 || tokens[at - 1] != ".");
    }

    private static bool IsName(string token) => char.IsAsciiLetter(token[0]) || token[0] == '_';

    private static IEnumerable<string> Tokens(string text)
    {
        int open = 0;
        for (int at = 0; at < text.Length;)
        {
            Match token = Token().Match(text, at);
            if (!token.Success || token.Length == 0) throw new FormatException($"the character '{FileNames.Safe(text[at].ToString())}'");
            at += token.Length;
            bool isLiteral = token.Value[0] is '"' or '\'';
            // Text in a form that the language reads otherwise than this scan does.
            if (at < text.Length && text[at] is '"' or '\'' && (isLiteral || IsName(token.Value)))
                throw new FormatException("text with a prefix");
            if (token.Value[0] == '#' && token.Value.Contains("type:", StringComparison.Ordinal)) throw new FormatException("a type in a comment");
            open += token.Value switch { "(" or "[" or "{" => 1, ")" or "]" or "}" => -1, _ => 0 };
            // Within brackets a line goes on.
            if (open == 0 && char.IsWhiteSpace(token.Value[0]) && token.Value.Contains('\n', StringComparison.Ordinal)) yield return "\n";
            if (!char.IsWhiteSpace(token.Value[0]) && token.Value[0] != '#') yield return token.Value;
        }
    }

    // Space, a comment, text, a name, a number, any other printable character of ASCII but a backslash.
    [GeneratedRegex("""
        \G(?: \s+ | \#[^\n]* | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' | [A-Za-z_][A-Za-z_0-9]*
            | [0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)? | [!$-&(-\[\]-~] )
        """, RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Token();
}
