using System.Diagnostics;
using System.Globalization;

namespace PancreasSeg.Benchmarks;

/// <summary>Wall times of the runs of one job, the peak memory of its process, and of a run on average the seconds of all threads in the
/// kernel and the page faults.</summary>
internal sealed record Measurement(double[] Seconds, double PeakMegabytes, double KernelSeconds = 0, double PageFaults = 0)
{
    public double Median => Seconds.Order().ElementAt(Seconds.Length / 2);

    /// <summary>Runs a job in this process: once to warm up, then several times.</summary>
    public static Measurement Take(Job job, Settings settings)
    {
        Action action = job.Prepare();
        int runs = job.IsSlow ? settings.SlowRuns : settings.Runs;
        action();
        var seconds = new double[runs];
        (double kernel, double faults) = Kernel();
        for (int i = 0; i < runs; i++)
        {
            GC.Collect();
            long start = Stopwatch.GetTimestamp();
            action();
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        (double kernelAfter, double faultsAfter) = Kernel();
        using var process = Process.GetCurrentProcess();
        return new Measurement(seconds, process.PeakWorkingSet64 / 1e6, (kernelAfter - kernel) / runs, (faultsAfter - faults) / runs);
    }

    /// <summary>One line that <see cref="Parse"/> reads.</summary>
    public string Write() => string.Create(CultureInfo.InvariantCulture,
        $"measured {PeakMegabytes:F1} {KernelSeconds:F3} {PageFaults:F0} {string.Join(' ', Seconds.Select(Text))}");

    /// <summary>What a job wrote, or peers.py, which knows seconds and memory alone.</summary>
    /// <param name="output">All that was written.</param>
    /// <param name="isPeer">True for a peer's.</param>
    public static Measurement? Parse(string output, bool isPeer = false)
    {
        string? line = output.Split('\n').FirstOrDefault(l => l.StartsWith("measured ", StringComparison.Ordinal));
        if (line is null) return null;
        double[] numbers = [.. line.Split(' ').Skip(1).Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
        return isPeer ? new Measurement(numbers[1..], numbers[0]) : new Measurement(numbers[3..], numbers[0], numbers[1], numbers[2]);
    }

    private static string Text(double seconds) => seconds.ToString("F5", CultureInfo.InvariantCulture);

    /// <summary>Seconds in the kernel and page faults of this process so far; the latter on Linux alone.</summary>
    private static (double Seconds, double Faults) Kernel()
    {
        using var process = Process.GetCurrentProcess();
        // After the program's name, in brackets, the eighth entry: faults served without reading a disk.
        string? entry = OperatingSystem.IsLinux() ? File.ReadAllText("/proc/self/stat").Split(')')[^1].Split(' ')[8] : null;
        return (process.PrivilegedProcessorTime.TotalSeconds, entry is null ? 0 : double.Parse(entry, CultureInfo.InvariantCulture));
    }
}
