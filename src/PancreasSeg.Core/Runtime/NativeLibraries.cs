using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PancreasSeg;

/// <summary>Where the native libraries lie and what their files are called. The one lookup for the module and its error messages.</summary>
internal static class NativeLibraries
{
    /// <summary>Environment variable naming a folder that is searched before the module's own, e.g. a CUDA build of libtorch.</summary>
    public const string OverrideVariable = "PANCREASSEG_NATIVE";

    // Beginnings of the engines' file names, after "lib".
    private static readonly string[] s_engineNames = ["torch", "LibTorch", "c10", "onnxruntime", "gomp", "omp", "iomp"];

    /// <summary>Platform in NuGet's terms, e.g. <c>linux-x64</c>.</summary>
    public static string Rid { get; } =
        (OperatingSystem.IsWindows() ? "win-" : OperatingSystem.IsMacOS() ? "osx-" : "linux-")
        + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    /// <summary>Folders searched inside the module, in order.</summary>
    /// <param name="moduleFolder">Folder of the module's assemblies.</param>
    public static string[] Folders(string moduleFolder)
    {
        string own = Path.Combine(moduleFolder, "runtimes", Rid, "native");
        return Environment.GetEnvironmentVariable(OverrideVariable) is { Length: > 0 } first ? [first, own] : [own];
    }

    /// <summary>The file of a library in the first folder that has it, or null.</summary>
    /// <param name="folders">Folders in order.</param>
    /// <param name="name">With or without prefix and suffix: TorchSharp asks for <c>LibTorchSharp</c>, ONNX Runtime for
    /// <c>libonnxruntime.so</c>.</param>
    public static string? Find(IEnumerable<string> folders, string name) =>
        folders.SelectMany(folder => FileNames(name), Path.Combine).FirstOrDefault(File.Exists);

    /// <summary>Files of the engines that this process has loaded.</summary>
    public static string[] Loaded()
    {
        using var process = Process.GetCurrentProcess();
        return [.. from ProcessModule module in process.Modules
                   let name = module.ModuleName.StartsWith("lib", StringComparison.Ordinal) ? module.ModuleName[3..] : module.ModuleName
                   where s_engineNames.Any(known => name.StartsWith(known, StringComparison.Ordinal))
                   orderby module.FileName
                   select module.FileName];
    }

    private static string[] FileNames(string name) =>
        OperatingSystem.IsWindows() ? [name, $"{name}.dll"]
        : OperatingSystem.IsMacOS() ? [name, $"lib{name}.dylib", $"{name}.dylib"]
        : [name, $"lib{name}.so", $"{name}.so"];
}
