using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace PancreasSeg.Tests;

/// <summary>Where the built module lies.</summary>
internal static class Repository
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    public static string Manifest { get; } = Path.Combine(Root, "PancreasSeg.psd1");

    public static string StagedBin { get; } = Path.Combine(Root, "bin");

    public static string Shell { get; } = Metadata("Shell");

    // The tests name types of the module before PowerShell has imported it; both must get the staged assembly.
#pragma warning disable CA2255 // Test assemblies have no other beginning.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Begin()
    {
        Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
        AssemblyLoadContext.Default.Resolving += static (context, name) => name.Name is "PancreasSeg" or "PancreasSeg.Core"
            ? context.LoadFromAssemblyPath(Path.Combine(StagedBin, $"{name.Name}.dll"))
            : null;
    }

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == key).Value!;
}
