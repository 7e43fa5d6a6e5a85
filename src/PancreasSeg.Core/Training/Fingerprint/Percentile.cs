namespace PancreasSeg.Training;

/// <summary>Percentiles of a few values.</summary>
internal static class Percentile
{
    /// <summary>By linear interpolation between the values.</summary>
    /// <param name="values">One at least.</param>
    /// <param name="percent">0 to 100.</param>
    public static double Of(IEnumerable<double> values, double percent)
    {
        double[] sorted = [.. values.Order()];
        double at = percent / 100 * (sorted.Length - 1);
        int below = (int)at;
        return sorted[below] + (at - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]);
    }
}
