namespace PancreasSeg.Segmentation;

/// <summary>How an nnU-Net model was applied to a case.</summary>
/// <param name="Folds">The folds whose answers were averaged.</param>
/// <param name="IsMirrored">True when the answers to mirror images were averaged too.</param>
/// <param name="Orientation">The patient's directions in which columns, rows and slices ran when the model saw them, e.g.
/// <c>RAS</c>.</param>
public sealed record NnUNetUse(IReadOnlyList<string> Folds, bool IsMirrored, string Orientation)
{
    /// <summary>All three in one line.</summary>
    public override string ToString() =>
        $"fold {string.Join(", ", Folds)}; {(IsMirrored ? "mirrored" : "not mirrored")}; orientation {Orientation}";
}
