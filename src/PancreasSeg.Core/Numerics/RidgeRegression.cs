namespace PancreasSeg.Numerics;

/// <summary>Linear regression with a penalty on the squares of its weights (Hoerl and Kennard 1970).</summary>
internal static class RidgeRegression
{
    /// <summary>Weights that minimise the squared error plus <paramref name="penalty"/> times their squares, of those variables that
    /// are left when the most negative weight is set to 0 until none is negative.</summary>
    /// <param name="x">For each case as many values, each centred on 0 over the cases.</param>
    /// <param name="y">For each case what is to be predicted, centred on 0.</param>
    /// <param name="penalty">Positive.</param>
    public static double[] NonNegative(IReadOnlyList<double[]> x, IReadOnlyList<double> y, double penalty)
    {
        int count = x[0].Length;
        var weights = new double[count];
        List<int> active = [.. Enumerable.Range(0, count)];
        while (active.Count > 0)
        {
            double[] found = Solve(x, y, penalty, active);
            int worst = Array.IndexOf(found, found.Min());
            if (found[worst] >= 0)
            {
                for (int i = 0; i < active.Count; i++) weights[active[i]] = found[i];
                break;
            }
            active.RemoveAt(worst);
        }
        return weights;
    }

    /// <summary>The normal equations by Cholesky's decomposition.</summary>
    private static double[] Solve(IReadOnlyList<double[]> x, IReadOnlyList<double> y, double penalty, List<int> columns)
    {
        int n = columns.Count;
        var lower = new double[n, n];
        var right = new double[n];
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < x.Count; k++) right[i] += x[k][columns[i]] * y[k];
            for (int j = 0; j <= i; j++)
            {
                double sum = i == j ? penalty : 0;
                for (int k = 0; k < x.Count; k++) sum += x[k][columns[i]] * x[k][columns[j]];
                for (int k = 0; k < j; k++) sum -= lower[i, k] * lower[j, k];
                lower[i, j] = i == j ? Math.Sqrt(sum) : sum / lower[j, j];
            }
        }
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < i; k++) right[i] -= lower[i, k] * right[k];
            right[i] /= lower[i, i];
        }
        for (int i = n - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < n; k++) right[i] -= lower[k, i] * right[k];
            right[i] /= lower[i, i];
        }
        return right;
    }
}
