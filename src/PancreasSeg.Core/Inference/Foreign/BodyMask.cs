namespace PancreasSeg.Inference.Foreign;

/// <summary>What of an image nnU-Net takes for its subject: voxels that are not exactly 0, and what such enclose.</summary>
internal static class BodyMask
{
    /// <summary>The box of the voxels that are not 0; the whole image where all are. Holes never change it.</summary>
    /// <returns>First index and length along each axis.</returns>
    public static (int[] Start, int[] Shape) Box(VoxelArray<float> image, CancellationToken cancellation)
    {
        int[] shape = image.Shape;
        var slices = new (int[] Low, int[] High)?[shape[0]];
        ParallelWork.For(shape[0], z => slices[z] = BoxOfSlice(image, z), cancellation);
        (int[] Low, int[] High)[] used = [.. slices.OfType<(int[] Low, int[] High)>()];
        if (used.Length == 0) return ([0, 0, 0], shape);
        int[] low = [.. Enumerable.Range(0, 3).Select(a => used.Min(box => box.Low[a]))];
        return (low, [.. Enumerable.Range(0, 3).Select(a => used.Max(box => box.High[a]) - low[a])]);
    }

    /// <summary>True for each voxel of the subject.</summary>
    public static bool[] Of(VoxelArray<float> image)
    {
        (int depth, int rows, int columns) = (image.Shape[0], image.Shape[1], image.Shape[2]);
        int plane = rows * columns;
        var outside = new bool[image.Values.Length];
        var open = new Stack<int>();
        void Reach(int i)
        {
            if (outside[i] || image.Values[i] != 0) return;
            outside[i] = true;
            open.Push(i);
        }
        for (int i = 0; i < outside.Length; i++)
        {
            (int z, int y, int x) = (i / plane, i / columns % rows, i % columns);
            if (z == 0 || z == depth - 1 || y == 0 || y == rows - 1 || x == 0 || x == columns - 1) Reach(i);
        }
        while (open.TryPop(out int i))
        {
            (int z, int y, int x) = (i / plane, i / columns % rows, i % columns);
            if (z > 0) Reach(i - plane);
            if (z < depth - 1) Reach(i + plane);
            if (y > 0) Reach(i - columns);
            if (y < rows - 1) Reach(i + columns);
            if (x > 0) Reach(i - 1);
            if (x < columns - 1) Reach(i + 1);
        }
        return [.. outside.Select(o => !o)];
    }

    private static (int[] Low, int[] High)? BoxOfSlice(VoxelArray<float> image, int z)
    {
        (int rows, int columns) = (image.Shape[1], image.Shape[2]);
        (int top, int bottom, int left, int right) = (rows, 0, columns, 0);
        for (int y = 0; y < rows; y++)
        {
            ReadOnlySpan<float> row = image.Values.AsSpan((z * rows + y) * columns, columns);
            int first = row.IndexOfAnyExcept(0f);
            if (first < 0) continue;
            (top, bottom) = (Math.Min(top, y), y + 1);
            (left, right) = (Math.Min(left, first), Math.Max(right, row.LastIndexOfAnyExcept(0f) + 1));
        }
        return bottom == 0 ? null : ([z, top, left], [z + 1, bottom, right]);
    }
}
