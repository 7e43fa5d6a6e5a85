using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Commands;

public sealed partial class InvokePancreasTrainingCommand
{
    [Parameter]
    public ModelStage? Simulate { get; set; }

    [Parameter, ArgumentCompleter(typeof(VolumeFileCompleter)), ValidateNotNullOrEmpty]
    public object[] LabelMap { get; set; } = [];

    [Parameter, ArgumentCompleter(typeof(VolumeFileCompleter)), ValidateNotNullOrEmpty]
    public object[] ValidationLabelMap { get; set; } = [];

    [Parameter(Mandatory = true, Position = 0), Alias("OutputPath"), ValidateNotNullOrEmpty, ValidatePattern(@"(?i)\.safetensors$")]
    public string Destination { get; set; } = "";

    [Parameter, ValidateNotNullOrEmpty, ValidateRange(0.01, 1000), NumberArgument]
    public double[] ForegroundWeight { get; set; } = [new TrainingOptions().ForegroundWeight];

    [Parameter, ValidateNotNullOrEmpty]
    public string? RunPath { get; set; }

    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    private protected override IReadOnlyList<AuxiliaryClass> Auxiliary =>
        Simulate is null ? base.Auxiliary : SimulatedCases.AuxiliaryClasses;

    private protected override ModelStage? CasesStage => Simulate;

    private protected override PreprocessPlan? OwnPlan => Simulate is { } stage ? SimulatedCases.Plan(stage) : null;
}
