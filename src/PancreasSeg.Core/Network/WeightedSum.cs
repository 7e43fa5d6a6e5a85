namespace PancreasSeg.Network;

/// <summary>Puts the answers for overlapping boxes together: each voxel becomes the weighted mean of what the boxes that see it
/// say.</summary>
/// <param name="depth">Slices of the whole.</param>
/// <param name="height">Rows.</param>
/// <param name="width">Columns.</param>
internal sealed class WeightedSum(int depth, int height, int width)
{
    private readonly float[] _sum = new float[depth * height * width];
    private readonly float[] _weight = new float[depth * height * width];

    /// <summary>Adds the answer for one box.</summary>
    /// <param name="answer">Values of the box, columns fastest.</param>
    /// <param name="box">Slices, rows and columns of the box.</param>
    /// <param name="place">First slice, row and column of the box in the whole.</param>
    /// <param name="weights">A weight for each of the box's voxels; null for 1.</param>
    public void Add(
        ReadOnlySpan<float> answer, (int Depth, int Height, int Width) box, (int Slice, int Row, int Column) place, float[]? weights = null)
    {
        for (int row = 0; row < box.Depth * box.Height; row++)
        {
            int at = Index(height, width, place, box.Height, row), from = row * box.Width;
            for (int c = 0; c < box.Width; c++)
            {
                float weight = weights is null ? 1 : weights[from + c];
                _sum[at + c] += weight * answer[from + c];
                _weight[at + c] += weight;
            }
        }
    }

    /// <summary>The means; 0 where no box was.</summary>
    public float[] Mean()
    {
        for (int i = 0; i < _sum.Length; i++)
            if (_weight[i] > 0) _sum[i] /= _weight[i];
        return _sum;
    }

    /// <summary>The values of a box of a whole of <paramref name="height"/> rows and <paramref name="width"/> columns.</summary>
    public static float[] Cut(
        ReadOnlySpan<float> whole, int height, int width, (int Depth, int Height, int Width) box, (int Slice, int Row, int Column) place)
    {
        var values = new float[box.Depth * box.Height * box.Width];
        for (int row = 0; row < box.Depth * box.Height; row++)
            whole.Slice(Index(height, width, place, box.Height, row), box.Width).CopyTo(values.AsSpan(row * box.Width));
        return values;
    }

    /// <summary>A whole of <paramref name="depth"/> slices that has a box's values at its place and 0 elsewhere.</summary>
    public static byte[] Place(ReadOnlySpan<byte> values, int depth, int height, int width, (int Depth, int Height, int Width) box,
        (int Slice, int Row, int Column) place)
    {
        var whole = new byte[depth * height * width];
        for (int row = 0; row < box.Depth * box.Height; row++)
            values.Slice(row * box.Width, box.Width).CopyTo(whole.AsSpan(Index(height, width, place, box.Height, row)));
        return whole;
    }

    private static int Index(int height, int width, (int Slice, int Row, int Column) place, int boxHeight, int row) =>
        ((place.Slice + row / boxHeight) * height + place.Row + row % boxHeight) * width + place.Column;
}
