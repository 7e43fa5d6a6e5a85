using System.Runtime.CompilerServices;

namespace PancreasSeg.Core.Tests;

/// <summary>Real CTs that lie beside the repository on development machines; tests that need them skip elsewhere.</summary>
internal static class SampleData
{
    public static string Require(params string[] parts)
    {
        string path = Path.Combine([Repository(), "..", "shared", "data", .. parts]);
        Assert.SkipUnless(Path.Exists(path), "no sample data");
        return path;
    }

    /// <summary>A path of the repository itself.</summary>
    public static string InRepository(params string[] parts) => Path.Combine([Repository(), .. parts]);

    private static string Repository([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", ".."));
}
