using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Network;

namespace PancreasSeg.Commands;

/// <summary>Writes a model as ONNX.</summary>
[Cmdlet(VerbsData.Export, "PancreasModel", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportPancreasModelCommand : WritingCommand
{
    /// <summary>A model, or the path of a model file.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(ModelFileCompleter))]
    [ValidateNotNullOrEmpty]
    public object Model { get; set; } = "";

    /// <summary>The file to write, ending in .onnx.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("OutputPath", "Destination")]
    [ValidateNotNullOrEmpty]
    [ValidatePattern(@"(?i)\.onnx$")]
    public string Path { get; set; } = "";

    /// <summary>The fold of an nnU-Net model that has several.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Fold { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => TryItem(Model, () =>
    {
        string file = this.ResolveOutput(Path);
        Func<PancreasModel> read = ModelArgument.Resolve(this, Model, null, Fold is null ? null : [Fold]);
        if (!ShouldProcess(file, "Write ONNX")) return;
        PancreasModel model = RunWork("Reading the model", _ => read());
        foreach (string written in ModelFile.Files(model, file)) InputGuard.Check(written, ModelArgument.FileOf(this, Model));
        Write("Exporting the model", ModelFile.Files(model, file), _ => ModelFile.Write(model, file, !NoClobber));
    });
}
