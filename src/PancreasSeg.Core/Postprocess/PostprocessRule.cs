namespace PancreasSeg.Postprocess;

/// <summary>One step after the threshold.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Value">Millilitres or probability, for the kinds that take one.</param>
public sealed record PostprocessRule(PostprocessKind Kind, double? Value = null)
{
    /// <summary>The rules among which a cross-validation chooses.</summary>
    internal static IReadOnlyList<PostprocessRule> Candidates { get; } =
    [
        new(PostprocessKind.LargestComponent), new(PostprocessKind.ComponentVolume, 0.5), new(PostprocessKind.ComponentVolume, 1),
        new(PostprocessKind.ComponentVolume, 2), new(PostprocessKind.FillHoles), new(PostprocessKind.Opening),
        new(PostprocessKind.Hysteresis, 0.7),
    ];

    /// <summary>False where the value does not go with the kind.</summary>
    internal bool IsValid => Kind switch
    {
        PostprocessKind.ComponentVolume => Value > 0 && double.IsFinite(Value.Value),
        PostprocessKind.Hysteresis => Value is > 0 and < 1,
        _ => Value is null && Enum.IsDefined(Kind),
    };

    /// <summary>Applies the rule.</summary>
    /// <param name="mask">A mask.</param>
    /// <param name="above">The voxels of the same grid above a probability.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    internal LabelVolume Apply(LabelVolume mask, Func<double, LabelVolume> above, CancellationToken cancellation = default) => Kind switch
    {
        PostprocessKind.LargestComponent => Components.Largest(mask, cancellation),
        PostprocessKind.ComponentVolume => Components.OfVolume(mask, Value!.Value, cancellation),
        PostprocessKind.FillHoles => Morphology.FillHoles(mask, cancellation),
        PostprocessKind.Opening => Morphology.Open(mask, cancellation),
        _ => Components.WithSeed(mask, above(Value!.Value), cancellation),
    };

    /// <summary>What is done, in words.</summary>
    public override string ToString() => Kind switch
    {
        PostprocessKind.LargestComponent => "largest component",
        PostprocessKind.ComponentVolume => FormattableString.Invariant($"components of {Value} mL"),
        PostprocessKind.FillHoles => "holes filled",
        PostprocessKind.Opening => "opened by a voxel",
        _ => FormattableString.Invariant($"components that reach {Value}"),
    };
}
