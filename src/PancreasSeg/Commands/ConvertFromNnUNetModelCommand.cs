using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Network;

namespace PancreasSeg.Commands;

/// <summary>Turns the folder or archive of an nnU-Net model into one model file.</summary>
[Cmdlet(VerbsData.ConvertFrom, "NnUNetModel", SupportsShouldProcess = true)]
[OutputType(typeof(PancreasModel))]
public sealed class ConvertFromNnUNetModelCommand : LongRunningCommand
{
    /// <summary>The model's folder, its data set's folder, or a zip archive of either.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The model file to write.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("OutputPath")]
    [ValidateNotNullOrEmpty]
    [ValidatePattern(@"(?i)\.safetensors$")]
    public string Destination { get; set; } = "";

    /// <summary>The folds to keep; all by default.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FoldCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Fold { get; set; }

    /// <summary>The classes to tell apart beside the pancreas, * and ? as wildcards; all by default.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ClassNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Class { get; set; }

    /// <summary>Terms of use, as the model's maker states them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? License { get; set; }

    /// <summary>Keeps an existing model file.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Creates the folder and replaces a read-only file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string path = this.ResolveOutput(Path), file = this.ResolveOutput(Destination);
        if (!ShouldProcess(file, $"Convert '{path}'")) return;
        WriteObject(SetUp(path, () => RunWork("Converting the model", channel =>
        {
            PancreasModel model = ForeignModel.ReadNnUNet(path, Fold, License, Class, channel.Cancellation);
            if (Force) OutputTarget.MakeWay(file, replace: !NoClobber);
            ModelFile.Write(model, file, !NoClobber);
            channel.Verbose($"Wrote '{file}'.");
            return model;
        })));
    }
}
