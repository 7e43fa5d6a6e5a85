namespace PancreasSeg.Tests.Loading;

/// <summary>A copy of the module whose native libraries the test chooses.</summary>
internal sealed class ModuleCopy : IDisposable
{
    private static readonly string s_natives = Path.Combine(Repository.StagedBin, "runtimes", NativeLibraries.Rid, "native");

    private readonly string _root = Directory.CreateTempSubdirectory("module").FullName;

    /// <summary>Copies manifest, views and assemblies.</summary>
    /// <param name="natives">Native libraries to bring along, as links.</param>
    public ModuleCopy(params string[] natives)
    {
        foreach (
            string file in new[] { "PancreasSeg.psd1", "PancreasSeg.Format.ps1xml", "PancreasSeg.Types.ps1xml",
                "bin/PancreasSeg.dll", "bin/PancreasSeg.Core.dll", "bin/PancreasSeg.Loader.dll" }) Copy(file);
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.StagedBin, "dependencies")))
            Copy(Path.GetRelativePath(Repository.Root, file));
        Directory.CreateDirectory(Natives);
        foreach (string name in natives) File.CreateSymbolicLink(Path.Combine(Natives, name), Path.Combine(s_natives, name));
    }

    /// <summary>Folder of the staged module's own native libraries.</summary>
    public static string Complete => s_natives;

    /// <summary>The copy's folder of native libraries.</summary>
    public string Natives => Path.Combine(_root, "bin", "runtimes", NativeLibraries.Rid, "native");

    /// <summary>Imports the copy in a process of its own and runs a command there.</summary>
    public ShellProcess.Result Run(string command, IReadOnlyDictionary<string, string>? environment = null) =>
        ShellProcess.Run(["-NoProfile", "-Command", $"Import-Module '{Path.Combine(_root, "PancreasSeg.psd1")}'; {command}"], environment);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Copy(string relative)
    {
        string target = Path.Combine(_root, relative);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Copy(Path.Combine(Repository.Root, relative), target);
    }
}
