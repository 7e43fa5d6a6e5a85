using System.Text.Json;

namespace PancreasSeg.Tests;

/// <summary>The tests of tests/Pester, run once in PowerShell itself; each <c>It</c> there is a test here.</summary>
public class PesterTests
{
    private const int Fewest = 100;

    private static readonly Lazy<PesterResult[]> s_results = new(Run);

    public static TheoryData<PesterResult> Results => [.. s_results.Value];

    [Theory]
    [MemberData(nameof(Results), DisableDiscoveryEnumeration = true)]
    public void It(PesterResult result)
    {
        Assert.SkipWhen(result.Result is "Skipped" or "NotRun", result.Name);
        Assert.True(result.Result == "Passed", result.Message);
    }

    [Fact]
    public void None_is_forgotten() => Assert.InRange(s_results.Value.Length, Fewest, int.MaxValue);

    private static PesterResult[] Run()
    {
        string file = Path.GetTempFileName();
        try
        {
            string script = Path.Combine(Repository.Root, "tests", "Pester", "Invoke-Tests.ps1");
            ShellProcess.Result run = ShellProcess.Run(["-NoProfile", "-File", script, "-Destination", file]);
            Assert.True(run.ExitCode == 0, run.Output + run.Error);
            return JsonSerializer.Deserialize<PesterResult[]>(File.ReadAllBytes(file))!;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
