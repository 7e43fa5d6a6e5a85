using System.Diagnostics;
using System.Globalization;
using PancreasSeg.Benchmarks;

// dotnet run -c Release --project benchmarks/PancreasSeg.Benchmarks [-- [--runs 5] [--dicom folder] [--only text]]
string? Option(string name) => args.SkipWhile(a => a != name).Skip(1).FirstOrDefault();
int runs = int.Parse(Option("--runs") ?? "5", CultureInfo.InvariantCulture);
IReadOnlyList<Job> jobs = Jobs.All(Option("--dicom"));

if (Option("--job") is { } one)
{
    if (Measurement.Take(jobs.Single(j => j.Name == one), runs) is { } own) Console.WriteLine(own.Write());
    return;
}

Console.WriteLine($"{Environment.ProcessorCount} threads; medians of {runs} runs after one to warm up, each job in its own process");
Console.WriteLine();
Console.WriteLine("| job | median s | min | max | peak MB |");
Console.WriteLine("|---|---|---|---|---|");
foreach (Job job in jobs.Where(j => j.Name.Contains(Option("--only") ?? "", StringComparison.OrdinalIgnoreCase)))
{
    Measurement? m = InChild(job);
    Console.WriteLine(m is null
        ? $"| {job.Name} | - | | | |"
        : string.Create(CultureInfo.InvariantCulture, $"| {job.Name} | {m.Median:F3} | {m.Seconds.Min():F3} | {m.Seconds.Max():F3} | {m.PeakMegabytes:F0} |"));
}

Measurement? InChild(Job job)
{
    var start = new ProcessStartInfo(Environment.ProcessPath!, [.. args, "--job", job.Name]) { RedirectStandardOutput = true };
    using Process child = Process.Start(start)!;
    string output = child.StandardOutput.ReadToEnd();
    child.WaitForExit();
    return Measurement.Parse(output);
}
