namespace PancreasSeg.Network;

/// <summary>Reorders volumes between the patient's axes (slices to the head, rows to the back, columns to the left) and a
/// network's.</summary>
internal sealed class AxisOrder
{
    // For each axis of the network, which of slices (0), rows (1), columns (2) it is and whether it runs the other way.
    private readonly int[] _axis;
    private readonly bool[] _isFlipped;

    /// <summary>Creates an order.</summary>
    /// <param name="axes">Three letters: the direction in which each axis of the network runs.</param>
    public AxisOrder(string axes)
    {
        if (!IsOrder(axes)) throw new ArgumentException("Not three directions.", nameof(axes));
        _axis = [.. axes.Select(Kind)];
        _isFlipped = [.. axes.Select(letter => letter is 'I' or 'A' or 'R')];
    }

    /// <summary>True for one letter of each pair.</summary>
    public static bool IsOrder(string axes) =>
        axes.Length == 3 && Enumerable.Range(0, 3).All(kind => axes.Count(letter => Kind(letter) == kind) == 1);

    /// <summary>A list in the network's order as columns, rows, slices.</summary>
    public IReadOnlyList<T>? ColumnsFirst<T>(IReadOnlyList<T>? values) =>
        values is null ? null : [.. Enumerable.Range(0, 3).Select(i => values[Array.IndexOf(_axis, 2 - i)])];

    /// <summary>Slices, rows and columns in the network's order.</summary>
    public (int A, int B, int C) Size(int depth, int height, int width)
    {
        int[] size = [depth, height, width];
        return (size[_axis[0]], size[_axis[1]], size[_axis[2]]);
    }

    /// <summary>D x H x W values in the network's order.</summary>
    public float[] ToNetwork(ReadOnlySpan<float> values, int depth, int height, int width)
    {
        var ordered = new float[values.Length];
        int i = 0;
        foreach (int from in Sources(depth, height, width)) ordered[i++] = values[from];
        return ordered;
    }

    /// <summary>The way back.</summary>
    public float[] FromNetwork(ReadOnlySpan<float> ordered, int depth, int height, int width)
    {
        var values = new float[ordered.Length];
        int i = 0;
        foreach (int to in Sources(depth, height, width)) values[to] = ordered[i++];
        return values;
    }

    /// <summary>For each voxel in the network's order its index in the patient's.</summary>
    private IEnumerable<int> Sources(int depth, int height, int width)
    {
        int[] strides = [height * width, width, 1];
        (int a, int b, int c) = Size(depth, height, width);
        for (int i = 0; i < a; i++)
            for (int j = 0; j < b; j++)
                for (int k = 0; k < c; k++)
                    yield return At(0, i, a) + At(1, j, b) + At(2, k, c);

        int At(int axis, int index, int count) => (_isFlipped[axis] ? count - 1 - index : index) * strides[_axis[axis]];
    }

    private static int Kind(char letter) => letter switch { 'S' or 'I' => 0, 'P' or 'A' => 1, 'L' or 'R' => 2, _ => -1 };
}
