using PancreasSeg.Common;
using PancreasSeg.Network;
using PancreasSeg.Training;

namespace PancreasSeg.Commands;

/// <summary>A cmdlet that trains: its cases and every setting of a training.</summary>
public abstract partial class TrainingCommand : TrainingCasesCommand
{
    /// <summary>The model to begin with; null draws weights.</summary>
    private protected PancreasModel? Initial()
    {
        if (InitialModel is null) return null;
        if (new[] { nameof(Network), nameof(BaseFilter) }.FirstOrDefault(IsGiven) is { } parameter)
            ThrowTerminatingError(Errors.Conflict($"-InitialModel brings its own network; -{parameter} describes another."));
        return SetUp(InitialModel, ModelArgument.Resolve(this, InitialModel));
    }

    /// <summary>The plan that was given; null for none.</summary>
    private protected TrainingPlan? GivenPlan() => Plan is null ? null : SetUp(Plan, () => PlanArgument.Of(this, Plan));

    /// <summary>The stage that is trained: the one asked for, else of two the one that segments.</summary>
    private protected ModelStage? StageOf(PancreasModel? start, TrainingPlan? plan)
    {
        if (Stage is { } asked && CasesStage is { } made && asked != made)
            ThrowTerminatingError(Errors.Conflict($"-Simulate makes cases for a {made}; -Stage trains a {asked}."));
        if (Stage is not null && start is null && plan is null && CasesStage is null)
            ThrowTerminatingError(Errors.Conflict("-Stage chooses one of two stages; without -Plan or -InitialModel there are none."));
        return Stage ?? CasesStage ?? (start?.IsTwoStage ?? plan?.IsTwoStage ?? false ? ModelStage.Refiner : null);
    }
}
