using PancreasSeg.Numerics;

namespace PancreasSeg.Evaluation;

/// <summary>The 95 % confidence interval of a mean by the bootstrap's percentiles (Efron and Tibshirani 1993, chapter 13): 10,000 samples,
/// always the same ones.</summary>
internal static class MeanInterval
{
    private const int Samples = 10_000;

    /// <summary>Both ends.</summary>
    /// <param name="values">One of each case, two or more.</param>
    public static (double Low, double High) Of(double[] values)
    {
        var means = new double[Samples];
        var random = new SeededRandom(1);
        for (int i = 0; i < Samples; i++)
        {
            double sum = 0;
            for (int n = 0; n < values.Length; n++) sum += values[random.Integer(0, values.Length - 1)];
            means[i] = sum / values.Length;
        }
        Array.Sort(means);
        return (means[(int)(0.025 * Samples)], means[(int)(0.975 * Samples) - 1]);
    }
}
