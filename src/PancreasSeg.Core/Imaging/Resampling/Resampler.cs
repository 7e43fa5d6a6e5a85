using System.Runtime.InteropServices;

namespace PancreasSeg;

/// <summary>
/// Brings a volume onto another grid: spacing change, fixed size, crop and the way back to the scanner's grid are all this
/// one operation. CT and probabilities are interpolated linearly, with a widened triangle filter along axes that shrink;
/// a label volume keeps to its own labels. Where every voxel of the grid is a voxel of the source (reordered or mirrored axes,
/// crops), values are copied exactly.
/// </summary>
public static class Resampler
{
    /// <summary>
    /// HU on another grid; outside the source's field of view <see cref="CtVolume.AirHu"/>. Integer HU stay integers: what is
    /// interpolated is rounded to the nearest.
    /// </summary>
    public static CtVolume To(this CtVolume volume, VolumeGrid grid, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(grid);
        if (grid == volume.Grid) return volume;
        if (Exact(volume.Grid, grid) is { } map)
            return volume.IsInteger
                ? new CtVolume(grid, map.Copy(volume.Integers, CtVolume.AirHu, cancellation), volume.Source)
                : new CtVolume(grid, map.Copy(volume.Floats, CtVolume.AirHu, cancellation), volume.Source);
        if (!volume.IsInteger) return new CtVolume(grid, volume.ToFloats(grid, cancellation), volume.Source);
        var hu = GC.AllocateUninitializedArray<short>(grid.VoxelCount);
        int plane = grid.SliceLength;
        volume.ForEachSlice(grid, (slice, values) => RowKernels.Round(values, hu.AsSpan(slice * plane, plane)), cancellation);
        return new CtVolume(grid, hu, volume.Source);
    }

    /// <summary>
    /// Labels on another grid; outside the source's field of view 0. Each voxel gets the label that fills most of it, background
    /// included; ties go to the lower label.
    /// </summary>
    public static LabelVolume To(this LabelVolume volume, VolumeGrid grid, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(grid);
        if (grid == volume.Grid) return volume;
        if (Exact(volume.Grid, grid) is { } map)
            return new LabelVolume(grid, map.Copy(volume.Labels, (byte)0, cancellation), volume.Source);
        (byte[] labels, VolumeGrid from) = InOrderOf(volume.Labels, volume.Grid, grid, cancellation);
        return new LabelVolume(grid, LabelResampler.Run(labels, from, grid, cancellation), volume.Source);
    }

    /// <summary>Probabilities on another grid; outside the source's field of view 0.</summary>
    public static ProbabilityVolume To(this ProbabilityVolume volume, VolumeGrid grid, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(grid);
        if (grid == volume.Grid) return volume;
        return new ProbabilityVolume(grid, Exact(volume.Grid, grid) is { } map
            ? map.Copy(volume.Values, 0f, cancellation)
            : Collect(grid, consume => volume.ForEachSlice(grid, consume, cancellation)), volume.Source);
    }

    /// <summary>HU on another grid without rounding.</summary>
    internal static float[] ToFloats(this CtVolume volume, VolumeGrid grid, CancellationToken cancellation) =>
        Collect(grid, consume => volume.ForEachSlice(grid, consume, cancellation));

    /// <summary>HU on another grid without rounding, slice by slice and never held as a whole. Slices come from several threads, in any
    /// order.</summary>
    internal static void ForEachSlice(this CtVolume volume, VolumeGrid grid, SliceConsumer consume, CancellationToken cancellation,
        bool isPoint = false)
    {
        if (volume.IsInteger)
        {
            (short[] hu, VolumeGrid from) = InOrderOf(volume.Integers, volume.Grid, grid, cancellation);
            ForEachSlice(new ShortVoxels(hu), from, grid, CtVolume.AirHu, consume, cancellation, isPoint);
        }
        else
        {
            (float[] hu, VolumeGrid from) = InOrderOf(volume.Floats, volume.Grid, grid, cancellation);
            ForEachSlice(new FloatVoxels(hu), from, grid, CtVolume.AirHu, consume, cancellation, isPoint);
        }
    }

