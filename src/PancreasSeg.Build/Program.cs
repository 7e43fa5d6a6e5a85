using PancreasSeg.Build;

const string Usage = """
    adjust-native <library> <destination>   write a copy that loads where libstdc++ is older than GLIBCXX_3.4.32
    hide-clones <assembly>                  keep the compiler's methods of records out of Get-Member
    write-forwards <assembly> <output cs>   name an assembly's public types in another one
    build-help <docs folder> <output xml>   turn one markdown page per cmdlet into PowerShell's help file
    update-docs <repository> <PancreasSeg.dll> <System.Management.Automation.dll>
                                            write into the repository's texts what they repeat of the code
    update-keys <assembly> <docs folder>    write the keys of options records into the pages that name them
    fetch-viewer <folder>                   fetch the viewer of the batch's interactive pages with npm
    write-notices <page> <assets>           write THIRD-PARTY-NOTICES.md from what a project.assets.json says was restored
    check-notices <page> <assets>           fail where that page is stale
    write-licenses <module> <assets>        write the licences of what a module carries; fail where a file has none
    """;

try
{
    switch (args)
    {
        case ["adjust-native", string library, string destination]:
            NativeAdjustment.Apply(library, destination);
            return 0;
        case ["hide-clones", string records]:
            RecordMethods.Hide(records);
            return 0;
        case ["write-forwards", string types, string output]:
            TypeForwards.Write(types, output);
            return 0;
        case ["build-help", string folder, string output]:
            HelpFile.Build(folder, output);
            return 0;
        case ["update-docs", string repository, string module, string powershell]:
            foreach (string file in new GeneratedDocs(repository, module, powershell).Update(write: true))
                Console.WriteLine($"{file} written");
            return 0;
        case ["update-keys", string assembly, string folder]:
            SettingList.Update(assembly, folder);
            return 0;
        case ["fetch-viewer", string folder]:
            ViewerPackage.Fetch(folder);
            return 0;
        case ["write-notices", string page, string assets]:
            File.WriteAllText(page, Notices.Page(RestoredPackage.Read(assets)));
            return 0;
        case ["check-notices", string page, string assets]:
            Notices.Check(page, assets);
            return 0;
        case ["write-licenses", string module, string assets]:
            Notices.WriteLicenses(module, assets);
            return 0;
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or BadImageFormatException)
{
    // The form MSBuild shows as an error of the build.
    Console.Error.WriteLine($"{args[1]} : error PSEG001: {e.Message}");
    return 1;
}
