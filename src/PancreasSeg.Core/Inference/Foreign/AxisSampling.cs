namespace PancreasSeg.Inference.Foreign;

/// <summary>
/// Interpolation along one axis, from n values to m whose outer faces coincide: value i of the result lies at (i + 0.5) n/m - 0.5. Cubic
/// B-splines (order 3) extend the axis by 12 copies of its end values; order 1 is linear, order 0 nearest.
/// </summary>
internal sealed class AxisSampling
{
    private const int CubicPad = 12, StartTerms = 80;
    private const double Gain = 6;

    private static readonly double s_pole = Math.Sqrt(3) - 2;

    private readonly int _order;

    /// <summary>Creates the taps.</summary>
    /// <param name="length">Values before.</param>
    /// <param name="target">Values after.</param>
    /// <param name="order">3, 1 or 0.</param>
    public AxisSampling(int length, int target, int order)
    {
        (Length, Target, _order) = (length, target, order);
        IsIdentity = length == target;
        Before = order == 3 ? CubicPad : 0;
        After = order == 3 ? CubicPad : 1;
        Taps = order + 1;
        First = new int[target];
        Weights = new double[target * Taps];
        for (int i = 0; i < target; i++) First[i] = Tap(i);
    }

    /// <summary>Values before.</summary>
    public int Length { get; }

    /// <summary>Values after.</summary>
    public int Target { get; }

    /// <summary>True when the axis keeps its values.</summary>
    public bool IsIdentity { get; }

    /// <summary>Copies of the first value before it.</summary>
    public int Before { get; }

    /// <summary>Copies of the last value behind it.</summary>
    public int After { get; }

    /// <summary>Values with their copies.</summary>
    public int Padded => Before + Length + After;

    /// <summary>Values of the padded axis that make one of the result.</summary>
    public int Taps { get; }

    /// <summary>For each value of the result the first tap on the padded axis.</summary>
    public int[] First { get; }

    /// <summary>For each value of the result its taps' weights.</summary>
    public double[] Weights { get; }

    /// <summary>Splines go through the values only after their coefficients were computed.</summary>
    public bool NeedsFilter => _order == 3;

    /// <summary>
    /// Turns a padded row into the coefficients of the cubic spline through it, mirrored half a sample beyond its ends (Unser 1999,
    /// "Splines: a perfect fit", box 2).
    /// </summary>
    /// <param name="row"><see cref="Padded"/> values.</param>
    public static void Filter(Span<double> row)
    {
        double start = row[0], power = 1;
        for (int k = 1; k < StartTerms; k++) start += (power *= s_pole) * row[Mirrored(k - 1, row.Length)];
        row[0] = Gain * start;
        for (int i = 1; i < row.Length; i++) row[i] = Gain * row[i] + s_pole * row[i - 1];
        row[^1] *= s_pole / (s_pole - 1);
        for (int i = row.Length - 2; i >= 0; i--) row[i] = s_pole * (row[i + 1] - row[i]);
    }

    /// <summary>The same for many rows side by side: <see cref="Padded"/> lines of <paramref name="width"/> values.</summary>
    public static void FilterLines(Span<double> lines, int width)
    {
        int count = lines.Length / width;
        Span<double> start = new double[width];
        lines[..width].CopyTo(start);
        double power = 1;
        for (int k = 1; k < StartTerms; k++)
            LineKernels.AddScaled(start, lines.Slice(Mirrored(k - 1, count) * width, width), power *= s_pole);
        start.CopyTo(lines);
        LineKernels.Scale(lines[..width], Gain);
        for (int i = 1; i < count; i++)
            LineKernels.Causal(lines.Slice(i * width, width), lines.Slice((i - 1) * width, width), Gain, s_pole);
        LineKernels.Scale(lines[^width..], s_pole / (s_pole - 1));
        for (int i = count - 2; i >= 0; i--)
            LineKernels.AntiCausal(lines.Slice(i * width, width), lines.Slice((i + 1) * width, width), s_pole);
    }

    private int Tap(int i)
    {
        double x = (i + 0.5) * ((double)Length / Target) - 0.5;
        Span<double> weights = Weights.AsSpan(i * Taps, Taps);
        if (_order == 0)
        {
            weights[0] = 1;
            return Math.Clamp((int)Math.Floor(x + 0.5), 0, Length - 1);
        }
        x = _order == 1 ? Math.Clamp(x, 0, Length - 1) : Math.Clamp(x, -CubicPad, Length - 1 + CubicPad) + CubicPad;
        int first = (int)Math.Floor(x);
        double t = x - first;
        if (_order == 1)
        {
            (weights[0], weights[1]) = (1 - t, t);
            return first;
        }
        weights[0] = Math.Pow(1 - t, 3) / 6;
        weights[1] = (4 - 6 * t * t + 3 * t * t * t) / 6;
        weights[2] = (1 + 3 * t + 3 * t * t - 3 * t * t * t) / 6;
        weights[3] = t * t * t / 6;
        return first - 1;
    }

    private static int Mirrored(int index, int count)
    {
        index %= 2 * count;
        return index < count ? index : 2 * count - 1 - index;
    }
}
