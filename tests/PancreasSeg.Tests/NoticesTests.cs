using System.Text.RegularExpressions;

namespace PancreasSeg.Tests;

public partial class NoticesTests
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(Repository.Root, "THIRD-PARTY-NOTICES.md"));

    // Rows "| id, id | version | ...".
    private static readonly string[] s_packages =
    [
        .. from row in PackageRow().Matches(s_page)
           from id in row.Groups["ids"].Value.Split(", ")
           let folder = Path.Combine(Repository.Packages, id.ToLowerInvariant(), row.Groups["version"].Value)
           where Directory.Exists(folder)
           select folder,
    ];

    public static TheoryData<string> Files() =>
        [.. Directory.EnumerateFiles(Repository.StagedBin, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.StagedBin, file)).Where(file => !Own().IsMatch(file))];

    [Theory]
    [MemberData(nameof(Files))]
    public void Each_file_of_the_module_comes_from_a_package_that_the_notices_name(string file)
    {
        string name = Path.GetFileName(file);
        if (file.StartsWith("viewer", StringComparison.Ordinal))
        {
            Assert.Contains("| NiiVue ", s_page, StringComparison.Ordinal);
            return;
        }
        string[] same = [.. s_packages.SelectMany(folder => Directory.EnumerateFiles(folder, name, SearchOption.AllDirectories))];
        // TorchSharp's library for Linux is the one that is changed: as many bytes, a few of them others.
        byte[] staged = File.ReadAllBytes(Path.Combine(Repository.StagedBin, file));
        Assert.Contains(same, original => new FileInfo(original).Length == staged.Length
            && (name == "libLibTorchSharp.so" || File.ReadAllBytes(original).AsSpan().SequenceEqual(staged)));
    }

    [GeneratedRegex(@"^\| (?<ids>[\w.-]+(, [\w.-]+)*) \| (?<version>\d[\w.-]*) \|", RegexOptions.Multiline)]
    private static partial Regex PackageRow();

    [GeneratedRegex(@"^PancreasSeg(\.Core|\.Loader)?\.(dll|pdb)$")]
    private static partial Regex Own();
}
