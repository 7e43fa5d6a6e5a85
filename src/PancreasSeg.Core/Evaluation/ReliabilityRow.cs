using System.Globalization;

namespace PancreasSeg.Evaluation;

/// <summary>Expected Dice against true Dice, over the cases for which a range of it was expected.</summary>
public sealed class ReliabilityRow
{
    /// <summary>Dice below which a mask is to be found out.</summary>
    private const double Poor = 0.7;

    private static readonly double[] s_edges = [0, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

    private ReliabilityRow()
    {
    }

    /// <summary>What was expected, e.g. <c>0.7 to 0.8</c>; <c>all</c> for every case.</summary>
    public string Expected { get; private init; } = "";

    /// <summary>Number of cases.</summary>
    public int Count { get; private init; }

    /// <summary>Mean of the expected Dice.</summary>
    public double ExpectedDice { get; private init; }

    /// <summary>Mean of the Dice.</summary>
    public double Dice { get; private init; }

    /// <summary>Mean distance of the two.</summary>
    public double MeanAbsoluteError { get; private init; }

    /// <summary>Part of the cases whose Dice reached the lower bound; about nine in ten should.</summary>
    public double Coverage { get; private init; }

    /// <summary>Chance that of a mask with Dice below 0.7 and one with more the worse was expected to be worse (area under the receiver
    /// operating characteristic); null where one of the kinds is missing.</summary>
    public double? Auroc { get; private init; }

    /// <summary>A row for all cases of which something was expected, then one for each range that has any; empty for none.</summary>
    /// <param name="scores">One of each case.</param>
    public static IReadOnlyList<ReliabilityRow> Of(IReadOnlyList<SegmentationScore> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        SegmentationScore[] known = [.. scores.Where(s => s is { ExpectedDice: not null, ExpectedDiceLow: not null })];
        return known.Length == 0 ? [] : [Of("all", known), .. s_edges.Zip(s_edges.Skip(1), (from, to) => (
                Name: string.Create(CultureInfo.InvariantCulture, $"{from:0.0} to {to:0.0}"),
                Cases: (SegmentationScore[])[.. known.Where(s => s.ExpectedDice >= from && (s.ExpectedDice < to || to >= 1))]))
            .Where(range => range.Cases.Length > 0).Select(range => Of(range.Name, range.Cases))];
    }

    /// <summary>Range, cases, expected and true Dice.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Expected}: {Count} cases, expected {ExpectedDice:0.000}, Dice {Dice:0.000}, coverage {Coverage:0.00}");

    private static ReliabilityRow Of(string name, SegmentationScore[] cases)
    {
        SegmentationScore[] poor = [.. cases.Where(s => s.Dice < Poor)], good = [.. cases.Where(s => s.Dice >= Poor)];
        return new ReliabilityRow
        {
            Expected = name,
            Count = cases.Length,
            ExpectedDice = cases.Average(s => s.ExpectedDice!.Value),
            Dice = cases.Average(s => s.Dice),
            MeanAbsoluteError = cases.Average(s => Math.Abs(s.ExpectedDice!.Value - s.Dice)),
            Coverage = cases.Count(s => s.Dice >= s.ExpectedDiceLow) / (double)cases.Length,
            Auroc = poor.Length == 0 || good.Length == 0 ? null : poor.Average(p => good.Average(g =>
                p.ExpectedDice < g.ExpectedDice ? 1 : p.ExpectedDice == g.ExpectedDice ? 0.5 : 0)),
        };
    }
}
