using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;

namespace PancreasSeg.Loading;

/// <summary>
/// Serves Core and its dependencies out of their own load context while the module is imported. An assembly of its own, because PowerShell
/// looks at all types of an assembly, those built on Core's included, before it runs what the assembly does at import.
/// </summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    // One for the process: native libraries cannot be unloaded, so a second import must meet the first one's.
    private static readonly DependencyContext s_context = new(Path.GetDirectoryName(typeof(ModuleInitializer).Assembly.Location)!);

    /// <inheritdoc/>
    public void OnImport() => AssemblyLoadContext.Default.Resolving += Resolve;

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo) => AssemblyLoadContext.Default.Resolving -= Resolve;

    private static Assembly? Resolve(AssemblyLoadContext context, AssemblyName name) =>
        s_context.Has(name) ? s_context.LoadFromAssemblyName(name) : null;
}
