namespace PancreasSeg.Evaluation;

/// <summary>One measure over many cases.</summary>
public sealed class ScoreSummary
{
    private static readonly (string Name, Func<SegmentationScore, double?> Of, bool HighIsBest)[] s_measures =
    [
        (nameof(SegmentationScore.Dice), s => s.Dice, true), (nameof(SegmentationScore.Recall), s => s.Recall, true),
        (nameof(SegmentationScore.Precision), s => s.Precision, true), (nameof(SegmentationScore.Nsd), s => s.Nsd, true),
        (nameof(SegmentationScore.Hd95Mm), s => s.Hd95Mm, false), (nameof(SegmentationScore.AssdMm), s => s.AssdMm, false),
        ("AbsoluteVolumeDifferenceMl", s => Math.Abs(s.VolumeDifferenceMl), false),
    ];

    private ScoreSummary()
    {
    }

    /// <summary>Name of the measure.</summary>
    public string Measure { get; private init; } = "";

    /// <summary>Cases for which it is defined.</summary>
    public int Count { get; private init; }

    /// <summary>Cases for which it is not, such as a distance to an empty mask.</summary>
    public int Missing { get; private init; }

    /// <summary>Mean; null without a case.</summary>
    public double? Mean { get; private init; }

    /// <summary>Standard deviation of the cases (n - 1); null with fewer than two.</summary>
    public double? Sd { get; private init; }

    /// <summary>Median.</summary>
    public double? Median { get; private init; }

    /// <summary>Lower end of the 95 % confidence interval of the mean (bootstrap over cases); null with fewer than two.</summary>
    public double? Low { get; private init; }

    /// <summary>Upper end of it.</summary>
    public double? High { get; private init; }

    /// <summary>The worst value.</summary>
    public double? Worst { get; private init; }

    /// <summary>The case that has it.</summary>
    public string? WorstCase { get; private init; }

    /// <summary>A row for each measure.</summary>
    /// <param name="scores">One of each case.</param>
    public static IReadOnlyList<ScoreSummary> Of(IReadOnlyList<SegmentationScore> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        return [.. s_measures.Select(measure => Of(measure.Name, [.. scores.Select(s => (s.Name, measure.Of(s)))], measure.HighIsBest))];
    }

    /// <summary>Measure, mean and interval.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Measure}: {Mean:0.000} ({Low:0.000} to {High:0.000}), {Count} cases");

    private static ScoreSummary Of(string name, (string Case, double? Value)[] all, bool highIsBest)
    {
        (string Case, double Value)[] known =
            [.. all.Where(c => c.Value is not null).Select(c => (c.Case, c.Value!.Value)).OrderBy(c => c.Value)];
        int count = known.Length;
        if (count == 0) return new ScoreSummary { Measure = name, Missing = all.Length };
        double[] values = [.. known.Select(c => c.Value)];
        double mean = values.Average();
        (double Low, double High)? interval = count < 2 ? null : MeanInterval.Of(values);
        (string Case, double Value) worst = highIsBest ? known[0] : known[^1];
        return new ScoreSummary
        {
            Measure = name,
            Count = count,
            Missing = all.Length - count,
            Mean = mean,
            Sd = count < 2 ? null : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (count - 1)),
            Median = (values[(count - 1) / 2] + values[count / 2]) / 2,
            Low = interval?.Low,
            High = interval?.High,
            Worst = worst.Value,
            WorstCase = worst.Case,
        };
    }
}
