using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PancreasSeg.Tests;

/// <summary>Runs PowerShell in a process of its own, for what can only be seen from outside or once in a process.</summary>
internal static class ShellProcess
{
    public sealed record Result(int ExitCode, string Output, string Error);

    /// <summary>Runs a command with the module imported.</summary>
    public static Result Command(string command, IReadOnlyDictionary<string, string>? environment = null) =>
        Run(["-NoProfile", "-Command", $"Import-Module '{Repository.Manifest}'; {command}"], environment);

    /// <summary>Runs PowerShell with the options of pwsh.</summary>
    public static Result Run(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        using Process process = Start(arguments, environment);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Result(process.ExitCode, output.ReplaceLineEndings("\n"), error.Result.ReplaceLineEndings("\n"));
    }

    public static Process Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        StartProgram(Repository.Shell, ["-NonInteractive", .. arguments], environment);

    /// <summary>Starts any program, in an environment in which PowerShell can be started.</summary>
    public static Process StartProgram(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove(NativeLibraries.OverrideVariable);
        start.Environment["NO_COLOR"] = "1";
        // The application finds the runtime that runs the tests, wherever it is installed.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
