using System.Management.Automation.Language;
using System.Text.RegularExpressions;

namespace PancreasSeg.Shell;

/// <summary>What to run: the command line of <c>-File script.ps1 arguments</c> or <c>-Command text</c>.</summary>
/// <param name="Script">The script's file, or null.</param>
/// <param name="Text">The command, or the arguments as they stand behind the script's name.</param>
/// <param name="ImportsModule">False with <c>-NoModule</c>, for scripts that build the module.</param>
internal sealed partial record ShellOptions(string? Script, string Text, bool ImportsModule)
{
    /// <summary>Shown when the command line makes no sense.</summary>
    public const string Usage = "usage: [-NoModule] -File <script.ps1> [arguments]  |  [-NoModule] -Command <text>";

    /// <summary>Reads the command line; null when it makes no sense.</summary>
    public static ShellOptions? Parse(string[] args)
    {
        bool imports = args is not [string first, ..] || !Is(first, "-NoModule");
        return (imports ? args : args[1..]) switch
        {
            [string option, string file, .. string[] rest] when Is(option, "-File") =>
                new(Path.GetFullPath(file), string.Join(' ', rest.Select(Quote)), imports),
            [string option, .. string[] text] when Is(option, "-Command") && text.Length > 0 => new(null, string.Join(' ', text), imports),
            _ => null,
        };
    }

    // "-Name" and "-Name:" stay parameters, true and false stay booleans, everything else is text.
    private static string Quote(string argument)
    {
        Match match = NamedArgument().Match(argument);
        if (!match.Success) return Literal(argument);
        string value = match.Groups["value"].Value;
        return match.Groups["name"].Value + (value.Length > 0 ? Literal(value) : "");
    }

    private static string Literal(string value) =>
        Is(value, "$true") || Is(value, "$false") ? value : $"'{CodeGeneration.EscapeSingleQuotedStringContent(value)}'";

    private static bool Is(string argument, string name) => argument.Equals(name, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"^(?<name>-[A-Za-z_]\w*:?)(?<value>.*)$", RegexOptions.Singleline)]
    private static partial Regex NamedArgument();
}
