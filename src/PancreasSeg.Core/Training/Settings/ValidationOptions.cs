namespace PancreasSeg.Training;

/// <summary>Which cases validate, when and how.</summary>
public sealed record ValidationOptions
{
    private const string Group = "Validation";

    /// <summary>
    /// Part of the patients held back when no validation cases are given, rounded to whole patients: of two or more at least one,
    /// unless it is 0.
    /// </summary>
    public double Fraction { get; init; } = 0.2;

    /// <summary>Parts into which the patients are divided for cross-validation; null divides by the fraction.</summary>
    public int? Folds { get; init; }

    /// <summary>The part, counted from 1, that validates.</summary>
    public int Fold { get; init; } = 1;

    /// <summary>Simulated cases to validate on, each another patient with 12 mL of pancreas or more in the volume.</summary>
    public int SimulatedCases { get; init; } = 20;

    /// <summary>Epochs between validations; the last epoch is always validated.</summary>
    public int Interval { get; init; } = 1;

    /// <summary>Over what the figures are taken.</summary>
    public ValidationAverage Average { get; init; }

    /// <summary>Probability above which a voxel counts as pancreas; stored in the model.</summary>
    public double Threshold { get; init; } = 0.5;

    internal void Validate()
    {
        Setting.Require(Fraction is >= 0 and < 1, Group, nameof(Fraction), "is 0 or more and below 1");
        Setting.Require(Folds is null or > 1, Group, nameof(Folds), "is 2 or more");
        Setting.Require(Fold >= 1 && Fold <= (Folds ?? Fold), Group, nameof(Fold),
            Folds is null ? "is counted from 1" : $"is one of the {Folds} folds, counted from 1");
        Setting.Require(SimulatedCases > 0, Group, nameof(SimulatedCases), "is positive");
        Setting.Require(Interval > 0, Group, nameof(Interval), "is positive");
        Setting.Require(Enum.IsDefined(Average), Group, nameof(Average), "this version knows");
        Setting.Require(Threshold is > 0 and < 1, Group, nameof(Threshold), "lies between 0 and 1");
    }
}
