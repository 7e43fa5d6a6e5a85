using System.Reflection;
using System.Runtime.Loader;

namespace PancreasSeg.Loading;

/// <summary>
/// Holds TorchSharp, ONNX Runtime and what they need apart from other modules and from libraries of the system. A context of its
/// own is the one place where .NET lets a module decide which native file is loaded.
/// </summary>
internal sealed class DependencyContext(string moduleFolder) : AssemblyLoadContext("PancreasSeg")
{
    private readonly string _managed = Path.Combine(moduleFolder, "dependencies");

    /// <summary>True for an assembly that is shipped with the module and loaded only here.</summary>
    public bool Has(AssemblyName name) => File.Exists(FileOf(name));

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName) => Has(assemblyName) ? LoadFromAssemblyPath(FileOf(assemblyName)) : null;

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        NativeLibraries.Find(NativeLibraries.Folders(moduleFolder), unmanagedDllName) is string file ? LoadUnmanagedDllFromPath(file) : 0;

    private string FileOf(AssemblyName name) => Path.Combine(_managed, $"{name.Name}.dll");
}
