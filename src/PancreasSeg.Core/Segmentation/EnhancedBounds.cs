using PancreasSeg.Preprocess;

namespace PancreasSeg.Segmentation;

/// <summary>What is too dark or too bright for pancreas once contrast medium has come: fat between vessels, and the vessels.</summary>
internal static class EnhancedBounds
{
    /// <summary>
    /// Part of what the network found that may lie outside; where it is more, the gland itself is fatty, or brighter than others, and the
    /// bounds do not fit the patient.
    /// </summary>
    private const double MostOutside = 1.0 / 3;

    /// <summary>The bounds that apply to a case, and its probabilities with 0 where the input lies outside of them.</summary>
    /// <param name="probabilities">One per value of the input.</param>
    /// <param name="input">What the network saw, scaled by the window of <paramref name="plan"/>.</param>
    /// <param name="plan">How it was made of HU, and the bounds.</param>
    /// <param name="phase">The case's.</param>
    /// <param name="threshold">Probability above which the network found pancreas.</param>
    /// <returns>The probabilities as they were and null when the plan has no bounds, the case is unenhanced or of unknown phase, or more
    /// than a third of what was found lies outside.</returns>
    public static (float[] Probabilities, IReadOnlyList<double>? Hu) Apply(
        float[] probabilities, ReadOnlySpan<float> input, PreprocessPlan plan, ContrastPhase? phase, double threshold)
    {
        if (plan.EnhancedHu is not { } hu || phase is null or ContrastPhase.Native) return (probabilities, null);
        float low = Scaled(hu[0]), high = Scaled(hu[1]);
        var kept = new float[probabilities.Length];
        int found = 0, outside = 0;
        for (int i = 0; i < kept.Length; i++)
        {
            bool isInside = input[i] >= low && input[i] <= high;
            if (isInside) kept[i] = probabilities[i];
            if (!(probabilities[i] > threshold)) continue;
            found++;
            if (!isInside) outside++;
        }
        return outside > MostOutside * found ? (probabilities, null) : (kept, hu);

        float Scaled(double value) => (float)((value - plan.WindowLow) * 2 / (plan.WindowHigh - plan.WindowLow) - 1);
    }
}
