namespace PancreasSeg.Training;

/// <summary>
/// How far training cases are varied. Each amount is the largest; a case gets a random one below it. Nothing is mirrored unless
/// asked for: no patient has the pancreas' tail on the right.
/// </summary>
public sealed record AugmentationOptions
{
    /// <summary>Rotation about each axis, in degrees.</summary>
    public double Rotation { get; init; } = 10;

    /// <summary>Change of size, as a part of 1.</summary>
    public double Scale { get; init; } = 0.1;

    /// <summary>Shift along each axis in mm.</summary>
    public double ShiftMm { get; init; } = 8;

    /// <summary>Smooth random displacement in mm (standard deviation); 0 for none.</summary>
    public double ElasticMm { get; init; }

    /// <summary>Mirrors left and right in half of the cases. There is no such patient, the liver lies on the right, and a network that has
    /// seen both no longer tells where sides were exchanged.</summary>
    public bool Mirror { get; init; }

    /// <summary>Shift of all HU.</summary>
    public double HuShift { get; init; } = 10;

    /// <summary>Factor on all HU, as a part of 1.</summary>
    public double HuScale { get; init; } = 0.05;

    /// <summary>
    /// Factor on the enhancement above unenhanced soft tissue (40 HU), as a part of 1, drawn for parenchyma (to 110 HU) and vessels
    /// (beyond) apart: another contrast phase, or another moment of the same.
    /// </summary>
    public double Contrast { get; init; } = 0.3;

    /// <summary>Natural logarithm of the exponent of a gamma curve over the window.</summary>
    public double Gamma { get; init; } = 0.2;

    /// <summary>Standard deviation of added noise in HU.</summary>
    public double NoiseHu { get; init; } = 12;

    /// <summary>Standard deviation of in-plane Gaussian smoothing in voxels.</summary>
    public double Blur { get; init; } = 0.7;

    /// <summary>Part of the cases that each of the variations from noise to gamma is applied to.</summary>
    public double Probability { get; init; } = 0.3;

    internal void Validate()
    {
        foreach ((string name, double value, double limit) in new[]
        {
            (nameof(Rotation), Rotation, 180.0), (nameof(Scale), Scale, 0.9), (nameof(ShiftMm), ShiftMm, 1000),
                (nameof(ElasticMm), ElasticMm, 100),
            (nameof(HuShift), HuShift, 1000), (nameof(HuScale), HuScale, 0.9), (nameof(Contrast), Contrast, 1), (nameof(Gamma), Gamma, 3),
            (nameof(NoiseHu), NoiseHu, 1000), (nameof(Blur), Blur, 20), (nameof(Probability), Probability, 1),
        })
        {
            Setting.Require(value >= 0 && value <= limit, "Augmentation", name,
                FormattableString.Invariant($"is a number from 0 to {limit}"));
        }
    }
}
