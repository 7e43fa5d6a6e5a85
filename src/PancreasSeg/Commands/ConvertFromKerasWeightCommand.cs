using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Network;
using PancreasSeg.Network.Keras;

namespace PancreasSeg.Commands;

/// <summary>Turns the original project's Keras weights into a model file.</summary>
[Cmdlet(VerbsData.ConvertFrom, "KerasWeight", SupportsShouldProcess = true)]
[OutputType(typeof(PancreasModel))]
public sealed class ConvertFromKerasWeightCommand : LongRunningCommand
{
    /// <summary>The HDF5 file with the weights, alone or within a whole model.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The model file to write.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("OutputPath")]
    [ValidateNotNullOrEmpty]
    [ValidatePattern(@"(?i)\.safetensors$")]
    public string Destination { get; set; } = "";

    /// <summary>The network's masks have rows and columns exchanged against its images.</summary>
    [Parameter]
    public SwitchParameter Transpose { get; set; }

    /// <summary>Keeps an existing model file.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string path = this.ResolveOutput(Path), file = this.ResolveOutput(Destination);
        SetUp(path, () => InputGuard.Check(file, path));
        if (!ShouldProcess(file, $"Convert '{path}'")) return;
        WriteObject(SetUp(path, () => RunWork("Converting weights", channel =>
        {
            PancreasModel model =
                KerasWeights.Read(path, System.IO.Path.GetFileNameWithoutExtension(file), Transpose, channel.Cancellation);
            ModelFile.Write(model, file, !NoClobber);
            channel.Verbose($"Wrote '{file}'.");
            return model;
        })));
    }
}
