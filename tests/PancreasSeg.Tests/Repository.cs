using System.Reflection;

namespace PancreasSeg.Tests;

/// <summary>Where the built module lies.</summary>
internal static class Repository
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    public static string Manifest { get; } = Path.Combine(Root, "PancreasSeg.psd1");

    public static string StagedBin { get; } = Path.Combine(Root, "bin");

    /// <summary>The cmdlets' assembly as it is built, its documentation beside it.</summary>
    public static string Module { get; } = Metadata("Module");

    public static string Shell { get; } = Metadata("Shell");

    /// <summary>Where NuGet keeps what it restored.</summary>
    public static string Packages { get; } = Metadata("Packages");

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == key).Value!;
}
