namespace PancreasSeg.Core.Tests.Runtime;

public sealed class NativeLibrariesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("natives").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("LibTorchSharp", "libLibTorchSharp.so")]
    [InlineData("torch_cpu", "libtorch_cpu.so")]
    [InlineData("libonnxruntime.so", "libonnxruntime.so")]
    [InlineData("onnxruntime", "libonnxruntime.so")]
    [InlineData("plain", "plain.so")]
    public void Names_are_found_with_and_without_prefix_and_suffix(string asked, string file)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "names of Linux");
        string path = Path.Combine(_folder, file);
        File.WriteAllText(path, "");
        Assert.Equal(path, NativeLibraries.Find([_folder], asked));
    }

    [Fact]
    public void The_first_folder_that_has_the_file_wins_and_none_is_null()
    {
        string[] folders = [Path.Combine(_folder, "absent"), Path.Combine(_folder, "a"), Path.Combine(_folder, "b")];
        foreach (string folder in folders[1..])
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "name"), "");
        }
        Assert.Equal(Path.Combine(folders[1], "name"), NativeLibraries.Find(folders, "name"));
        Assert.Null(NativeLibraries.Find(folders, "other"));
    }

    [Fact]
    public void The_modules_own_folder_is_that_of_the_platform() =>
        Assert.Equal(Path.Combine(_folder, "runtimes", NativeLibraries.Rid, "native"), NativeLibraries.Folders(_folder)[^1]);
}
