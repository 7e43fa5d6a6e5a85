using System.Diagnostics;
using System.Globalization;

namespace PancreasSeg.Benchmarks;

/// <summary>Wall times of the runs of one job and the peak memory of its process.</summary>
internal sealed record Measurement(double[] Seconds, double PeakMegabytes)
{
    public double Median => Seconds.Order().ElementAt(Seconds.Length / 2);

    /// <summary>Runs a job in this process: once to warm up, then several times.</summary>
    public static Measurement Take(Job job, Settings settings)
    {
        Action action = job.Prepare();
        int runs = job.IsSlow ? settings.SlowRuns : settings.Runs;
        action();
        var seconds = new double[runs];
        for (int i = 0; i < runs; i++)
        {
            GC.Collect();
            long start = Stopwatch.GetTimestamp();
            action();
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        using var process = Process.GetCurrentProcess();
        return new Measurement(seconds, process.PeakWorkingSet64 / 1e6);
    }

    /// <summary>One line that <see cref="Parse"/> reads.</summary>
    public string Write() => string.Create(CultureInfo.InvariantCulture,
        $"measured {PeakMegabytes:F1} {string.Join(' ', Seconds.Select(s => s.ToString("F5", CultureInfo.InvariantCulture)))}");

    public static Measurement? Parse(string output)
    {
        string? line = output.Split('\n').FirstOrDefault(l => l.StartsWith("measured ", StringComparison.Ordinal));
        if (line is null) return null;
        double[] numbers = [.. line.Split(' ').Skip(1).Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
        return new Measurement(numbers[1..], numbers[0]);
    }
}
