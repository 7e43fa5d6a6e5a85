using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Network;
using PancreasSeg.Training;

namespace PancreasSeg.Commands;

/// <summary>A cmdlet that trains: its cases and every setting of a training.</summary>
public abstract partial class TrainingCommand : TrainingCasesCommand
{
    private AuxiliaryClass[] _named = [];

    /// <summary>True once an epoch has been kept.</summary>
    private protected bool HasEpochs { get; set; }

    /// <summary>Where a training keeps its files, and the pipeline as whom it tells.</summary>
    private protected TrainingHost Keeper(PipelineChannel channel, PreparedCache cache, string? runFolder) => new()
    {
        RunFolder = runFolder,
        Resume = Resume,
        Restart = Force,
        Cache = cache,
        OnEpoch = epoch =>
        {
            HasEpochs = true;
            channel.Output(epoch);
        },
        OnNote = channel.Verbose,
        OnWarning = channel.Warn,
        Progress = channel,
    };

    /// <summary>The cases, and with them the classes that the data set names.</summary>
    private protected override IReadOnlyList<TrainingCaseSource> Cases()
    {
        IReadOnlyList<TrainingCaseSource> cases = base.Cases();
        if (AuxiliaryLabel.Length > 0) _named = Named();
        return cases;
    }

    private AuxiliaryClass[] Named()
    {
        if (DataSet is null)
            ThrowTerminatingError(Errors.Conflict("-AuxiliaryLabel names labels of the dataset.json of a -DataSet."));
        string folder = this.ResolveOutput(DataSet!);
        IReadOnlyList<AuxiliaryClass> all = SetUp(folder, () => TrainingDataSet.OtherLabels(folder, LabelValue));
        (string Pattern, AuxiliaryClass[] Classes)[] asked = [.. AuxiliaryLabel.Select(pattern => (pattern,
            all.Where(c => WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(c.Name)).ToArray()))];
        if (asked.FirstOrDefault(a => a.Classes.Length == 0) is { Pattern: { } nothing })
            ThrowTerminatingError(Errors.Record(new CoreException(Fault.TrainingDataInvalid,
                $"'{folder}' names no label '{nothing}' beside the pancreas.", nothing, $"It names {string.Join(", ", all.Select(c => c.Name))}.")));
        AuxiliaryClass[] named = [.. all.Where(c => asked.Any(a => a.Classes.Contains(c)))];
        WriteVerbose($"Learnt beside the pancreas: {string.Join(", ", named.Select(c => c.Name))}.");
        return named;
    }

    /// <summary>The model to begin with; null draws weights.</summary>
    private protected PancreasModel? Initial()
    {
        if (InitialModel is null) return null;
        if (new[] { nameof(Network), nameof(BaseFilter) }.FirstOrDefault(IsGiven) is { } parameter)
            ThrowTerminatingError(Errors.Conflict($"-InitialModel brings its own network; -{parameter} describes another."));
        return SetUp(InitialModel, ModelArgument.Resolve(this, InitialModel));
    }

    /// <summary>The plan that was given; null for none.</summary>
    private protected TrainingPlan? GivenPlan()
    {
        if (Plan is null) return null;
        if (CasesStage is not null)
            ThrowTerminatingError(Errors.Conflict("-Simulate prepares its cases in a way of its own; -Plan says another."));
        if (IsGiven(nameof(Network)))
            ThrowTerminatingError(Errors.Conflict("-Plan brings its own network; -Network describes another."));
        return SetUp(Plan, () => PlanArgument.Of(this, Plan));
    }

    /// <summary>Says what figures of a stage that sees boxes leave out.</summary>
    private protected void WarnOfBox(TrainingOptions options)
    {
        if (options.Plan.BoxSize is not null && CasesStage is null)
            WriteWarning("Figures of a refiner are of boxes round the reference, as if a locator had found the middle of every gland. "
                + "Measure-Segmentation tells what both stages do together.");
    }

    /// <summary>The stage that is trained: the one asked for, else of two the one that segments.</summary>
    private protected ModelStage? StageOf(PancreasModel? start, TrainingPlan? plan)
    {
        if (Stage is { } asked && CasesStage is { } made && asked != made)
            ThrowTerminatingError(Errors.Conflict($"-Simulate makes cases for a {made}; -Stage trains a {asked}."));
        if (Stage is not null && start is null && plan is null && CasesStage is null)
            ThrowTerminatingError(Errors.Conflict("-Stage chooses one of two stages; without -Plan or -InitialModel there are none."));
        if (start is { IsTwoStage: true } && plan is { IsTwoStage: false })
            ThrowTerminatingError(Errors.Conflict("The model of -InitialModel has two stages, the plan has one."));
        return Stage ?? CasesStage ?? (start?.IsTwoStage ?? plan?.IsTwoStage ?? false ? ModelStage.Refiner : null);
    }
}
