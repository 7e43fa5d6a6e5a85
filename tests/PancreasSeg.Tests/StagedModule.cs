using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace PancreasSeg.Tests;

/// <summary>
/// Lets the staged assemblies be found: the tests name types of the module before PowerShell has imported it, and both must get the
/// same assembly.
/// </summary>
internal static class StagedModule
{
    [ModuleInitializer]
    internal static void Resolve()
    {
        Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
        AssemblyLoadContext.Default.Resolving += static (context, name) => name.Name is "PancreasSeg" or "PancreasSeg.Core"
            ? context.LoadFromAssemblyPath(Path.Combine(Repository.StagedBin, $"{name.Name}.dll"))
            : null;
    }
}
