using System.Diagnostics;
using System.Globalization;

namespace PancreasSeg.Tests.Shell;

public class ShellTests
{
    private const string CountCmdlets = "@(Get-Command -Module PancreasSeg -CommandType Cmdlet).Count";

    [Fact]
    public void A_session_has_the_module_and_one_without_profile_has_not()
    {
        int cmdlets = int.Parse(ShellProcess.Run(["-Command", CountCmdlets]).Output.Split('\n')[^2], CultureInfo.InvariantCulture);
        Assert.True(cmdlets > 15);
        Assert.Equal("0\n", ShellProcess.Run(["-NoProfile", "-Command", CountCmdlets]).Output);
    }

    [Theory]
    [InlineData("'fine'", 0, "fine\n", "")]
    [InlineData("Get-ChildItem $PSHOME -Filter Modules | Select-Object -First 1 -ExpandProperty Name; exit 7", 7, "Modules\n", "")]
    [InlineData("throw 'broken'", 1, "", "broken")]
    public void It_is_PowerShell_with_its_exit_codes(string command, int code, string output, string error)
    {
        ShellProcess.Result result = ShellProcess.Run(["-NoProfile", "-Command", command]);
        Assert.Equal((code, output), (result.ExitCode, result.Output));
        Assert.Contains(error, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Interrupt_stops_the_pipeline_and_runs_what_must_run()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no kill -INT");
        using Process process =
            ShellProcess.Start(["-NoProfile", "-Command", "'ready'; try { Start-Sleep 600 } finally { 'cleaned' | Out-Host }"]);
        Assert.Equal("ready", process.StandardOutput.ReadLine());
        using Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        Assert.Equal("cleaned\n", process.StandardOutput.ReadToEnd());
        process.WaitForExit();
        Assert.NotEqual(0, process.ExitCode);
    }
}
