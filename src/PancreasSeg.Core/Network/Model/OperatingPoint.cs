namespace PancreasSeg.Network;

/// <summary>What a threshold does to the validation cases together (voxels of all cases counted).</summary>
/// <param name="Threshold">Probability above which a voxel counts as pancreas.</param>
/// <param name="Recall">TP / (TP + FN).</param>
/// <param name="Precision">TP / (TP + FP).</param>
public sealed record OperatingPoint(double Threshold, double Recall, double Precision)
{
    /// <summary>All in one line.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Threshold:0.00}: recall {Recall:0.000}, precision {Precision:0.000}");
}
