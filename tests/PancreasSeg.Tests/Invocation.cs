using System.Management.Automation;

namespace PancreasSeg.Tests;

/// <summary>Everything a script said.</summary>
public sealed record Invocation(
    IReadOnlyList<PSObject> Output,
    IReadOnlyList<ErrorRecord> Errors,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<string> Verbose,
    IReadOnlyList<ProgressRecord> Progress,
    RuntimeException? Terminating)
{
    /// <summary>The output without PowerShell's wrapping.</summary>
    public IEnumerable<object> Values => Output.Select(o => o.BaseObject);

    /// <summary>The one object put out by a script without errors.</summary>
    public T Only<T>() => Assert.IsType<T>(ThrowIfFailed().Values.Single());

    /// <summary>This, when no error was reported.</summary>
    public Invocation ThrowIfFailed()
    {
        if (Terminating is not null) throw Terminating;
        Assert.Empty(Errors);
        return this;
    }
}
