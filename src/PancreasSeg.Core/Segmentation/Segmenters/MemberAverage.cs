using PancreasSeg.Evaluation;
using PancreasSeg.Inference;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Segmentation;

/// <summary>The mean of what a model's members say of one input, member after member.</summary>
/// <param name="Answer">Mean probabilities; classes as the first member tells them.</param>
/// <param name="Members">How many were asked.</param>
/// <param name="Agreement">Dice of the masks of the first two; null where one was asked.</param>
/// <param name="Signs">Mean of what each member's probabilities show of their quality; null where they show no pancreas.</param>
internal sealed record MemberAverage(Prediction Answer, int Members, double? Agreement, IReadOnlyList<double>? Signs)
{
    /// <summary>Dice from which the first two members speak for the others.</summary>
    private const double Agreed = 0.97;

    /// <summary>Asks the members in order.</summary>
    /// <param name="engines">The members.</param>
    /// <param name="input">The CT on the network's grid.</param>
    /// <param name="execution">How a pass is run.</param>
    /// <param name="withClasses">True to be told the class of each voxel too.</param>
    /// <param name="threshold">Above which a member's voxel is pancreas.</param>
    /// <param name="effort">How many to ask.</param>
    /// <param name="signs">Tells what probabilities show of their quality.</param>
    /// <param name="progress">Told as the work goes on.</param>
    /// <param name="cancellation">Looked at between blocks of the network.</param>
    public static MemberAverage Of(MemberEngines engines, NetworkInput input, Execution execution, bool withClasses,
        double threshold, SegmentationEffort effort, Func<float[], double[]?> signs, IProgress<ProgressStep>? progress,
        CancellationToken cancellation)
    {
        Prediction first = engines.Of(0).Run(input.Values, execution, withClasses, progress, cancellation);
        List<double[]?> shown = [signs(first.Probabilities)];
        if (engines.Count == 1 || effort == SegmentationEffort.Fast) return new MemberAverage(first, 1, null, Mean(shown));
        float[] mean = first.Probabilities;
        OverlapMetrics overlap = default;
        int asked = 1;
        while (asked < engines.Count && (asked != 2 || effort == SegmentationEffort.Full || !IsEnough(overlap)))
        {
            float[] next = engines.Of(asked).Run(input.Values, execution, false, progress, cancellation).Probabilities;
            if (asked == 1) overlap = Overlap(mean, next, (float)threshold);
            shown.Add(signs(next));
            asked++;
            // A running mean, which equal answers leave as they are to the last bit.
            for (int i = 0; i < mean.Length; i++) mean[i] += (next[i] - mean[i]) / asked;
        }
        return new MemberAverage(first, asked, overlap.Dice, Mean(shown));
    }

    private static double[]? Mean(IEnumerable<double[]?> shown)
    {
        double[][] known = [.. shown.OfType<double[]>()];
        return known.Length == 0 ? null : [.. known[0].Select((_, i) => known.Average(signs => signs[i]))];
    }

    /// <summary>Two empty masks agree, but on nothing that the others should be spared.</summary>
    private static bool IsEnough(OverlapMetrics firstTwo) => firstTwo.Both > 0 && firstTwo.Dice >= Agreed;

    private static OverlapMetrics Overlap(float[] a, float[] b, float threshold)
    {
        (long both, long one, long other) = (0, 0, 0);
        for (int i = 0; i < a.Length; i++)
        {
            (bool inA, bool inB) = (a[i] > threshold, b[i] > threshold);
            if (inA && inB) both++;
            else if (inA) one++;
            else if (inB) other++;
        }
        return new OverlapMetrics(both, one, other);
    }
}
