using PancreasSeg.Evaluation;
using PancreasSeg.Network;
using PancreasSeg.Postprocess;

namespace PancreasSeg.Training;

/// <summary>What the finished folds of a cross-validation show: every figure is of a case that its model had not seen.</summary>
public sealed class CrossValidationResult
{
    private const int WorstCases = 10;

    private CrossValidationResult()
    {
    }

    /// <summary>Full path of the folder.</summary>
    public string Path { get; private init; } = "";

    /// <summary>How many folds there are.</summary>
    public int Folds { get; private init; }

    /// <summary>How many are finished; tables are written once all are.</summary>
    public int FinishedFolds { get; private init; }

    /// <summary>Cases that were measured.</summary>
    public int Cases => Scores.Count;

    /// <summary>Mean Dice over them; null without a finished fold.</summary>
    public double? Dice { get; private init; }

    /// <summary>Lower end of its 95 % confidence interval (bootstrap over cases); null with fewer than two cases.</summary>
    public double? DiceLow { get; private init; }

    /// <summary>Upper end of it.</summary>
    public double? DiceHigh { get; private init; }

    /// <summary>Threshold of the highest F measure over the voxels of all cases together; null before every fold is finished.</summary>
    public double? Threshold { get; private init; }

    /// <summary>What is worth doing to a mask, with what it did to these at <see cref="Threshold"/>; null for nothing, and before every
    /// fold is finished.</summary>
    public PostprocessChoice? Postprocess { get; private init; }

    /// <summary>Predicts the Dice of a mask without a reference; null with fewer than 30 cases, where they chose the epoch that
    /// each fold kept, and before every fold is finished.</summary>
    public QualityModel? Quality { get; private init; }

    /// <summary>Names of the ten cases of lowest Dice, worst first; the folder worst has pictures of them.</summary>
    public IReadOnlyList<string> Worst { get; private init; } = [];

    /// <summary>Full paths of the finished folds' models.</summary>
    public IReadOnlyList<string> Models { get; private init; } = [];

    /// <summary>A score for each case, fold by fold.</summary>
    public IReadOnlyList<SegmentationScore> Scores { get; private init; } = [];

    /// <summary>A row for each measure.</summary>
    public IReadOnlyList<ScoreSummary> Summary { get; private init; } = [];

    /// <summary>Recall and precision over the voxels of all cases together, at rising thresholds.</summary>
    public IReadOnlyList<OperatingPoint> Curve { get; private init; } = [];

    /// <summary>Folds and Dice in one line.</summary>
    public override string ToString() => FormattableString.Invariant($"{FinishedFolds} of {Folds} folds, {Cases} cases")
        + (Dice is { } dice ? FormattableString.Invariant($": Dice {dice:0.000}") : "");

    internal static CrossValidationResult Of(string folder, IReadOnlyList<FoldRecord?> records, FoldChoices? choices)
    {
        FoldRecord[] finished = [.. records.OfType<FoldRecord>()];
        SegmentationScore[] scores = [.. finished.SelectMany(r => r.Cases).Select(c => c.ToScore())];
        IReadOnlyList<ScoreSummary> summary = ScoreSummary.Of(scores);
        ScoreSummary dice = summary.First(row => row.Measure == nameof(SegmentationScore.Dice));
        return new CrossValidationResult
        {
            Path = folder,
            Folds = records.Count,
            FinishedFolds = finished.Length,
            Dice = dice.Mean,
            DiceLow = dice.Low,
            DiceHigh = dice.High,
            Threshold = choices?.Threshold,
            Postprocess = choices?.Postprocess,
            Quality = choices?.Quality,
            Worst = ReadableList.Of<string>([.. scores.OrderBy(s => s.Dice).Take(WorstCases).Select(s => s.Name)]),
            Models = ReadableList.Of<string>([.. records.Select((r, fold) => r is null ? null
                : System.IO.Path.Combine(folder, $"fold{fold}", TrainingRun.BestFile)).OfType<string>()]),
            Scores = ReadableList.Counted(scores, "cases"),
            Summary = ReadableList.Counted(summary, "measures"),
            Curve = ReadableList.Counted<OperatingPoint>([.. finished.SelectMany(r => r.Curve).GroupBy(c => c.Threshold).OrderBy(g => g.Key)
                .Select(g => Pooled(g.Key, g))], "points"),
        };
    }

    private static OperatingPoint Pooled(double threshold, IEnumerable<FoldCounts> counts)
    {
        VoxelCounts sum = counts.Aggregate(default(VoxelCounts),
            (total, c) => total + new VoxelCounts(c.TruePositives, c.FalseNegatives, c.FalsePositives));
        return new OperatingPoint(threshold, sum.Recall, sum.Precision);
    }
}
