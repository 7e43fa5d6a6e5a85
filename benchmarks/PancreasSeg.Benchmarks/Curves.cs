using System.Globalization;
using PancreasSeg.Dicom;
using PancreasSeg.Pictures;

namespace PancreasSeg.Benchmarks;

/// <summary>Cost against size, written as curves.csv and drawn as curves.svg.</summary>
internal static class Curves
{
    private static readonly Curve[] s_all =
    [
        new("forward", "voxels of the input along each axis", [64, 96, 128, 160, 192, 256], (_, size) => Jobs.Forward(size)),
        new("DICOM folder to volume", "slices of 512 x 512", [50, 100, 200, 500, 1000, 2000], Read),
        new("report", "studies in the journal", [1, 10, 100, 1000, 10_000, 100_000], (settings, n) => BatchJobs.Report(settings.Work, n)),
        new("claim and end of a study", "studies in the journal", [1, 10, 100, 1000, 10_000, 100_000],
            (settings, n) => BatchJobs.Claim(settings.Work, n)),
    ];

    /// <summary>A job for each point.</summary>
    public static IEnumerable<Job> Points(Settings settings) =>
        s_all.SelectMany(curve => curve.Sizes.Select(size => new Job(curve.JobOf(size), true, () => curve.Prepare(settings, size))));

    /// <summary>Measures every point and writes both files.</summary>
    /// <param name="folder">Where they are written.</param>
    /// <param name="only">Which curves.</param>
    /// <param name="measure">Measures a job in a process of its own.</param>
    public static void Write(string folder, Predicate<string> only, Func<string, Measurement?> measure)
    {
        var chart = new SvgChart("Cost against size");
        using var csv = new StreamWriter(Path.Combine(folder, "curves.csv")) { NewLine = "\n" };
        csv.WriteLine("job,size,median s,min s,max s,peak MB");
        foreach (Curve curve in s_all.Where(c => only(c.Name)))
        {
            List<(double X, double Y)> seconds = [], memory = [];
            foreach (int size in curve.Sizes)
            {
                if (measure(curve.JobOf(size)) is not { } m) continue;
                string row = string.Create(CultureInfo.InvariantCulture,
                    $"{curve.Name},{size},{m.Median:G4},{m.Seconds.Min():G4},{m.Seconds.Max():G4},{m.PeakMegabytes:F0}");
                csv.WriteLine(row);
                Console.WriteLine(row);
                seconds.Add((size, m.Median));
                memory.Add((size, m.PeakMegabytes / 1000));
            }
            chart.Add(curve.Axis, $"{curve.Name}: s, and GB at the peak of the process",
                [new ChartLine("s", seconds), new ChartLine("GB", memory)], null, null);
        }
        File.WriteAllBytes(Path.Combine(folder, "curves.svg"), chart.ToBytes());
    }

    private static Action Read(Settings settings, int slices)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"slices-{slices}");
        string folder = NoiseSeries.Write(Path.Combine(settings.Work, name), slices);
        return () => CtSeriesReader.Read(folder);
    }

    private sealed record Curve(string Name, string Axis, int[] Sizes, Func<Settings, int, Action> Prepare)
    {
        public string JobOf(int size) => string.Create(CultureInfo.InvariantCulture, $"{Name} {size}");
    }
}
