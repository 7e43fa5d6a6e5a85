using System.Management.Automation;

namespace PancreasSeg.Commands;

/// <summary>Tells what the module computes with on this machine, and why not where it cannot.</summary>
[Cmdlet(VerbsCommon.Get, "PancreasRuntime")]
[OutputType(typeof(PancreasRuntimeInfo))]
public sealed class GetPancreasRuntimeCommand : PSCmdlet
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        PancreasRuntimeInfo info = PancreasRuntimeInfo.Probe();
        foreach (string folder in info.NativeFolders) WriteVerbose($"Native libraries are looked for in '{folder}'.");
        foreach (string library in info.LoadedLibraries) WriteVerbose($"Loaded '{library}'.");
        WriteObject(info);
    }
}
