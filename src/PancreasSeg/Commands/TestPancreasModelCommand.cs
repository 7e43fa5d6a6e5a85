using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Network;
using PancreasSeg.Segmentation;
using PancreasSeg.Simulation;

namespace PancreasSeg.Commands;

/// <summary>Runs cases through both engines and tells how far their answers lie apart.</summary>
[Cmdlet(VerbsDiagnostic.Test, "PancreasModel", DefaultParameterSetName = PhantomSet)]
[OutputType(typeof(EngineComparison))]
public sealed class TestPancreasModelCommand : LongRunningCommand
{
    private const string PhantomSet = "Phantom", InputObjectSet = "InputObject", PathSet = "Path";

    private PancreasModel? _model;

    /// <summary>A model, or the path of a model file.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ArgumentCompleter(typeof(ModelFileCompleter))]
    [ValidateNotNullOrEmpty]
    public object Model { get; set; } = "";

    /// <summary>CT volumes.</summary>
    [Parameter(Mandatory = true, ParameterSetName = InputObjectSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Image")]
    [ValidateNotNull]
    public CtVolume? InputObject { get; set; }

    /// <summary>DICOM folders or NIfTI files.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Compute threads of each engine; all cores by default.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int? ThreadCount { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _model = SetUp(Model, () => Load(ModelArgument.Resolve(this, Model, null, null)));

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case InputObjectSet: Compare(InputObject!.Name, _ => InputObject); break;
            case PathSet: foreach (string path in Path) Compare(path, VolumeArgument.Ct(this, path)); break;
            default: Compare(null, cancellation => CtPhantom.Create(new PhantomOptions(), cancellation).Image); break;
        }
    }

    private void Compare(string? target, Func<CancellationToken, CtVolume> read) =>
        TryItem(target, () => WriteObject(RunWork("Comparing the engines", channel =>
        EngineComparison.Run(_model!, read(channel.Cancellation), ThreadCount, channel, channel.Cancellation))));

    private PancreasModel Load(Func<PancreasModel> read) => RunWork("Loading the model", _ => read());
}
