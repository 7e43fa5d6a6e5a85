namespace PancreasSeg.Inference.Foreign;

/// <summary>Values along three axes, the last fastest.</summary>
/// <param name="Values">The values.</param>
/// <param name="Shape">Their number along each axis.</param>
internal sealed record VoxelArray<T>(T[] Values, int[] Shape)
{
    /// <summary>The same values with axis a of the result being axis <c>order[a]</c> of this.</summary>
    public VoxelArray<T> Permute(int[] order, CancellationToken cancellation)
    {
        if (order is [0, 1, 2]) return this;
        int[] strides = [Shape[1] * Shape[2], Shape[2], 1], shape = [.. order.Select(axis => Shape[axis])];
        (int outer, int middle, int inner) = (strides[order[0]], strides[order[1]], strides[order[2]]);
        T[] permuted = GC.AllocateUninitializedArray<T>(Values.Length);
        ParallelWork.For(shape[0], a =>
        {
            for (int b = 0; b < shape[1]; b++)
            {
                Span<T> row = permuted.AsSpan((a * shape[1] + b) * shape[2], shape[2]);
                for (int c = 0, at = a * outer + b * middle; c < row.Length; c++, at += inner) row[c] = Values[at];
            }
        }, cancellation);
        return new VoxelArray<T>(permuted, shape);
    }

    /// <summary>The values from <paramref name="start"/> on.</summary>
    /// <param name="start">First index along each axis.</param>
    /// <param name="shape">Number along each axis; all inside this.</param>
    public VoxelArray<T> Cut(int[] start, int[] shape)
    {
        if (shape.SequenceEqual(Shape)) return this;
        T[] values = GC.AllocateUninitializedArray<T>(shape[0] * shape[1] * shape[2]);
        CopyRows(Values, Shape, start, values, shape, [0, 0, 0], shape);
        return new VoxelArray<T>(values, shape);
    }

    /// <summary>These values at a place in a larger array that is otherwise empty.</summary>
    public VoxelArray<T> Placed(int[] start, int[] shape)
    {
        if (shape.SequenceEqual(Shape)) return this;
        var values = new T[shape[0] * shape[1] * shape[2]];
        CopyRows(Values, Shape, [0, 0, 0], values, shape, start, Shape);
        return new VoxelArray<T>(values, shape);
    }

    /// <summary>Copies a box of one array to a place in another.</summary>
    public static void CopyRows(T[] from, int[] fromShape, int[] fromStart, T[] to, int[] toShape, int[] toStart, int[] box)
    {
        for (int a = 0; a < box[0]; a++)
            for (int b = 0; b < box[1]; b++)
            {
                int source = ((fromStart[0] + a) * fromShape[1] + fromStart[1] + b) * fromShape[2] + fromStart[2];
                int target = ((toStart[0] + a) * toShape[1] + toStart[1] + b) * toShape[2] + toStart[2];
                from.AsSpan(source, box[2]).CopyTo(to.AsSpan(target));
            }
    }
}
