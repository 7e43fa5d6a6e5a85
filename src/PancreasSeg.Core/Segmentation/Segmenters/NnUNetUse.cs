using PancreasSeg.Inference;

namespace PancreasSeg.Segmentation;

/// <summary>How an nnU-Net model was applied to a case.</summary>
/// <param name="Folds">The folds whose answers were averaged.</param>
/// <param name="IsMirrored">True when the answers to mirror images were averaged too.</param>
/// <param name="Orientation">The patient's directions in which columns, rows and slices ran when the model saw them, e.g.
/// <c>RAS</c>.</param>
/// <param name="Preparation">Whose steps went round the network.</param>
/// <param name="Step">How far a patch lay from the next at most, as a part of a patch.</param>
public sealed record NnUNetUse(IReadOnlyList<string> Folds, bool IsMirrored, string Orientation, NnUNetPreparation Preparation, double Step)
{
    /// <summary>All in one line.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"steps of {Preparation}, {Step} of a patch; fold {string.Join(", ", Folds)}; {(IsMirrored ? "mirrored" : "not mirrored")}; orientation {Orientation}");
}
