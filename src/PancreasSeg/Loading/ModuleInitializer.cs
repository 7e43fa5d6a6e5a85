using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;

namespace PancreasSeg.Loading;

/// <summary>Serves the module's dependencies out of their own load context while the module is imported.</summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    // One for the process: native libraries cannot be unloaded, so a second import must meet the first one's.
    private static readonly DependencyContext s_context = new(Path.GetDirectoryName(typeof(ModuleInitializer).Assembly.Location)!);

    /// <inheritdoc/>
    public void OnImport()
    {
        AssemblyLoadContext.Default.Resolving += Resolve;
        // Loaded now and not at first use: scripts name its types, [PancreasSeg.CtVolume].
        _ = typeof(CtVolume).Assembly;
    }

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo) => AssemblyLoadContext.Default.Resolving -= Resolve;

    /// <summary>
    /// Warns when another module has loaded one of our dependencies before: .NET then hands out that one, with its native libraries.
    /// </summary>
    internal static void WarnOfOthers(Cmdlet cmdlet)
    {
        foreach (Assembly other in AssemblyLoadContext.Default.Assemblies.Where(a => !a.IsDynamic && s_context.Has(a.GetName())))
        {
            cmdlet.WriteWarning(
                $"'{other.Location}' was loaded before this module and is used instead of the module's own. Import PancreasSeg first.");
        }
    }

    private static Assembly? Resolve(AssemblyLoadContext context, AssemblyName name) =>
        s_context.Has(name) ? s_context.LoadFromAssemblyName(name) : null;
}
