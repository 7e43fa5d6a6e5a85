using System.Diagnostics;
using System.Globalization;

namespace PancreasSeg.Core.Tests;

/// <summary>
/// Damaged files, read in a process of its own with a memory and a time limit, so that whatever kills it is seen.
/// PANCREASSEG_FUZZ_COUNT and PANCREASSEG_FUZZ_SEED make a long run of it.
/// </summary>
internal static class FuzzProcess
{
    /// <summary>Reads mutants of what lies in folders.</summary>
    /// <param name="count">How many, unless the environment says.</param>
    /// <param name="folders">A series, or models, each.</param>
    public static async Task<string> Run(int count, IEnumerable<string> folders)
    {
        string mutants = Environment.GetEnvironmentVariable("PANCREASSEG_FUZZ_COUNT") ?? count.ToString(CultureInfo.InvariantCulture);
        string seed = Environment.GetEnvironmentVariable("PANCREASSEG_FUZZ_SEED") ?? "1";
        string program =
            Path.Combine(AppContext.BaseDirectory.Replace("PancreasSeg.Core.Tests", "PancreasSeg.Fuzz", StringComparison.Ordinal),
                "PancreasSeg.Fuzz.dll");
        var start = new ProcessStartInfo("dotnet", [program, seed, mutants, .. folders])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_GCHeapHardLimit"] = "0x20000000";
        start.Environment["TMPDIR"] = Path.GetTempPath();
        using Process child = Process.Start(start)!;
        Task<string> errors = child.StandardError.ReadToEndAsync();
        string said = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        string problem = await errors;
        Assert.True(child.ExitCode == 0, $"exit code {child.ExitCode}: {said} {problem}");
        Assert.StartsWith($"{mutants} mutants: ", said, StringComparison.Ordinal);
        return said;
    }
}
