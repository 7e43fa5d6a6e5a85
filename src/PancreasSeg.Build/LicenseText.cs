namespace PancreasSeg.Build;

/// <summary>The text of a licence.</summary>
/// <param name="Name">Name of its file, or of the licence.</param>
/// <param name="Content">The text; lines end in a line feed and not in blanks.</param>
internal sealed record LicenseText(string Name, string Content)
{
    /// <summary>What a file with it is called.</summary>
    public string FileName => Path.GetExtension(Name).ToUpperInvariant() is ".TXT" or ".MD" ? Name : $"{Name}.txt";

    /// <summary>A text this build holds, by SPDX identifier; else null.</summary>
    public static LicenseText? Known(string name)
    {
        using Stream? text = typeof(LicenseText).Assembly.GetManifestResourceStream($"{name}.txt");
        return text is null ? null : new LicenseText(name, Clean(new StreamReader(text).ReadToEnd()));
    }

    /// <summary>A text as it is compared and shown.</summary>
    public static string Clean(string text) =>
        string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())).Trim('\n');
}
