using System.Globalization;
using System.Text;

namespace PancreasSeg.Build;

/// <summary>What a module owes to the makers of what it carries: one page for all packages, and a folder of texts for each.</summary>
internal static class Notices
{
    private const string Platforms = "libtorch-cpu-", Fence = "``````";

    /// <summary>The page. It is the same for every platform: libtorch's packages differ in their files only.</summary>
    public static string Page(IReadOnlyList<RestoredPackage> packages)
    {
        var texts = new List<(LicenseText Text, List<string> Users)>();
        string Links(IEnumerable<LicenseText> used, string user) => string.Join(", ", used.Select(text =>
        {
            int known = texts.FindIndex(t => t.Text.Content == text.Content);
            if (known < 0) (known, texts) = (texts.Count, [.. texts, (text, [])]);
            if (!texts[known].Users.Contains(user)) texts[known].Users.Add(user);
            return $"[{known + 1}](#text-{known + 1})";
        }));

        var page = new StringBuilder("""
            # Third-party notices

            PancreasSeg is under the MIT licence ([LICENSE](LICENSE)). Its packages carry the works named here, unchanged but for one: of TorchSharp's libLibTorchSharp.so for Linux the need of one version of the C++ library is marked as weak. The package without libtorch holds fewer of them. This page is made from the restored packages; do not edit it.

            ## Packages

            | package | version | licence | copyright | texts |
            |---|---|---|---|---|

            """.ReplaceLineEndings("\n"));
        foreach (RestoredPackage package in packages)
        {
            string id = package.Id.StartsWith(Platforms, StringComparison.Ordinal)
                ? $"{Platforms}linux-x64, {Platforms}osx-arm64, {Platforms}win-x64" : package.Id;
            page.Append(CultureInfo.InvariantCulture,
                $"| {id} | {package.Version} | {package.License} | {package.Copyright} | {Links(package.Texts, package.Id.StartsWith(Platforms, StringComparison.Ordinal) ? "libtorch-cpu" : package.Id)} |\n");
        }
        page.Append("\n## Parts of them, and others\n\n| work | where | licence | copyright | texts |\n|---|---|---|---|---|\n");
        foreach (BundledPart part in BundledPart.All)
            page.Append(CultureInfo.InvariantCulture,
                $"| {part.Name} | {part.Where} | {part.License} | {part.Copyright} | {Links(part.Texts.Select(name => LicenseText.Known(name)!), part.Name)} |\n");
        page.Append("\n## Texts\n");
        for (int i = 0; i < texts.Count; i++)
            page.Append(CultureInfo.InvariantCulture,
                $"\n<a id=\"text-{i + 1}\"></a>\n\n### {i + 1}. {texts[i].Text.Name}: {string.Join(", ", texts[i].Users)}\n\n{Fence}text\n{texts[i].Text.Content}\n{Fence}\n");
        return page.ToString();
    }

    /// <summary>Compares the committed page with the one that the restored packages make.</summary>
    /// <exception cref="InvalidDataException">It is stale.</exception>
    public static void Check(string file, string assets)
    {
        if (!File.Exists(file) || File.ReadAllText(file).ReplaceLineEndings("\n") != Page(RestoredPackage.Read(assets)))
            throw new InvalidDataException(
                "it does not name what the restored packages bring. Write it anew: dotnet build src/PancreasSeg -c Release -t:WriteNotices");
    }

    /// <summary>Writes the texts of what a module carries into folders named by package.</summary>
    /// <param name="module">Folder of the module.</param>
    /// <param name="assets">What was restored for it.</param>
    /// <exception cref="InvalidDataException">A file of the module comes from none of the packages.</exception>
    public static void WriteLicenses(string module, string assets)
    {
        IReadOnlyList<RestoredPackage> packages = RestoredPackage.Read(assets);
        string bin = Path.Combine(module, "bin");
        foreach (string file in Directory.EnumerateFiles(bin, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetFileName(file);
            if (Path.GetDirectoryName(file) == bin && name.StartsWith("PancreasSeg.", StringComparison.Ordinal)) continue;
            // The viewer's texts lie beside it.
            if (Path.GetFileName(Path.GetDirectoryName(file)) == "viewer") continue;
            if (!packages.Any(p => p.Files.Contains(name)))
                throw new InvalidDataException($"bin/{Path.GetRelativePath(bin, file)} comes from no package that was restored.");
            foreach (RestoredPackage package in packages.Where(p => p.Files.Contains(name)))
            {
                string folder = Path.Combine(module, "licenses", package.Id);
                Directory.CreateDirectory(folder);
                foreach (LicenseText text in package.Texts)
                    File.WriteAllText(Path.Combine(folder, text.FileName),
                        $"{package.Id} {package.Version}\n{package.Copyright}\nLicence: {package.License}\n\n{text.Content}\n");
            }
        }
    }
}
