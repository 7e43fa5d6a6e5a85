namespace PancreasSeg.Evaluation;

/// <summary>
/// The same cases measured twice: the mean of the differences with a 95 % confidence interval by the bootstrap's percentiles, always of
/// the same samples.
/// </summary>
public sealed record PairedComparison
{
    /// <summary>
    /// Fewest pairs that can tell two models apart: with six gains of one sign a two-sided sign test first falls below 0.05, at
    /// 2 / 2^6 = 0.031. Percentiles of fewer leave 0 out whenever all signs are equal.
    /// </summary>
    private const int FewestForSignificance = 6;

    private PairedComparison()
    {
    }

    /// <summary>What the cases are compared with.</summary>
    public string Reference { get; internal init; } = "";

    /// <summary>What is compared.</summary>
    public string Difference { get; internal init; } = "";

    /// <summary>Mean gain over the cases.</summary>
    public double MeanGain { get; internal init; }

    /// <summary>Lower end of the interval.</summary>
    public double Low { get; internal init; }

    /// <summary>Upper end of the interval.</summary>
    public double High { get; internal init; }

    /// <summary>True when the interval does not hold 0 and there are six cases or more.</summary>
    public bool IsSignificant => Count >= FewestForSignificance && (Low > 0 || High < 0);

    /// <summary>The cases, largest loss first.</summary>
    public IReadOnlyList<PairedScore> Cases { get => ReadableList.Of(field); internal init; } = [];

    /// <summary>Number of cases.</summary>
    public int Count => Cases.Count;

    /// <summary>Compares.</summary>
    /// <param name="reference">Name of the first measurement.</param>
    /// <param name="difference">Name of the second.</param>
    /// <param name="cases">At least two cases.</param>
    /// <exception cref="ArgumentException">Fewer than two cases: a single difference has no interval.</exception>
    public static PairedComparison Of(string reference, string difference, IReadOnlyList<PairedScore> cases)
    {
        ArgumentNullException.ThrowIfNull(cases);
        if (cases.Count < 2) throw new ArgumentException("A comparison needs two cases or more.", nameof(cases));
        double[] gains = [.. cases.Select(c => c.Gain)];
        (double low, double high) = MeanInterval.Of(gains);
        return new PairedComparison
        {
            Reference = reference,
            Difference = difference,
            MeanGain = gains.Average(),
            Low = low,
            High = high,
            Cases = cases.OrderBy(c => c.Gain).ThenBy(c => c.Case, StringComparer.Ordinal).ToArray(),
        };
    }

    /// <summary>In one line.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Difference} against {Reference}: {MeanGain:+0.000;-0.000} ({Low:+0.000;-0.000} to {High:+0.000;-0.000}), {Count} cases");
}
