namespace PancreasSeg.Evaluation;

/// <summary>One case measured twice.</summary>
/// <param name="Case">Its name.</param>
/// <param name="Reference">What it is compared with.</param>
/// <param name="Difference">What is compared.</param>
public sealed record PairedScore(string Case, double Reference, double Difference)
{
    /// <summary>How much more the second measurement is.</summary>
    public double Gain => Difference - Reference;

    /// <summary>Case and gain.</summary>
    public override string ToString() => FormattableString.Invariant($"{Case} ({Gain:+0.000;-0.000;0.000})");
}
