using PancreasSeg.Build;

namespace PancreasSeg.Core.Tests.Build;

public sealed class NoticesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Assets => _folder.File("project.assets.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_package_with_files_is_named_and_each_text_stands_once()
    {
        Package("one", "<license type=\"expression\">MIT</license><copyright>Copyright One</copyright>", []);
        Package("two", "<license type=\"file\">LICENSE.md</license><copyright>Copyright Two</copyright>",
            [("LICENSE.md", "Own Licence\r\nbe kind  \r\n"), ("Notices", "parts of two"), ("README.md", "no licence")]);
        Package(
            "three", "<license type=\"expression\">MIT</license><authors>Three</authors>", [("THIRD-PARTY-NOTICES.TXT", "parts of two")]);
        Restore(("one/1.0", """ "runtime": { "lib/net8.0/One.dll": {} } """),
            ("two/1.0", """ "runtimeTargets": { "runtimes/linux-x64/native/libtwo.so": {} } """),
            ("three/1.0", """ "runtime": { "lib/Three.dll": {} }"""), ("meta/1.0", """ "runtime": { "lib/net8.0/_._": {} } """));
        IReadOnlyList<RestoredPackage> packages = RestoredPackage.Read(Assets);
        Assert.Equal(["one MIT", "three MIT", "two Own Licence"], packages.Select(p => $"{p.Id} {p.License}"));
        string page = Notices.Page(packages);
        Assert.Contains("| one | 1.0 | MIT | Copyright One | [1](#text-1) |\n", page, StringComparison.Ordinal);
        Assert.Contains("| three | 1.0 | MIT | Copyright Three | [2](#text-2), [1](#text-1) |\n", page, StringComparison.Ordinal);
        Assert.Contains("Own Licence\nbe kind\n", page, StringComparison.Ordinal);
        Assert.Equal(2, page.Split("parts of two").Length);
        Assert.DoesNotContain("no licence", page, StringComparison.Ordinal);
        string known = LicenseText.Known("MIT")!.Content;
        Assert.Contains("Permission is hereby granted, free of charge", known, StringComparison.Ordinal);
        Assert.Equal(2, page.Split($"text\n{known}\n``").Length);
    }

    [Fact]
    public void A_licence_without_a_known_text_is_refused()
    {
        Package("one", "<license type=\"expression\">Unheard-1.0</license>", [("NOTICE", "")]);
        Restore(("one/1.0", """ "runtime": { "lib/net8.0/One.dll": {} } """));
        Assert.Contains("one 1.0 brings no licence file", Assert.Throws<InvalidDataException>(() => RestoredPackage.Read(Assets)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_stale_page_is_refused()
    {
        Package("one", "<license type=\"expression\">MIT</license>", []);
        Restore(("one/1.0", """ "runtime": { "lib/net8.0/One.dll": {} } """));
        string page = _folder.File("page.md");
        Assert.Throws<InvalidDataException>(() => Notices.Check(page, Assets));
        File.WriteAllText(page, Notices.Page(RestoredPackage.Read(Assets)));
        Notices.Check(page, Assets);
        File.AppendAllText(page, " ");
        Assert.Throws<InvalidDataException>(() => Notices.Check(page, Assets));
    }

    [Fact]
    public void A_module_gets_the_texts_of_what_it_carries_and_a_file_of_nobody_is_refused()
    {
        Package("one", "<license type=\"expression\">MIT</license><copyright>Copyright One</copyright>", []);
        Package("two", "<license type=\"expression\">MIT</license>", [("LICENSE.md", "two"), ("NOTICE-2.0", "parts")]);
        Restore(("one/1.0", """ "runtime": { "lib/net8.0/One.dll": {} } """), ("two/1.0", """ "runtime": { "lib/Two.dll": {} } """));
        string module = _folder.File("module");
        Touch("bin/PancreasSeg.dll", "bin/dependencies/One.dll", "bin/viewer/niivue.umd.js");
        Notices.WriteLicenses(module, Assets);
        Assert.Equal(["one"], Directory.GetDirectories(Path.Combine(module, "licenses")).Select(Path.GetFileName));
        Assert.Contains("Copyright One", File.ReadAllText(Path.Combine(module, "licenses", "one", "MIT.txt")), StringComparison.Ordinal);
        Touch("bin/dependencies/Two.dll");
        Notices.WriteLicenses(module, Assets);
        Assert.Equal(
            ["LICENSE.md", "NOTICE-2.0.txt"], Directory.GetFiles(Path.Combine(module, "licenses", "two")).Select(Path.GetFileName).Order());
        foreach (string stray in new[] { "bin/dependencies/Three.dll", "bin/dependencies/PancreasSeg.Core.dll" })
        {
            Touch(stray);
            Assert.Contains(Path.GetFileName(stray),
                Assert.Throws<InvalidDataException>(() => Notices.WriteLicenses(module, Assets)).Message, StringComparison.Ordinal);
            File.Delete(Path.Combine(module, stray));
        }

        void Touch(params string[] names)
        {
            foreach (string file in names.Select(name => Path.Combine(module, name)))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                File.WriteAllText(file, "");
            }
        }
    }

    [Fact]
    public void Every_text_that_a_part_names_is_there() =>
        Assert.All(BundledPart.All.SelectMany(p => p.Texts), name => Assert.NotNull(LicenseText.Known(name)));

    private void Package(string id, string metadata, (string Name, string Content)[] files)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder.FullName, "packages", id, "1.0")).FullName;
        File.WriteAllText(Path.Combine(folder, $"{id}.nuspec"),
            $"<package xmlns=\"urn:any\"><metadata><id>{id}</id><version>1.0</version>{metadata}</metadata></package>");
        foreach ((string name, string content) in files) File.WriteAllText(Path.Combine(folder, name), content);
    }

    private void Restore(params (string Package, string Files)[] packages)
    {
        string targets = string.Join(",", packages.Select(p => $$""" "{{p.Package}}": { "type": "package", {{p.Files}} } """));
        string libraries = string.Join(",", packages.Select(p => $$""" "{{p.Package}}": { "path": "{{p.Package}}" } """));
        string root = System.Text.Json.JsonSerializer.Serialize(Path.Combine(_folder.FullName, "packages"));
        File.WriteAllText(Assets,
            $$"""{ "targets": { "net10.0": { {{targets}}, "Own/1.0": { "type": "project" } } }, "libraries": { {{libraries}} }, "packageFolders": { {{root}}: {} } }""");
    }
}
