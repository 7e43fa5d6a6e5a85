namespace PancreasSeg.Network;

/// <summary>Overlap of the model's mask with the reference in one validation case, on the scanner's own grid.</summary>
/// <param name="Case">Name of the case.</param>
/// <param name="Dice">2 TP / (2 TP + FN + FP).</param>
/// <param name="Recall">TP / (TP + FN).</param>
/// <param name="Precision">TP / (TP + FP).</param>
public sealed record ValidationScore(string Case, double Dice, double Recall, double Precision)
{
    /// <summary>Case and Dice.</summary>
    public override string ToString() => FormattableString.Invariant($"{Case}: Dice {Dice:0.000}");
}
