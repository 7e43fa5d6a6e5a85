using System.Globalization;
using System.Runtime.CompilerServices;

namespace PancreasSeg.Benchmarks;

/// <summary>The command line.</summary>
/// <param name="Runs">Runs of a fast job.</param>
/// <param name="Size">Voxels of the network's input along each axis.</param>
/// <param name="Dicom">Folder with a CT series; null for one made of noise.</param>
/// <param name="Work">Folder for what the jobs write.</param>
/// <param name="Only">Texts, with commas between them, of which a job's name must contain one.</param>
/// <param name="Curves">Folder for the curves of cost against size, which are then all that is measured; null for none.</param>
/// <param name="Job">The one job to run in this process; null to run all in processes of their own.</param>
internal sealed record Settings(int Runs, int Size, string? Dicom, string Work, string Only, string? Curves, string? Job)
{
    /// <summary>Slow jobs run three times at most.</summary>
    public int SlowRuns => Math.Min(Runs, 3);

    /// <summary>Root of the repository.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Folder(), "..", ".."));

    public static Settings Parse(string[] args)
    {
        string? Option(string name) => args.SkipWhile(a => a != name).Skip(1).FirstOrDefault();
        int Number(string name, int otherwise) => Option(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        return new Settings(Number("--runs", 5), Number("--size", 160), Option("--dicom"),
            Option("--work") ?? Directory.CreateTempSubdirectory("PancreasSeg-bench-").FullName, Option("--only") ?? "",
            Option("--curves"), Option("--job"));
    }

    /// <summary>The command line of one job in a process of its own.</summary>
    public string[] ForChild(string job) =>
        ["--runs", Runs.ToString(CultureInfo.InvariantCulture), "--size", Size.ToString(CultureInfo.InvariantCulture), "--dicom",
            Dicom ?? "", "--work", Work, "--job", job];

    private static string Folder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;
}
