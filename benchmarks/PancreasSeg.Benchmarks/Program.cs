using System.Diagnostics;
using System.Globalization;
using PancreasSeg.Benchmarks;

// dotnet run -c Release --project benchmarks/PancreasSeg.Benchmarks
//     [-- [--runs 5] [--size 160] [--dicom folder] [--only text] [--curves folder]]
const string DiceJob = "dice";
Settings settings = Settings.Parse(args);
if (settings.Job == DiceJob)
{
    Console.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture, $"Dice of the masks in bfloat16 and float32, starter model: {Jobs.DiceOfPrecisions():F4}"));
    return;
}
if (settings.Job is { } one)
{
    Console.WriteLine(Measurement.Take(Jobs.All(settings).Concat(Curves.Points(settings)).Single(j => j.Name == one), settings).Write());
    return;
}

if (settings.Curves is { } curves)
{
    Curves.Write(curves, IsWanted, job => Measurement.Parse(InChild(job)));
    return;
}
if (settings.Dicom is null) settings = settings with { Dicom = NoiseSeries.Write(Path.Combine(settings.Work, "dicom")) };
Console.WriteLine(
    $"{Environment.ProcessorCount} threads; medians of {settings.Runs} runs, {settings.SlowRuns} of the network, after one to warm up; each job in its own process");
Console.WriteLine();
Console.WriteLine("| job | median s | min | max | peak MB | s in the kernel | page faults | GFLOP/s | of the matrix product |");
Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
if (NnUNetJobs.All(settings).Any(job => IsWanted(job.Name))) NnUNetJobs.Write(settings.Work);
var measured = new Dictionary<string, Measurement>();
foreach (Job job in Jobs.All(settings)) Show(job.Name, () => Measurement.Parse(InChild(job.Name)), job);
foreach (Peer peer in Peer.All(settings)) Show(peer.Name, peer.Take);

Console.WriteLine();
Console.WriteLine("| job | against | ratio of medians | of minima | target |");
Console.WriteLine("|---|---|---|---|---|");
foreach (Target target in Target.All)
    if (target.Row(measured) is { } row) Console.WriteLine(row);
Console.WriteLine();
if (FileOf("series.nii.gz") is { } own && FileOf("peer.nii.gz") is { } other)
    Console.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"Size of our .nii.gz against dcm2niix's: {(double)own.Length / other.Length:F2}"));
if (DiceJob.Contains(settings.Only, StringComparison.OrdinalIgnoreCase)) Console.Write(InChild(DiceJob));

bool IsWanted(string name) => settings.Only.Split(',').Any(text => name.Contains(text, StringComparison.OrdinalIgnoreCase));

void Show(string name, Func<Measurement?> take, Job? job = null)
{
    if (!IsWanted(name)) return;
    if (take() is not { } m)
    {
        Console.WriteLine($"| {name} | could not be run | | | | | | | |");
        return;
    }
    measured[name] = m;
    string memory = m.PeakMegabytes > 0 ? m.PeakMegabytes.ToString("F0", CultureInfo.InvariantCulture) : "-";
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {name} | {m.Median:F3} | {m.Seconds.Min():F3} | {m.Seconds.Max():F3} | {memory} | {Kernel(m, job)} |"));
}

// Peers are other processes: what they do in the kernel is not seen.
string Kernel(Measurement m, Job? job)
{
    if (job is null) return " | | | ";
    double speed = job.Gigaflop / m.Median;
    double? peak = job.Product is { } product && measured.TryGetValue(product, out Measurement? other)
        ? Jobs.All(settings).Single(j => j.Name == product).Gigaflop / other.Median : null;
    return string.Create(CultureInfo.InvariantCulture,
        $"{m.KernelSeconds:F2} | {m.PageFaults:F0} | {(speed > 0 ? $"{speed:F0}" : "")} | {(peak is { } p ? $"{speed / p:F2}" : "")}");
}

string InChild(string job)
{
    using Process child =
        Process.Start(new ProcessStartInfo(Environment.ProcessPath!, settings.ForChild(job)) { RedirectStandardOutput = true })!;
    string output = child.StandardOutput.ReadToEnd();
    child.WaitForExit();
    return output;
}

FileInfo? FileOf(string name) => new FileInfo(Path.Combine(settings.Work, name)) is { Exists: true } file ? file : null;
