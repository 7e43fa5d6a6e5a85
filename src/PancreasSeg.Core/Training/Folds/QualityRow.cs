namespace PancreasSeg.Training;

/// <summary>A case and what is predicted of it by the other folds.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Fold">Its fold.</param>
/// <param name="Dice">Of its mask.</param>
/// <param name="Expected">Expected Dice.</param>
/// <param name="Low">Lower bound.</param>
internal sealed record QualityRow(string Name, int Fold, double Dice, double Expected, double Low);
