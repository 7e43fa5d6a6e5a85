namespace PancreasSeg.Postprocess;

/// <summary>What a network's answer shows of its own quality without a reference, on the network's grid.</summary>
internal static class QualitySigns
{
    /// <summary>Where the mask is cut that is looked at, whatever threshold the model uses.</summary>
    private const float Middle = 0.5f, Low = 0.3f, High = 0.7f, Least = 0.02f;

    /// <summary>What speaks against a mask whose probabilities show no pancreas.</summary>
    public const string Faint = "ProbabilityLow";

    /// <summary>The doubt that each sign raises, and whether it should be neither low nor high; of the others higher is better.</summary>
    public static IReadOnlyList<(string Name, bool HasCentre)> Names { get; } =
    [
        ("BorderUncertain", false), ("ThresholdSensitive", false), (Faint, false), ("Fragmented", false), ("SlicesThick", false),
        ("VolumeUnusual", true), ("HuUnusual", true), ("HuSpreadUnusual", true),
    ];

    /// <summary>A value for each of <see cref="Names"/>; null where no voxel is more likely pancreas than not.</summary>
    /// <param name="probabilities">On the network's grid.</param>
    /// <param name="input">The network's input there, a value for each.</param>
    /// <param name="sliceMm">Distance of the scan's slices in mm.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    public static double[]? Of(
        ProbabilityVolume probabilities, ReadOnlySpan<float> input, double sliceMm, CancellationToken cancellation = default)
    {
        ReadOnlySpan<float> p = probabilities.Values.Span;
        var mask = new byte[p.Length];
        (long low, long middle, long high) = (0, 0, 0);
        (double all, double inside, double sum, double squares) = (0, 0, 0, 0);
        for (int i = 0; i < p.Length; i++)
        {
            if (!(p[i] > Least)) continue;
            all += p[i];
            if (p[i] > Low) low++;
            if (p[i] > High) high++;
            if (!(p[i] > Middle)) continue;
            mask[i] = 1;
            middle++;
            inside += p[i];
            sum += input[i];
            squares += (double)input[i] * input[i];
        }
        if (middle == 0) return null;
        IReadOnlyList<int> parts = Components.Sizes(new LabelVolume(probabilities.Grid, mask, probabilities.Source), cancellation);
        double mean = sum / middle;
        return
        [
            LogOdds(2 * inside / (middle + all)),           // the Dice that the probabilities themselves expect
            LogOdds(2.0 * high / (low + high)),             // Dice of the masks at 0.3 and 0.7
            LogOdds(inside / middle),
            parts.Max() / (double)middle,
            -Math.Log(sliceMm),
            Math.Log(middle * probabilities.Grid.VoxelVolume / 1000),
            mean,
            Math.Sqrt(Math.Max(0, squares / middle - mean * mean)),
        ];
    }

    private static double LogOdds(double share)
    {
        double kept = Math.Clamp(share, 0.001, 0.999);
        return Math.Log(kept / (1 - kept));
    }
}
