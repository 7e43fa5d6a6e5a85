namespace PancreasSeg.Network;

/// <summary>What <see cref="NormKernel"/> does with values of one number format. Rows hold a value of each channel.</summary>
internal interface INormRows<T>
{
    /// <summary>Adds each channel's values to the first half of <paramref name="sums"/> and their squares to the second.</summary>
    static abstract void Add(ReadOnlySpan<T> rows, int channels, double[] sums);

    /// <summary>Sum and sum of squares of one channel's values.</summary>
    static abstract (double Sum, double Squares) AddLine(ReadOnlySpan<T> line);

    /// <summary>Each value times its scale plus its shift, then times <paramref name="slope"/> if below 0.</summary>
    static abstract void Apply(Span<T> values, float[] scales, float[] shifts, float slope);
}