    /// <summary>Probabilities on another grid, slice by slice and never held as a whole. Slices come from several threads, in any
    /// order.</summary>
    internal static void ForEachSlice(this ProbabilityVolume volume, VolumeGrid grid, SliceConsumer consume, CancellationToken cancellation,
        bool isPoint = false)
    {
        (float[] values, VolumeGrid from) = InOrderOf(volume.Values, volume.Grid, grid, cancellation);
        ForEachSlice(new FloatVoxels(values), from, grid, 0, consume, cancellation, isPoint);
    }

    /// <summary>Voxels of a grid whose axes are not permuted against the target's, slice by slice.</summary>
    internal static void ForEachSlice<TVoxels>(
        TVoxels voxels, VolumeGrid from, VolumeGrid to, float outside, SliceConsumer consume, CancellationToken cancellation,
        bool isPoint = false)
        where TVoxels : struct, IVoxelReader
    {
        if (IndexMap.Between(from, to) is not { } map)
        {
            ObliqueResampler.Run(voxels, from, to, outside, consume, cancellation);
            return;
        }
        AxisTaps Taps(int axis) => new(to.Size(axis), from.Size(axis), map.Scale[axis], map.Offset[axis], isPoint);
        new SeparableResampler<TVoxels>(voxels, from, Taps(0), Taps(1), Taps(2), outside).Run(consume, cancellation);
    }

    /// <summary>The part of a target grid that a box of source voxels can reach.</summary>
    internal static IndexBox TargetBox(IndexBox box, VolumeGrid from, VolumeGrid to)
    {
        if (box.IsEmpty) return default;
        double coarsest = Enumerable.Range(0, 3).Max(axis => ObliqueResampler.Coarseness(from, to, axis));
        IndexBox reach = box.Grow((int)Math.Ceiling(2 * coarsest));
        AffineTransform toTarget = to.Affine.Inverse().Compose(from.Affine);
        Span<double> low = [double.MaxValue, double.MaxValue, double.MaxValue], high = [double.MinValue, double.MinValue, double.MinValue];
        for (int corner = 0; corner < 8; corner++)
        {
            Vector3D p =
                toTarget.Apply(new((corner & 1) == 0 ? reach.Column : reach.ColumnEnd, (corner & 2) == 0 ? reach.Row : reach.RowEnd,
                (corner & 4) == 0 ? reach.Slice : reach.SliceEnd));
            for (int axis = 0; axis < 3; axis++)
                (low[axis], high[axis]) = (Math.Min(low[axis], p[axis]), Math.Max(high[axis], p[axis]));
        }
        return new IndexBox((int)Math.Floor(low[0]), (int)Math.Floor(low[1]), (int)Math.Floor(low[2]),
            (int)Math.Ceiling(high[0]), (int)Math.Ceiling(high[1]), (int)Math.Ceiling(high[2])).Intersect(IndexBox.Whole(to));
    }

    /// <summary>Gathers slices into one array.</summary>
    internal static float[] Collect(VolumeGrid grid, Action<SliceConsumer> run)
    {
        var values = GC.AllocateUninitializedArray<float>(grid.VoxelCount);
        int plane = grid.SliceLength;
        run((slice, one) => one.CopyTo(values.AsSpan(slice * plane, plane)));
        return values;
    }

    /// <summary>The voxels, and their grid, with axes in the order in which those of <paramref name="to"/> run; not copied where they do
    /// already.</summary>
    private static (T[] Voxels, VolumeGrid Grid) InOrderOf<T>(
        ReadOnlyMemory<T> voxels, VolumeGrid from, VolumeGrid to, CancellationToken cancellation)
    {
        if (IndexMap.Between(from, to) is { KeepsAxes: false } map)
        {
            VolumeGrid reordered = map.ReorderedSource();
            return (IndexMap.Between(from, reordered)!.Copy(voxels, default!, cancellation), reordered);
        }
        return (MemoryMarshal.TryGetArray(voxels, out ArraySegment<T> array) && array.Offset == 0 ? array.Array! : voxels.ToArray(), from);
    }

    private static IndexMap? Exact(VolumeGrid from, VolumeGrid to) => IndexMap.Between(from, to) is { IsExact: true } map ? map : null;
}
