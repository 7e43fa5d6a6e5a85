using PancreasSeg.Common;
using PancreasSeg.Network;

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
}
