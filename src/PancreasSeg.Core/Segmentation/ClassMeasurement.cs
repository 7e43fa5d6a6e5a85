using PancreasSeg.Postprocess;

namespace PancreasSeg.Segmentation;

/// <summary>What one class of a model covers in a CT.</summary>
/// <param name="Name">The model's name of it.</param>
/// <param name="Label">Its number in <see cref="SegmentationResult.Labels"/>.</param>
/// <param name="Statistics">Measurements.</param>
public sealed record ClassMeasurement(string Name, byte Label, MaskStatistics Statistics)
{
    /// <summary>Volume in millilitres; 0 where none was found.</summary>
    public double VolumeMl => Statistics.VolumeMl;

    /// <summary>Mean HU; null where none was found.</summary>
    public double? MeanHu => Statistics.MeanHu;

    /// <summary>True when it reaches the edge of what the model saw, the CT or the box that a locator chose: it may be cut off.</summary>
    public bool TouchesBorder => Statistics.TouchesBorder;

    /// <summary>Name, number and volume.</summary>
    public override string ToString() => FormattableString.Invariant($"{Name} ({Label}): {VolumeMl:0.0} mL");
}
