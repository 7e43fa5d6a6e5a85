namespace PancreasSeg.Evaluation;

/// <summary>What one sign says of a mask's quality.</summary>
/// <param name="Name">The doubt that a low value raises.</param>
/// <param name="Centre">Usual value of a sign that should be neither low nor high; null where higher is better.</param>
/// <param name="Mean">Mean over the cases of the cross-validation, of a sign with a centre that of the distance to it, below 0.</param>
/// <param name="Sd">Standard deviation of the same.</param>
/// <param name="Weight">Change of the log odds of Dice with one standard deviation, 0 or more.</param>
public sealed record QualityTerm(string Name, double? Centre, double Mean, double Sd, double Weight)
{
    /// <summary>How good a value is, in standard deviations.</summary>
    internal double Score(double value) => ((Centre is { } centre ? -Math.Abs(value - centre) : value) - Mean) / Sd;

    /// <summary>What a value adds to the log odds.</summary>
    internal double Part(double value) => Weight * Score(value);

    /// <summary>Name and weight.</summary>
    public override string ToString() => FormattableString.Invariant($"{Name} {Weight:0.00}");
}
