using System.Management.Automation;
using PancreasSeg.Build;

namespace PancreasSeg.Tests;

public sealed class GeneratedDocsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_texts_say_what_the_code_says()
    {
        IReadOnlyList<string> stale = Docs(Repository.Root).Update(write: false);
        Assert.True(stale.Count == 0, $"{string.Join(", ", stale)}: run 'dotnet build src/PancreasSeg -c Release -t:UpdateDocs'.");
    }

    [Theory]
    [InlineData("docs/Resize-Volume.md", "Type: int[]", "Type: string[]")]
    [InlineData("docs/Resize-Volume.md", " -Size <int[]>", "")]
    [InlineData("docs/Resize-Volume.md", "[-Spacing]", "-Spacing")]
    [InlineData("docs/Test-PancreasModel.md",
        "```\nTest-PancreasModel [-Model] <Object> [-ThreadCount <int>] [<CommonParameters>]\n```\n\n", "")]
    [InlineData("docs/design.md", "| PairedComparison |", "| |")]
    [InlineData("docs/reasons.md", "| `HuOffset` |", "| `Offset` |")]
    [InlineData("en-US/about_PancreasSeg_Reasons.help.txt", "    HuOffset\n", "    Offset\n")]
    [InlineData("README.md", "| [Resize-Volume](docs/Resize-Volume.md) |", "| |")]
    [InlineData("en-US/about_PancreasSeg.help.txt", "    New-CtPhantom\n", "    New\n")]
    [InlineData("PancreasSeg.psd1", "        'Get-CtSeries'\n", "")]
    public void A_text_that_says_otherwise_is_told_and_put_right(string file, string right, string wrong)
    {
        Copy();
        string good = File.ReadAllText(_folder[file]), changed = good.Replace(right, wrong, StringComparison.Ordinal);
        Assert.NotEqual(good, changed);
        File.WriteAllText(_folder[file], changed);
        Assert.Equal([file], Docs(_folder.FullName).Update(write: false));
        Docs(_folder.FullName).Update(write: true);
        Assert.Equal(good.Split('\n').Order(), File.ReadAllText(_folder[file]).Split('\n').Order());
        Assert.Empty(Docs(_folder.FullName).Update(write: true));
    }

    [Fact]
    public void A_parameter_without_a_text_and_a_text_without_a_parameter_are_refused()
    {
        Copy();
        string page = _folder["docs/Resize-Volume.md"], good = File.ReadAllText(page);
        File.WriteAllText(page, good.Replace("### -Spacing\n", "### -Grid\n", StringComparison.Ordinal));
        Assert.Contains("says nothing of -Spacing",
            Assert.Throws<InvalidDataException>(() => Docs(_folder.FullName).Update(write: true)).Message, StringComparison.Ordinal);
        File.WriteAllText(page,
            good.Replace("### -Spacing\n", "### -Grid\nWhat.\n\n```yaml\nType: int\n```\n\n### -Spacing\n", StringComparison.Ordinal));
        Assert.Contains("describes -Grid", Assert.Throws<InvalidDataException>(() => Docs(_folder.FullName).Update(write: true)).Message,
            StringComparison.Ordinal);
    }

    private static GeneratedDocs Docs(string root) => new(root, Repository.Module, typeof(Cmdlet).Assembly.Location);

    private void Copy()
    {
        foreach (string folder in (string[])["docs", "en-US"])
        {
            Directory.CreateDirectory(_folder[folder]);
            foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, folder)))
                File.Copy(file, Path.Combine(_folder[folder], Path.GetFileName(file)));
        }
        foreach (string file in (string[])["README.md", "PancreasSeg.psd1"]) File.Copy(Path.Combine(Repository.Root, file), _folder[file]);
    }
}
