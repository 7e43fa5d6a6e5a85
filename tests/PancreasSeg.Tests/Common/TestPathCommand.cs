using System.Management.Automation;
using PancreasSeg.Common;

namespace PancreasSeg.Tests.Common;

/// <summary>Emits the paths it was given, resolved; with <see cref="Output"/> that one, and the file there.</summary>
[Cmdlet(VerbsDiagnostic.Test, "Path", DefaultParameterSetName = PathSet)]
[OutputType(typeof(string), typeof(FileInfo))]
public sealed class TestPathCommand : PathCommand
{
    /// <summary>A path that need not exist.</summary>
    [Parameter]
    public string? Output { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string path in ResolvePaths()) WriteObject(path);
        if (Output is null) return;
        string full = this.ResolveOutput(Output);
        WriteObject(full);
        if (File.Exists(full)) this.WriteFile(full);
    }
}
