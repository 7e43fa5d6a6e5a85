using System.Text.RegularExpressions;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>docs/dicom-traps.md and docs/nifti-traps.md are promises: each row names the tests that keep it.</summary>
public partial class TrapsPageTests
{
    private static readonly string s_root = Root();
    private static readonly string s_page = Page("dicom-traps.md"), s_niftiPage = Page("nifti-traps.md");

    [Fact]
    public void Every_test_that_the_page_names_exists()
    {
        string[] sources = Directory.GetFiles(Path.Combine(s_root, "tests"), "*Tests.cs", SearchOption.AllDirectories);
        string[] named = [.. TestName().Matches(s_page + s_niftiPage).Select(m => m.Value).Distinct()];
        Assert.True(named.Length > 60);
        Assert.All(named, name =>
        {
            string[] parts = name.Split('.');
            string source = File.ReadAllText(Assert.Single(sources, f => Path.GetFileName(f) == parts[0] + ".cs"));
            Assert.Matches($@"public (async Task|void) {parts[1]}(_\w+)?\(", source);
        });
    }

    [Fact]
    public void Every_Pester_test_that_the_page_names_exists()
    {
        MatchCollection named = PesterName().Matches(s_page);
        Assert.NotEmpty(named);
        Assert.All(
            named, name => Assert.Contains($"It '{name.Groups[2].Value}",
                File.ReadAllText(Path.Combine(s_root, "tests", "Pester", name.Groups[1].Value)), StringComparison.Ordinal));
    }

    [Fact]
    public void All_traps_have_a_row_with_a_test()
    {
        var covered = new List<int>();
        foreach (string row in s_page.Split('\n').Where(line => Row().IsMatch(line)))
        {
            Assert.Matches(TestName(), row);
            foreach (string number in row.Split('|')[1].Split(','))
                covered.Add(int.Parse(number, System.Globalization.CultureInfo.InvariantCulture));
        }
        Assert.Equal(Enumerable.Range(1, 94), covered.Order());
        string[] rows = [.. s_niftiPage.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1)];
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.True(row.StartsWith("| trap |", StringComparison.Ordinal) || TestName().IsMatch(row), row));
    }

    private static string Page(string name) => File.ReadAllText(Path.Combine(s_root, "docs", name));

    private static string Root()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "PancreasSeg.slnx"))) return folder.FullName;
        throw new DirectoryNotFoundException("The repository's root was not found above the tests.");
    }

    [GeneratedRegex(@"\b\w+Tests\.\w+")]
    private static partial Regex TestName();

    [GeneratedRegex(@"(\w+\.Tests\.ps1) '([^']+)'")]
    private static partial Regex PesterName();

    [GeneratedRegex(@"^\| \d+(, \d+)* \|")]
    private static partial Regex Row();
}
