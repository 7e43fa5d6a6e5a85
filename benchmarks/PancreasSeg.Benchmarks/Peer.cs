using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace PancreasSeg.Benchmarks;

/// <summary>A job done by somebody else's program, or by peers.py with somebody else's libraries.</summary>
/// <param name="Name">Name in the table.</param>
/// <param name="Take">Measures it; null where the program is not installed.</param>
internal sealed record Peer(string Name, Func<Measurement?> Take)
{
    private const string Python = "/usr/bin/python3";

    /// <summary>All peers.</summary>
    public static IReadOnlyList<Peer> All(Settings settings) =>
    [
        Script("PyTorch forward", "forward", settings, settings.SlowRuns),
        Script("PyTorch training step", "training", settings, settings.SlowRuns),
        Script("Python chain, DICOM to mask .nii.gz", "chain", settings, settings.SlowRuns),
        Script("SciPy zoom to the network's grid", "zoom", settings, settings.Runs),
        Script("SciPy zoom back", "zoom-back", settings, settings.Runs),
        Script("SciPy HD95, ASSD", "distances", settings, settings.Runs),
        .. CodecJobs.Peers(settings),
        Process("dcm2niix to .nii", settings, "n", "peer"),
        Process("dcm2niix -z y to .nii.gz", settings, "y", "peer"),
    ];

    private static Peer Script(string name, string job, Settings settings, int runs) => new(name, () => Start(Python,
        [Path.Combine(Settings.Root, "benchmarks", "peers.py"), job, "--runs", runs.ToString(CultureInfo.InvariantCulture),
            "--size", settings.Size.ToString(CultureInfo.InvariantCulture), "--dicom", settings.Dicom!, "--work",
                settings.Work]) is { } output ? Measurement.Parse(output, isPeer: true) : null);

    /// <summary>A program as a whole process. Its memory is not seen.</summary>
    public static Peer Program(string name, Settings settings, string program, params string[] arguments) => new(name, () =>
    {
        var seconds = new double[settings.Runs];
        for (int i = -1; i < seconds.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            if (Start(program, arguments) is null) return null;
            if (i >= 0) seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        return new Measurement(seconds, 0);
    });

    /// <summary>dcm2niix, which is not a library; -w 1 replaces what it wrote before.</summary>
    private static Peer Process(string name, Settings settings, string compression, string file) => Program(
        name, settings, "dcm2niix", "-z", compression, "-b", "n", "-w", "1", "-f", file, "-o", settings.Work, settings.Dicom!);

    /// <summary>What a program writes; null where it is not there or fails.</summary>
    public static string? Start(string program, string[] arguments)
    {
        try
        {
            using var process = System.Diagnostics.Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
                Console.Error.WriteLine(errors.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault());
            return process.ExitCode == 0 ? output : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
