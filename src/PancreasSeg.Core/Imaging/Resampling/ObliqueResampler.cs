namespace PancreasSeg;

/// <summary>
/// Trilinear interpolation for grids whose axes cross at any angle. Where the target is coarser than the source along one of the
/// source's axes, the source is first shrunk along it to the target's resolution, so that nothing is skipped.
/// </summary>
internal static class ObliqueResampler
{
    /// <summary>Makes every slice of the target.</summary>
    public static void Run<TVoxels>(
        TVoxels voxels, VolumeGrid from, VolumeGrid to, float outside, SliceConsumer consume, CancellationToken cancellation)
        where TVoxels : struct, IVoxelReader
    {
        int[] size = [.. Enumerable.Range(0, 3).Select(axis => (int)Math.Ceiling(from.Size(axis) / Coarseness(from, to, axis) - 1e-3))];
        if (size[0] == from.Columns && size[1] == from.Rows && size[2] == from.Slices)
        {
            Interpolate(voxels, from, to, outside, consume, cancellation);
            return;
        }
        VolumeGrid shrunk = from.WithSize(size[0], size[1], size[2]);
        float[] values = Resampler.Collect(shrunk, collect => Resampler.ForEachSlice(voxels, from, shrunk, outside, collect, cancellation));
        Interpolate(new FloatVoxels(values), shrunk, to, outside, consume, cancellation);
    }

    /// <summary>Length in voxels of a source axis over which the target makes one step, at least 1.</summary>
    public static double Coarseness(VolumeGrid from, VolumeGrid to, int axis)
    {
        AffineTransform toSource = from.Affine.Inverse().Compose(to.Affine);
        return Math.Max(1, new Vector3D(toSource.ColumnStep[axis], toSource.RowStep[axis], toSource.SliceStep[axis]).Length);
    }

    private static void Interpolate<TVoxels>(
        TVoxels voxels, VolumeGrid from, VolumeGrid to, float outside, SliceConsumer consume, CancellationToken cancellation)
        where TVoxels : struct, IVoxelReader
    {
        AffineTransform toSource = from.Affine.Inverse().Compose(to.Affine);
        Parallel.For(
            0, to.Slices, new ParallelOptions { CancellationToken = cancellation }, () => new float[to.SliceLength], (slice, _, values) =>
        {
            for (int row = 0; row < to.Rows; row++)
            {
                Vector3D start = toSource.Apply(new(0, row, slice));
                for (int column = 0; column < to.Columns; column++)
                    values[row * to.Columns + column] = Sample(voxels, from, start + toSource.ColumnStep * column, outside);
            }
            consume(slice, values);
            return values;
        }, _ => { });
    }

    private static float Sample<TVoxels>(TVoxels voxels, VolumeGrid from, Vector3D p, float outside) where TVoxels : struct, IVoxelReader
    {
        if (!(p.X >= -0.5 && p.Y >= -0.5 && p.Z >= -0.5 && p.X <= from.Columns - 0.5 && p.Y <= from.Rows - 0.5 && p.Z <= from.Slices - 0.5))
            return outside;
        (int i, int di, float fx) = Neighbours(p.X, from.Columns);
        (int j, int dj, float fy) = Neighbours(p.Y, from.Rows);
        (int k, int dk, float fz) = Neighbours(p.Z, from.Slices);
        int at = from.IndexOf(i, j, k), up = dj * from.Columns, on = dk * from.SliceLength;
        float low = Mix(Mix(voxels.At(at), voxels.At(at + di), fx), Mix(voxels.At(at + up), voxels.At(at + up + di), fx), fy);
        float high =
            Mix(Mix(voxels.At(at + on), voxels.At(at + on + di), fx), Mix(voxels.At(at + on + up), voxels.At(at + on + up + di), fx), fy);
        return Mix(low, high, fz);
    }

    /// <summary>The voxel before a place, the step to the one after (0 at the border) and how far it is towards it.</summary>
    private static (int Index, int Step, float Fraction) Neighbours(double place, int size)
    {
        place = Math.Clamp(place, 0, size - 1);
        int index = (int)place;
        return (index, index + 1 < size ? 1 : 0, (float)(place - index));
    }

    private static float Mix(float a, float b, float t) => a + (b - a) * t;
}
