using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace PancreasSeg.Tests;

/// <summary>A fresh runspace with the module imported from its manifest, as a user's session has it.</summary>
public sealed class ModuleRunspace : IDisposable
{
    /// <summary>Opens the runspace; the test cmdlets of this assembly are added to it.</summary>
    public ModuleRunspace()
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows()) state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        foreach (Type type in typeof(ModuleRunspace).Assembly.GetTypes())
        {
            if (type.GetCustomAttributes(typeof(CmdletAttribute), false) is [CmdletAttribute name])
                state.Commands.Add(new SessionStateCmdletEntry($"{name.VerbName}-{name.NounName}", type, null));
        }
        Runspace = RunspaceFactory.CreateRunspace(state);
        Runspace.Open();
        Invoke("Import-Module -Name $args[0] -ErrorAction Stop", Repository.Manifest).ThrowIfFailed();
    }

    /// <summary>The runspace.</summary>
    public Runspace Runspace { get; }

    /// <summary>Runs a script; <c>$args</c> are the arguments.</summary>
    public Invocation Invoke(string script, params object?[] args)
    {
        using PowerShell shell = Start(script, args);
        var output = new PSDataCollection<PSObject>();
        RuntimeException? terminating = null;
        try
        {
            shell.Invoke(null, output);
        }
        catch (RuntimeException e)
        {
            terminating = e;
        }
        return new Invocation([.. output], [.. shell.Streams.Error], [.. shell.Streams.Warning.Select(w => w.Message)],
            [.. shell.Streams.Verbose.Select(v => v.Message)], [.. shell.Streams.Progress], terminating);
    }

    /// <summary>Runs a script in a folder.</summary>
    public Invocation InvokeIn(string folder, string script, params object?[] args)
    {
        PathIntrinsics path = Runspace.SessionStateProxy.Path;
        path.PushCurrentLocation("tests");
        path.SetLocation(WildcardPattern.Escape(folder));
        try
        {
            return Invoke(script, args);
        }
        finally
        {
            path.PopLocation("tests");
        }
    }

    /// <summary>A script ready to be begun and stopped by the test.</summary>
    public PowerShell Start(string script, params object?[] args)
    {
        var shell = PowerShell.Create(Runspace);
        shell.AddScript(script, useLocalScope: true);
        foreach (object? arg in args) shell.AddArgument(arg);
        return shell;
    }

    /// <summary>What Tab offers at the end of an input.</summary>
    public string[] Complete(string input)
    {
        using var shell = PowerShell.Create(Runspace);
        return [.. CommandCompletion.CompleteInput(input, input.Length, null, shell).CompletionMatches.Select(m => m.CompletionText)];
    }

    /// <inheritdoc/>
    public void Dispose() => Runspace.Dispose();
}
