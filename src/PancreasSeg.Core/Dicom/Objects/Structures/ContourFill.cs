namespace PancreasSeg.Dicom;

/// <summary>Fills a polygon on a slice: pixels whose centre lies inside by the even-odd rule are flipped.</summary>
internal static class ContourFill
{
    /// <summary>Flips 0 and 1.</summary>
    /// <param name="x">Points in pixels, whole numbers at pixel centres.</param>
    /// <param name="y">As many.</param>
    /// <param name="slice">0 or 1 per pixel, row by row.</param>
    /// <param name="columns">Pixels per row.</param>
    public static void Flip(ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<byte> slice, int columns)
    {
        int rows = slice.Length / columns;
        var crossings = new List<double>?[rows];
        for (int i = 0; i < x.Length; i++)
        {
            int next = i + 1 < x.Length ? i + 1 : 0;
            // Rows j with one end above and the other not: low <= j < high.
            (double low, double high) = y[i] < y[next] ? (y[i], y[next]) : (y[next], y[i]);
            int first = (int)Math.Clamp(Math.Ceiling(low), 0, rows), end = (int)Math.Clamp(Math.Ceiling(high), 0, rows);
            for (int row = first; row < end; row++)
                (crossings[row] ??= []).Add(x[i] + (row - y[i]) * (x[next] - x[i]) / (y[next] - y[i]));
        }
        for (int row = 0; row < rows; row++)
        {
            if (crossings[row] is not { } at) continue;
            at.Sort();
            for (int i = 0; i + 1 < at.Count; i += 2)
            {
                int first = (int)Math.Clamp(Math.Ceiling(at[i]), 0, columns), end = (int)Math.Clamp(Math.Ceiling(at[i + 1]), 0, columns);
                foreach (ref byte pixel in slice.Slice(row * columns + first, end - first)) pixel ^= 1;
            }
        }
    }
}
