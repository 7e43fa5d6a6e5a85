using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;
using PancreasSeg.Shell;

const int Interrupted = 130;

// Read when the first runspace opens.
Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
if (ShellOptions.Parse(args) is not ShellOptions options)
{
    Console.Error.WriteLine(ShellOptions.Usage);
    return 64;
}

var host = new ShellHost();
InitialSessionState state = InitialSessionState.CreateDefault2();
if (OperatingSystem.IsWindows()) state.ExecutionPolicy = ExecutionPolicy.Bypass;
using Runspace runspace = RunspaceFactory.CreateRunspace(host, state);
runspace.Open();
Runspace.DefaultRunspace = runspace;

return options.ImportsModule && !Run(shell => shell.AddCommand("Import-Module").AddParameter("Name", FindManifest()).AddParameter("ErrorAction", "Stop"))
    ? 1
    : Run(Add) ? host.ExitCode : Math.Max(1, host.ExitCode);

void Add(PowerShell shell)
{
    if (options.Script is null)
    {
        shell.AddScript(options.Text);
        return;
    }
    if (!File.Exists(options.Script)) throw new RuntimeException($"'{options.Script}' does not exist.");
    // Parsed here and not called by path: then "exit" ends the shell with its code, and $PSScriptRoot still is the script's folder.
    ScriptBlockAst script = Parser.ParseFile(options.Script, out _, out ParseError[] errors);
    if (errors.Length > 0) throw new ParseException(errors);
    shell.AddScript($". $args[0] {options.Text}").AddArgument(script.GetScriptBlock());
}

bool Run(Action<PowerShell> add)
{
    using var shell = PowerShell.Create(runspace);
    ConsoleCancelEventHandler stop = (_, e) =>
    {
        // A second Ctrl+C ends the process.
        e.Cancel = shell.InvocationStateInfo.State == PSInvocationState.Running;
        shell.BeginStop(null, null);
    };
    Console.CancelKeyPress += stop;
    try
    {
        add(shell);
        shell.Commands.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        shell.AddCommand("Out-Default");
        shell.Invoke();
        if (shell.InvocationStateInfo.State != PSInvocationState.Stopped) return true;
        host.SetShouldExit(Interrupted);
        return false;
    }
    catch (RuntimeException e)
    {
        host.UI.WriteErrorLine($"{e.Message}{Environment.NewLine}{e.ErrorRecord.InvocationInfo?.PositionMessage}".TrimEnd());
        return false;
    }
    finally
    {
        Console.CancelKeyPress -= stop;
    }
}

static string FindManifest()
{
    for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
    {
        string manifest = Path.Combine(folder.FullName, "PancreasSeg.psd1");
        if (File.Exists(manifest)) return manifest;
    }
    throw new RuntimeException("PancreasSeg.psd1 is not above the shell's folder.");
}
