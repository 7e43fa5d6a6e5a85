namespace PancreasSeg.Network;

/// <summary>What a threshold does to the validation cases together (voxels of all cases counted).</summary>
/// <param name="Threshold">Probability above which a voxel counts as pancreas.</param>
/// <param name="Recall">TP / (TP + FN).</param>
/// <param name="Precision">TP / (TP + FP).</param>
public sealed record OperatingPoint(double Threshold, double Recall, double Precision)
{
    /// <summary>The threshold on a curve with the highest F measure (van Rijsbergen 1979), which weighs recall beta times as much as
    /// precision: beta is 1 for Balanced, 2 for Recall, 0.5 for Precision.</summary>
    internal static double ThresholdFor(IReadOnlyList<OperatingPoint> curve, OperatingPointKind kind)
    {
        double beta2 = kind switch { OperatingPointKind.Recall => 4, OperatingPointKind.Precision => 0.25, _ => 1 };
        return curve.MaxBy(p => (1 + beta2) * p.Recall * p.Precision / Math.Max(beta2 * p.Precision + p.Recall, double.Epsilon))!.Threshold;
    }

    /// <summary>All in one line.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Threshold:0.00}: recall {Recall:0.000}, precision {Precision:0.000}");
}
