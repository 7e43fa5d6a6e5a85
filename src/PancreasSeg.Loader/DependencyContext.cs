using System.Reflection;
using System.Runtime.Loader;

namespace PancreasSeg.Loading;

/// <summary>
/// Holds Core and all that it needs apart from other modules and from libraries of the system: what else the process has loaded, in
/// whatever version, does not serve Core. A context of its own is also the one place where .NET lets a module decide which native file
/// is loaded.
/// </summary>
internal sealed class DependencyContext(string moduleFolder) : AssemblyLoadContext("PancreasSeg")
{
    private const string Core = "PancreasSeg.Core";

    /// <summary>True for an assembly that is shipped with the module and loaded only here.</summary>
    public bool Has(AssemblyName name) => File.Exists(FileOf(name));

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName) => Has(assemblyName) ? LoadFromAssemblyPath(FileOf(assemblyName)) : null;

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        NativeLibraries.Find(NativeLibraries.Folders(moduleFolder), unmanagedDllName) is string file ? LoadUnmanagedDllFromPath(file) : 0;

    private string FileOf(AssemblyName name) => Path.Combine(moduleFolder, name.Name == Core ? "" : "dependencies", $"{name.Name}.dll");
}
