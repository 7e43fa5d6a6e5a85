namespace PancreasSeg.Training;

/// <summary>What a prediction of quality is fitted to: one case of a cross-validation.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Fold">The fold that had not seen it.</param>
/// <param name="Signs">As <see cref="Postprocess.QualitySigns"/> has them.</param>
/// <param name="Dice">Of its mask, post-processed as is chosen.</param>
internal sealed record QualityCase(string Name, int Fold, double[] Signs, double Dice);
