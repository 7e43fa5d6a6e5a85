using System.Runtime.CompilerServices;

namespace PancreasSeg.Core.Tests;

/// <summary>Real CTs that lie beside the repository on development machines; tests that need them skip elsewhere.</summary>
internal static class SampleData
{
    public static string Require(params string[] parts)
    {
        string path = Path.Combine([Root(), .. parts]);
        Skip.IfNot(Path.Exists(path), "no sample data");
        return path;
    }

    private static string Root([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", "shared", "data"));
}
