using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace PancreasSeg.Build;

/// <summary>A NuGet package with files that a module can carry.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Version">Its version.</param>
/// <param name="License">SPDX expression, or the heading of the licence file it names instead.</param>
/// <param name="Copyright">Its copyright statement.</param>
/// <param name="Files">Names of its assemblies and native libraries, of every platform.</param>
/// <param name="Texts">Its licence files, or the text of its licence where it brings none.</param>
internal sealed partial record RestoredPackage(
    string Id, string Version, string License, string Copyright, IReadOnlySet<string> Files, IReadOnlyList<LicenseText> Texts)
{
    private static readonly string[] s_kinds = ["runtime", "runtimeTargets"];

    /// <summary>Reads what NuGet restored for a project.</summary>
    /// <param name="assets">The project's project.assets.json.</param>
    /// <exception cref="InvalidDataException">A package states no licence whose text is known.</exception>
    public static IReadOnlyList<RestoredPackage> Read(string assets)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(assets));
        JsonElement root = document.RootElement;
        string[] folders = [.. root.GetProperty("packageFolders").EnumerateObject().Select(f => f.Name)];
        return
        [
            .. from package in root.GetProperty("targets").EnumerateObject().First().Value.EnumerateObject()
               where package.Value.GetProperty("type").GetString() == "package"
               let files = FilesOf(package.Value)
               where files.Count > 0
               let path = root.GetProperty("libraries").GetProperty(package.Name).GetProperty("path").GetString()!
               orderby package.Name.ToUpperInvariant()
               select Describe(folders.Select(f => Path.Combine(f, path)).First(Directory.Exists), files),
        ];
    }

    // An empty placeholder is called "_._".
    private static HashSet<string> FilesOf(JsonElement package) =>
        [.. from kind in s_kinds
            where package.TryGetProperty(kind, out _)
            from asset in package.GetProperty(kind).EnumerateObject()
            select Path.GetFileName(asset.Name) into name
            where name != "_._"
            select name];

    private static RestoredPackage Describe(string folder, HashSet<string> files)
    {
        XElement metadata = XDocument.Load(Directory.EnumerateFiles(folder, "*.nuspec").Single()).Root!.Elements()
            .Single(e => e.Name.LocalName == "metadata");
        string? Value(string name) => metadata.Elements().FirstOrDefault(e => e.Name.LocalName == name)?.Value.Trim();
        (string id, string version, string license) = (Value("id")!, Value("version")!, Value("license") ?? "");
        string copyright = Value("copyright") ?? $"Copyright {Value("authors")}";
        List<LicenseText> texts = [.. from file in Directory.EnumerateFiles(folder)
                                      let name = Path.GetFileName(file)
                                      where LegalFile().IsMatch(name)
                                      orderby name.ToUpperInvariant()
                                      select new LicenseText(name, LicenseText.Clean(File.ReadAllText(file)))];
        if (texts.FirstOrDefault(t => t.Name == license) is { } named) license = named.Content.Split('\n')[0];
        else if (!texts.Any(t => t.Name.StartsWith("LICEN", StringComparison.OrdinalIgnoreCase)))
            texts.Add(
                LicenseText.Known(license) ?? throw new InvalidDataException(
                    $"{id} {version} brings no licence file, and the text of '{license}' is not among those this build knows."));
        return new RestoredPackage(id, version, license, copyright, files, texts);
    }

    [GeneratedRegex("^(licen[sc]e|copying|notice|third)", RegexOptions.IgnoreCase)]
    private static partial Regex LegalFile();
}
