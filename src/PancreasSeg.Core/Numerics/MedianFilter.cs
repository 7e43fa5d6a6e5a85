namespace PancreasSeg.Numerics;

/// <summary>The median of the 3 x 3 x 3 values round each: takes noise away and leaves edges where they are.</summary>
internal static class MedianFilter
{
    private const int Neighbours = 27;

    /// <summary>Smooths a volume; its edges are repeated.</summary>
    /// <param name="values">Column-fastest.</param>
    /// <param name="columns">Values of a row.</param>
    /// <param name="rows">Rows of a slice.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    /// <returns>As many values.</returns>
    public static float[] Smooth(float[] values, int columns, int rows, CancellationToken cancellation = default)
    {
        var smooth = new float[values.Length];
        int plane = columns * rows, slices = values.Length / plane;
        Parallel.For(0, slices, new ParallelOptions { CancellationToken = cancellation }, slice =>
        {
            Span<float> around = stackalloc float[Neighbours];
            for (int row = 0; row < rows; row++)
                for (int column = 0; column < columns; column++)
                {
                    int n = 0;
                    for (int k = -1; k <= 1; k++)
                        for (int j = -1; j <= 1; j++)
                        {
                            int line = plane * Math.Clamp(slice + k, 0, slices - 1) + columns * Math.Clamp(row + j, 0, rows - 1);
                            for (int i = -1; i <= 1; i++) around[n++] = values[line + Math.Clamp(column + i, 0, columns - 1)];
                        }
                    around.Sort();
                    smooth[plane * slice + columns * row + column] = around[Neighbours / 2];
                }
        });
        return smooth;
    }
}
