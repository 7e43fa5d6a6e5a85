namespace PancreasSeg.Evaluation;

/// <summary>How well a mask agrees with a reference. What is not defined, such as a distance to an empty mask, is null, and
/// <see cref="Note"/> says why.</summary>
public sealed record SegmentationScore
{
    /// <summary>Name of the mask under test.</summary>
    public string Name { get; internal init; } = "";

    /// <summary>Name of the reference.</summary>
    public string ReferenceName { get; internal init; } = "";

    /// <summary>2 |A and B| / (|A| + |B|), 0 to 1; 1 when both masks are empty.</summary>
    public double Dice { get; internal init; }

    /// <summary>Part of the reference that was found (sensitivity), 0 to 1; null when the reference is empty.</summary>
    public double? Recall { get; internal init; }

    /// <summary>Part of the mask that is right (positive predictive value), 0 to 1; null when the mask is empty.</summary>
    public double? Precision { get; internal init; }

    /// <summary>Volume of the mask in millilitres.</summary>
    public double VolumeMl { get; internal init; }

    /// <summary>Volume of the reference in millilitres.</summary>
    public double ReferenceVolumeMl { get; internal init; }

    /// <summary>Volume of the mask less that of the reference, in millilitres.</summary>
    public double VolumeDifferenceMl => VolumeMl - ReferenceVolumeMl;

    /// <summary>
    /// 95 % Hausdorff distance in mm: the larger of the two directed 95th percentiles of the distances between the surfaces' voxel
    /// centres; null when a mask is empty or the grid is sheared.
    /// </summary>
    public double? Hd95Mm { get; internal init; }

    /// <summary>Average symmetric surface distance in mm over the voxels of both surfaces; null as for <see cref="Hd95Mm"/>.</summary>
    public double? AssdMm { get; internal init; }

    /// <summary>
    /// Normalised surface distance: part of both surfaces within <see cref="NsdToleranceMm"/> of the other, 0 to 1; 0 when one mask is
    /// empty, null when both are or the grid is sheared.
    /// </summary>
    public double? Nsd { get; internal init; }

    /// <summary>Tolerance of <see cref="Nsd"/> in mm.</summary>
    public double NsdToleranceMm { get; internal init; }

    /// <summary>Dice that was expected without the reference; null where nothing was.</summary>
    public double? ExpectedDice { get; internal init; }

    /// <summary>Dice that about nine in ten such masks were to reach; null where nothing was expected.</summary>
    public double? ExpectedDiceLow { get; internal init; }

    /// <summary>Why values are missing; null when none is.</summary>
    public string? Note { get; internal init; }

    /// <summary>Name, Dice and volume.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Name}: Dice {Dice:0.000}, {VolumeMl:0.0} mL of {ReferenceVolumeMl:0.0}");
}
