namespace PancreasSeg.Evaluation;

/// <summary>What is expected of a mask.</summary>
/// <param name="Dice">Expected Dice with a careful reader's mask, 0 to 1.</param>
/// <param name="DiceLow">About nine in ten masks of the cross-validation's kind are at least as good.</param>
/// <param name="Reason">What speaks most against it; null where it is to be at least as good as the mean.</param>
internal sealed record QualityPrediction(double Dice, double DiceLow, string? Reason);
