using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Network;

namespace PancreasSeg.Commands;

/// <summary>Joins a locator and a refiner in one model file.</summary>
[Cmdlet(VerbsCommon.Join, "PancreasModel", SupportsShouldProcess = true)]
[OutputType(typeof(PancreasModel))]
public sealed class JoinPancreasModelCommand : LongRunningCommand
{
    /// <summary>The second stage: a model that works in a box round the pancreas.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ArgumentCompleter(typeof(ModelFileCompleter))]
    [ValidateNotNullOrEmpty]
    public object Refiner { get; set; } = "";

    /// <summary>The first stage: a model that finds the pancreas in the whole volume.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ArgumentCompleter(typeof(ModelFileCompleter))]
    [ValidateNotNullOrEmpty]
    public object Locator { get; set; } = "";

    /// <summary>The model file to write.</summary>
    [Parameter(Mandatory = true, Position = 2)]
    [Alias("OutputPath")]
    [ValidateNotNullOrEmpty]
    [ValidatePattern(@"(?i)\.safetensors$")]
    public string Destination { get; set; } = "";

    /// <summary>Lowest and highest HU that the refiner may take for pancreas in an enhanced phase.</summary>
    [Parameter]
    [ValidateCount(2, 2)]
    [NumberArgument]
    public double[]? EnhancedHu { get; set; }

    /// <summary>Keeps an existing model file.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        string file = this.ResolveOutput(Destination);
        Func<PancreasModel> refiner = ModelArgument.Resolve(this, Refiner, null, null),
            locator = ModelArgument.Resolve(this, Locator, null, null);
        SetUp(file, () => InputGuard.Check(file, ModelArgument.FileOf(this, Refiner), ModelArgument.FileOf(this, Locator)));
        if (!ShouldProcess(file, "Join two models")) return;
        WriteObject(SetUp(file, () => RunWork("Joining models", _ =>
        {
            PancreasModel model = refiner().WithLocator(locator()).Named(Path.GetFileNameWithoutExtension(file));
            if (EnhancedHu is not null) model = model.Planned(model.Plan with { EnhancedHu = EnhancedHu });
            ModelFile.Write(model, file, !NoClobber);
            return model;
        })));
    }
}
