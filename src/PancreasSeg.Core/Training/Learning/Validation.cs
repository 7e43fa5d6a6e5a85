using PancreasSeg.Network;

namespace PancreasSeg.Training;

/// <summary>Overlap of the masks of all validation cases with their references, whole volumes on the scanner's own grid.</summary>
internal sealed record Validation(
    IReadOnlyList<ValidationScore> Scores, IReadOnlyList<OperatingPoint> Curve, double Dice, double Recall, double Precision)
{
    /// <summary>Segments and measures the cases.</summary>
    /// <param name="cases">Cases with a reference; gone through once.</param>
    /// <param name="probability">The network.</param>
    /// <param name="options">Threshold, plan and kind of average.</param>
    /// <param name="cancellation">Stops between cases and slices.</param>
    public static Validation Of(
        IEnumerable<PreparedCase> cases, Func<PreparedCase, float[]> probability, TrainingOptions options, CancellationToken cancellation)
    {
        double[] thresholds = OverlapCurve.Thresholds(options.Validation.Threshold);
        var scores = new List<ValidationScore>();
        var curves = new List<OverlapCurve>();
        VoxelCounts voxels = default;
        foreach (PreparedCase item in cases)
        {
            var answer = new ProbabilityVolume(item.Input.OutputGrid, probability(item));
            OverlapCurve curve = OverlapCurve.Measure(answer, item.Reference!, thresholds, options.Plan.Interpolation, cancellation);
            VoxelCounts counts = curve.At(options.Validation.Threshold);
            voxels += counts;
            curves.Add(curve);
            scores.Add(new ValidationScore(item.Name, counts.Dice, counts.Recall, counts.Precision));
        }
        return options.Validation.Average == ValidationAverage.Voxel
            ? new Validation(scores, OverlapCurve.Pool(curves), voxels.Dice, voxels.Recall, voxels.Precision)
            : new Validation(scores, OverlapCurve.Pool(curves), scores.Average(s => s.Dice), scores.Average(s => s.Recall),
                scores.Average(s => s.Precision));
    }

    /// <summary>The epoch with these figures.</summary>
    public TrainingEpoch AddTo(TrainingEpoch epoch)
    {
        ValidationScore worst = Scores.MinBy(s => s.Dice)!;
        double mean = Scores.Average(s => s.Dice);
        return epoch with
        {
            ValidationDice = Dice,
            ValidationRecall = Recall,
            ValidationPrecision = Precision,
            ValidationDiceSd = Scores.Count < 2 ? null : Math.Sqrt(Scores.Sum(s => (s.Dice - mean) * (s.Dice - mean)) / (Scores.Count - 1)),
            ValidationDiceWorst = worst.Dice,
            WorstCase = worst.Case,
        };
    }
}
