using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Network;

namespace PancreasSeg.Commands;

/// <summary>Writes a model as ONNX.</summary>
[Cmdlet(VerbsData.Export, "PancreasModel", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportPancreasModelCommand : LongRunningCommand
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

    /// <summary>Keeps existing files.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Creates the folder and replaces read-only files.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Emits the files.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => TryItem(Model, () =>
    {
        string file = this.ResolveOutput(Path);
        Func<PancreasModel> read = ModelArgument.Resolve(this, Model);
        if (!ShouldProcess(file, "Write ONNX")) return;
        IReadOnlyList<string> written = RunWork("Exporting the model", _ =>
        {
            PancreasModel model = read();
            IReadOnlyList<string> files = ModelFile.Files(model, file);
            if (Force) foreach (string each in files) OutputTarget.MakeWay(each, replace: !NoClobber);
            ModelFile.Write(model, file, !NoClobber);
            return files;
        });
        if (PassThru) foreach (string each in written) this.WriteFile(each);
    });
}
