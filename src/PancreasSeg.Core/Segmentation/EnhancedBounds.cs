using PancreasSeg.Preprocess;

namespace PancreasSeg.Segmentation;

/// <summary>What is too dark or too bright for pancreas once contrast medium has come: fat between vessels, and the vessels.</summary>
internal static class EnhancedBounds
{
    /// <summary>The bounds that apply to a case; null when its plan has none, or when it is unenhanced or of unknown phase.</summary>
    /// <param name="plan">The model's.</param>
    /// <param name="phase">The case's.</param>
    public static IReadOnlyList<double>? For(PreprocessPlan plan, ContrastPhase? phase) =>
        phase is null or ContrastPhase.Native ? null : plan.EnhancedHu;

    /// <summary>The probabilities, 0 where the input lies outside of the bounds.</summary>
    /// <param name="probabilities">One per value of the input.</param>
    /// <param name="input">What the network saw, scaled by the window of <paramref name="plan"/>.</param>
    /// <param name="plan">How it was made of HU.</param>
    /// <param name="hu">Lowest and highest HU.</param>
    public static float[] Keep(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> input, PreprocessPlan plan, IReadOnlyList<double> hu)
    {
        float low = Scaled(hu[0]), high = Scaled(hu[1]);
        var kept = new float[probabilities.Length];
        for (int i = 0; i < kept.Length; i++) kept[i] = input[i] >= low && input[i] <= high ? probabilities[i] : 0;
        return kept;

        float Scaled(double value) => (float)((value - plan.WindowLow) * 2 / (plan.WindowHigh - plan.WindowLow) - 1);
    }
}
