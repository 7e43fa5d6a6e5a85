using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace PancreasSeg.Core.Tests.Architecture;

/// <summary>Lines end at the column that .editorconfig names; dotnet format does not look at their length.</summary>
public partial class LineLengthTests
{
    private const int Columns = 140;

    [Fact]
    public void No_line_is_longer_than_140_columns() => Assert.Empty(
        from folder in new[] { "src", "tests", "benchmarks" }
        from file in Directory.EnumerateFiles(Path.Combine(Root(), folder), "*.cs", SearchOption.AllDirectories)
        where !Generated().IsMatch(file)
        from line in LongLines(File.ReadAllLines(file))
        select $"{Path.GetRelativePath(Root(), file)}:{line}");

    [Fact]
    public void A_text_that_is_too_long_by_itself_may_stand()
    {
        string words = new('x', Columns);
        Assert.Equal([2, 5], LongLines([$"Say(\"{words}\");", $"// {words}", "\"\"\"", words, $"\"\"\"; {words}", words[1..]]));
    }

    /// <summary>Numbers of the lines whose code is too long even without its strings; raw strings do not count.</summary>
    private static IEnumerable<int> LongLines(string[] lines)
    {
        bool raw = false;
        for (int i = 0; i < lines.Length; i++)
        {
            bool wasRaw = raw;
            if (lines[i].Split("\"\"\"").Length % 2 == 0) raw = !raw;
            string code = wasRaw && raw ? "" : lines[i];
            if (Text().Replace(code, "\"\"").Length > Columns) yield return i + 1;
        }
    }

    private static string Root([CallerFilePath] string thisFile = "") => Path.GetFullPath(Path.Combine(thisFile, "..", "..", "..", ".."));

    [GeneratedRegex(@"[\\/](bin|obj)[\\/]")]
    private static partial Regex Generated();

    [GeneratedRegex(@"""(?:\\.|[^""\\])*""")]
    private static partial Regex Text();
}
