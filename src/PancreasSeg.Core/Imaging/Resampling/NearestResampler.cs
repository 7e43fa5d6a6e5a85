namespace PancreasSeg;

/// <summary>
/// Nearest-neighbour resizing of the box that two grids share. The rule is that of TensorFlow 2's resize (half-pixel centres),
/// in its float32 arithmetic: voxel i of the target is voxel min(floor((i + 0.5) * from / to), from - 1) of the source.
/// </summary>
internal static class NearestResampler
{
    /// <summary>For each of <paramref name="to"/> target voxels along an axis the one of <paramref name="from"/> source voxels it
    /// takes.</summary>
    public static int[] Indices(int from, int to)
    {
        float scale = (float)from / to;
        return [.. Enumerable.Range(0, to).Select(i => Math.Min((int)MathF.Floor((i + 0.5f) * scale), from - 1))];
    }

    /// <summary>A CT on another grid; voxels are counted along the axes of <paramref name="grid"/>.</summary>
    public static CtVolume Resize(CtVolume volume, VolumeGrid grid, CancellationToken cancellation)
    {
        volume = volume.To(InOrderOf(volume.Grid, grid), cancellation);
        return volume.IsInteger
            ? new CtVolume(grid, Run(volume.Integers, volume.Grid, grid, cancellation), volume.Source)
            : new CtVolume(grid, Run(volume.Floats, volume.Grid, grid, cancellation), volume.Source);
    }

    /// <summary>Labels on another grid; voxels are counted along the axes of <paramref name="grid"/>.</summary>
    public static LabelVolume Resize(LabelVolume volume, VolumeGrid grid, CancellationToken cancellation)
    {
        volume = volume.To(InOrderOf(volume.Grid, grid), cancellation);
        return new LabelVolume(grid, Run(volume.Labels, volume.Grid, grid, cancellation), volume.Source);
    }

    /// <summary>The way back: labels on another grid; voxels are counted along the axes of <paramref name="volume"/>.</summary>
    public static LabelVolume Restore(LabelVolume volume, VolumeGrid grid, CancellationToken cancellation)
    {
        VolumeGrid ordered = InOrderOf(grid, volume.Grid);
        return new LabelVolume(ordered, Run(volume.Labels, volume.Grid, ordered, cancellation), volume.Source).To(grid, cancellation);
    }

    /// <summary>The way back: probabilities on another grid; voxels are counted along the axes of <paramref name="volume"/>.</summary>
    public static ProbabilityVolume Restore(ProbabilityVolume volume, VolumeGrid grid, CancellationToken cancellation)
    {
        VolumeGrid ordered = InOrderOf(grid, volume.Grid);
        return new ProbabilityVolume(ordered, Run(volume.Values, volume.Grid, ordered, cancellation), volume.Source).To(grid, cancellation);
    }

    /// <summary>The voxels of a grid with their axes in the order and directions of another grid of the same box.</summary>
    private static VolumeGrid InOrderOf(VolumeGrid grid, VolumeGrid other)
    {
        int[] axis = IndexMap.Between(grid, other)?.Axis ?? throw new ArgumentException("The grids do not share a box.", nameof(other));
        return other.WithSize(grid.Size(axis[0]), grid.Size(axis[1]), grid.Size(axis[2]));
    }

    private static T[] Run<T>(ReadOnlyMemory<T> source, VolumeGrid from, VolumeGrid to, CancellationToken cancellation)
    {
        int[] columns = Indices(from.Columns, to.Columns), rows = Indices(from.Rows, to.Rows), slices = Indices(from.Slices, to.Slices);
        T[] target = GC.AllocateUninitializedArray<T>(to.VoxelCount);
        Parallel.For(0, to.Slices, new ParallelOptions { CancellationToken = cancellation }, slice =>
        {
            ReadOnlySpan<T> voxels = source.Span;
            for (int row = 0; row < to.Rows; row++)
            {
                ReadOnlySpan<T> line = voxels.Slice(from.IndexOf(0, rows[row], slices[slice]), from.Columns);
                Span<T> made = target.AsSpan(to.IndexOf(0, row, slice), to.Columns);
                for (int column = 0; column < made.Length; column++) made[column] = line[columns[column]];
            }
        });
        return target;
    }
}
