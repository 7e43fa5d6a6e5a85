namespace PancreasSeg.Training;

/// <summary>One CT with its reference labels on the same grid.</summary>
/// <param name="Image">The CT in HU.</param>
/// <param name="Label">The labels.</param>
/// <param name="Name">Name of the case in messages and results.</param>
public sealed record TrainingCase(CtVolume Image, LabelVolume Label, string Name);
