namespace PancreasSeg.Inference.Foreign;

/// <summary>Interpolates planes of one size to another: along their rows, then along their columns, in float64.</summary>
internal sealed class PlaneSampling(int rows, int columns, int targetRows, int targetColumns, int order)
{
    private readonly AxisSampling _down = new(rows, targetRows, order);
    private readonly AxisSampling _along = new(columns, targetColumns, order);

    /// <summary>True when planes keep their values.</summary>
    public bool IsIdentity => _down.IsIdentity && _along.IsIdentity;

    /// <summary>The plane at the new size; <paramref name="plane"/> may go on behind it.</summary>
    public double[] Run(ReadOnlySpan<float> plane)
    {
        int width = _along.Target;
        var lines = new double[_down.Padded * width];
        var padded = new double[_along.Padded];
        for (int r = 0; r < _down.Length; r++)
            Along(plane.Slice(r * _along.Length, _along.Length), padded, lines.AsSpan((_down.Before + r) * width, width));
        for (int r = 0; r < _down.Before; r++) lines.AsSpan(_down.Before * width, width).CopyTo(lines.AsSpan(r * width));
        Span<double> last = lines.AsSpan((_down.Before + _down.Length - 1) * width, width);
        for (int r = 0; r < _down.After; r++) last.CopyTo(lines.AsSpan((_down.Before + _down.Length + r) * width));
        if (_down.NeedsFilter && !_down.IsIdentity) AxisSampling.FilterLines(lines, width);
        var result = new double[_down.Target * width];
        for (int r = 0; r < _down.Target; r++) Combine(_down, r, lines, width, result.AsSpan(r * width, width));
        return result;
    }

    /// <summary>Line <paramref name="index"/> of the result out of the padded lines of the source.</summary>
    public static void Combine(AxisSampling axis, int index, ReadOnlySpan<double> lines, int width, Span<double> result)
    {
        if (axis.IsIdentity)
        {
            lines.Slice((axis.Before + index) * width, width).CopyTo(result);
            return;
        }
        int first = axis.First[index];
        ReadOnlySpan<double> weights = axis.Weights.AsSpan(index * axis.Taps, axis.Taps);
        lines.Slice(first * width, width).CopyTo(result);
        LineKernels.Scale(result, weights[0]);
        for (int k = 1; k < weights.Length; k++) LineKernels.AddScaled(result, lines.Slice((first + k) * width, width), weights[k]);
    }

    private void Along(ReadOnlySpan<float> row, Span<double> padded, Span<double> result)
    {
        if (_along.IsIdentity)
        {
            for (int i = 0; i < row.Length; i++) result[i] = row[i];
            return;
        }
        padded[.._along.Before].Fill(row[0]);
        for (int i = 0; i < row.Length; i++) padded[_along.Before + i] = row[i];
        padded[(_along.Before + row.Length)..].Fill(row[^1]);
        if (_along.NeedsFilter) AxisSampling.Filter(padded);
        ReadOnlySpan<double> weights = _along.Weights;
        int taps = _along.Taps;
        for (int i = 0; i < result.Length; i++)
        {
            ReadOnlySpan<double> used = padded.Slice(_along.First[i], taps), weight = weights.Slice(i * taps, taps);
            double sum = used[0] * weight[0];
            for (int k = 1; k < used.Length; k++) sum += used[k] * weight[k];
            result[i] = sum;
        }
    }
}
