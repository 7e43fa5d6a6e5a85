using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Network;
using PancreasSeg.Training;

namespace PancreasSeg.Commands;

/// <summary>Trains a model for each fold and measures every case by the one that has not seen it.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "PancreasCrossValidation", DefaultParameterSetName = SizeSet, SupportsShouldProcess = true)]
[OutputType(typeof(TrainingEpoch), typeof(CrossValidationResult))]
public sealed class InvokePancreasCrossValidationCommand : TrainingCommand
{
    /// <summary>The folder of the cross-validation.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("OutputPath")]
    [ArgumentCompleter(typeof(FolderCompleter))]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>Parts into which the patients are divided.</summary>
    [Parameter]
    [ValidateRange(2, 100)]
    public int Folds { get; set; } = 5;

    /// <summary>The fold to train, counted from 0.</summary>
    [Parameter]
    [ValidateRange(0, 99)]
    public int? Fold { get; set; }

    /// <summary>nnU-Net's splits_final.json.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SplitFile { get; set; }

    /// <summary>The w of the loss.</summary>
    [Parameter]
    [ValidateRange(0.01, 1000)]
    [NumberArgument]
    public double ForegroundWeight { get; set; } = new TrainingOptions().ForegroundWeight;

    /// <inheritdoc/>
    private protected override string? StoppedNote => HasEpochs ? "The cross-validation can go on: the same command with -Resume." : null;

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (SplitFile is not null && IsGiven(nameof(Folds)))
            ThrowTerminatingError(Errors.Conflict("-SplitFile says how many folds there are; -Folds says it too."));
        if (Validation.Folds is not null)
            ThrowTerminatingError(Errors.Conflict("-Folds and -Fold divide the cases; Folds of -Validation does too."));
        string folder = this.ResolveOutput(Destination);
        PancreasModel? start = Initial();
        TrainingPlan? plan = GivenPlan();
        ModelStage? stage = StageOf(start, plan);
        IReadOnlyList<TrainingCaseSource> cases = Cases();
        if (cases.Count == 0)
            ThrowTerminatingError(Errors.Record(new CoreException(Fault.TrainingDataInvalid, "There is nothing to train on.",
                remedy: "Give -Image and -Label, or -DataSet.")));
        IReadOnlyList<TrainingFold> folds = SetUp(SplitFile ?? DataSet, () => SplitFile is null ? FoldSplit.Draw(cases, Folds, Seed)
            : FoldSplit.Read(this.ResolveOutput(SplitFile), cases, WriteWarning));
        if (!ShouldProcess(folder, $"Train {(Fold is null ? $"{folds.Count} folds" : $"fold {Fold}")} of {cases.Count} cases")) return;
        TrainingOptions options = SetUp(InitialModel ?? Plan, () =>
            Options("fold", ForegroundWeight, stage is { } one ? start?.Of(one) : start, plan?.Of(stage)));
        WarnOfBox(options);
        using var cache = new PreparedCache(CachePath is null ? null : this.ResolveOutput(CachePath));
        WriteObject(SetUp(DataSet, () => RunWork("Cross-validation", channel =>
            CrossValidation.Run(cases, folds, options, Keeper(channel, cache, folder), Fold, channel.Cancellation))));
    }
}
