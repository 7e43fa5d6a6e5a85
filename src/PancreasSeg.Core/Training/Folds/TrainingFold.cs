namespace PancreasSeg.Training;

/// <summary>One part of a cross-validation.</summary>
/// <param name="Training">Names of the cases that train.</param>
/// <param name="Validation">Names of the cases that are held back.</param>
public sealed record TrainingFold(IReadOnlyList<string> Training, IReadOnlyList<string> Validation);
