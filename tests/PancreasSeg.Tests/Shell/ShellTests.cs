using System.Diagnostics;

namespace PancreasSeg.Tests.Shell;

public sealed class ShellTests : IDisposable
{
    private readonly string _script = Path.Combine(Directory.CreateTempSubdirectory("shell").FullName, "it's a script.ps1");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_script)!, recursive: true);

    private ShellProcess.Result RunFile(string text, params string[] arguments)
    {
        File.WriteAllText(_script, text);
        return ShellProcess.Run(["-NoModule", "-File", _script, .. arguments]);
    }

    [Fact]
    public void A_script_gets_its_arguments_by_name_and_by_position()
    {
        ShellProcess.Result result = RunFile("""
            param([string] $Name, [switch] $Flag, [switch] $Other, [int] $Count, [Parameter(ValueFromRemainingArguments)] [string[]] $Rest)
            "$Name|$Flag|$Other|$Count|$($Rest -join ',')"
            """, "-Name", "it's $HOME", "-Flag", "-Count:3", "-Other:$false", "a b", "-5");
        Assert.Equal((0, "it's $HOME|True|False|3|a b,-5\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public void A_script_knows_its_folder_and_the_current_directory() =>
        Assert.Equal($"{Path.GetDirectoryName(_script)}|{Environment.CurrentDirectory}\n", RunFile("\"$PSScriptRoot|$PWD\"").Output);

    [Theory]
    [InlineData("'fine'", 0, "")]
    [InlineData("exit 7", 7, "")]
    [InlineData("throw 'broken'", 1, "broken")]
    [InlineData("1 +", 1, "expression")]
    [InlineData("$ErrorActionPreference = 'Stop'; Get-Nothing", 1, "Get-Nothing")]
    [InlineData("Get-Nothing; exit 0", 0, "Get-Nothing")]
    public void The_exit_code_tells_how_the_script_ended(string text, int code, string error)
    {
        ShellProcess.Result result = RunFile(text);
        Assert.Equal(code, result.ExitCode);
        Assert.Contains(error, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\e", result.Output + result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Objects_are_shown_by_the_modules_views()
    {
        ShellProcess.Result result = ShellProcess.Run(["-Command", "Get-PancreasRuntime -Verbose"]);
        Assert.Contains("\nDevices       : {cpu", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Problem", result.Output, StringComparison.Ordinal);
        Assert.Contains("VERBOSE: Native libraries are looked for in", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_view_shows_the_reason_in_place_of_a_missing_engines_version()
    {
        string output = ShellProcess.Run(["-Command", "[PancreasSeg.PancreasRuntimeInfo]@{ TorchProblem = 'no torch'; OnnxRuntime = '1.2.3' }"]).Output;
        Assert.Contains("\nTorch         : no torch\nOnnxRuntime   : 1.2.3\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("-File")]
    [InlineData("-Nonsense", "x")]
    public void A_command_line_without_sense_shows_the_usage(params string[] arguments)
    {
        ShellProcess.Result result = ShellProcess.Run(arguments);
        Assert.Equal(64, result.ExitCode);
        Assert.StartsWith("usage:", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Interrupt_stops_the_pipeline_and_runs_what_must_run()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no kill -INT");
        using Process process = ShellProcess.Start(["-NoModule", "-Command", "'ready'; try { while ($true) { [Threading.Thread]::Sleep(20) } } finally { [Console]::WriteLine('cleaned') }"]);
        Assert.Equal("ready", process.StandardOutput.ReadLine());
        using Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        string rest = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal((130, "cleaned\n"), (process.ExitCode, rest));
    }
}
