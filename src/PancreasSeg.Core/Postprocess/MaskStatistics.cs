namespace PancreasSeg.Postprocess;

/// <summary>What a mask covers in its CT.</summary>
/// <param name="VoxelCount">Voxels in the mask.</param>
/// <param name="VolumeMl">Volume in millilitres.</param>
/// <param name="MeanHu">Mean HU under the mask; null for an empty one.</param>
/// <param name="BoundingBox">First and last voxel index covered; null for an empty mask.</param>
/// <param name="TouchesBorder">True when the mask reaches an outer face of the volume: the organ may be cut off.</param>
public sealed record MaskStatistics(int VoxelCount, double VolumeMl, double? MeanHu, VoxelBox? BoundingBox, bool TouchesBorder)
{
    /// <summary>Measures a mask over its CT in one pass.</summary>
    /// <param name="mask">Non-zero voxels count.</param>
    /// <param name="ct">The CT on the same grid.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    /// <exception cref="CoreException"><see cref="Fault.GridMismatch"/> when the two grids differ.</exception>
    public static MaskStatistics Measure(LabelVolume mask, CtVolume ct, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(ct);
        var tally = new VoxelTally();
        Visit(mask, ct, (_, column, row, slice, hu) => tally.Add(column, row, slice, hu), cancellation);
        return tally.Total(mask.Grid, IndexBox.Whole(mask.Grid));
    }

    /// <summary>Measures every label of a map over its CT in one pass.</summary>
    /// <param name="labels">The map.</param>
    /// <param name="ct">The CT on the same grid.</param>
    /// <param name="seen">The part of the grid whose outer faces cut an organ off.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    /// <returns>The measurements of label i at place i.</returns>
    /// <exception cref="CoreException"><see cref="Fault.GridMismatch"/> when the two grids differ.</exception>
    internal static IReadOnlyList<MaskStatistics> OfEach(LabelVolume labels, CtVolume ct, IndexBox seen, CancellationToken cancellation)
    {
        VoxelTally[] tallies = [.. Enumerable.Range(0, byte.MaxValue + 1).Select(_ => new VoxelTally())];
        Visit(labels, ct, (label, column, row, slice, hu) => tallies[label].Add(column, row, slice, hu), cancellation);
        return [.. tallies.Select(tally => tally.Total(labels.Grid, seen))];
    }

    /// <summary>Volume and mean HU in one line.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{VolumeMl:0.0} mL{(MeanHu is { } hu ? FormattableString.Invariant($", {hu:0} HU") : "")}");

    private static void Visit(LabelVolume labels, CtVolume ct, Action<byte, int, int, int, float> voxel, CancellationToken cancellation)
    {
        VolumeGrid grid = labels.Grid;
        if (!grid.Matches(ct.Grid))
            throw new CoreException(Fault.GridMismatch, $"The mask ({grid}) does not lie on the grid of the CT ({ct.Grid}).", labels.Name,
                "Bring it there with Resize-Volume -Like.");
        for (int slice = 0; slice < grid.Slices; slice++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int row = 0; row < grid.Rows; row++)
            {
                int start = grid.IndexOf(0, row, slice);
                ReadOnlySpan<byte> line = labels.Labels.Span.Slice(start, grid.Columns);
                int first = line.IndexOfAnyExcept((byte)0);
                if (first < 0) continue;
                for (int column = first, last = line.LastIndexOfAnyExcept((byte)0); column <= last; column++)
                    if (line[column] != 0) voxel(line[column], column, row, slice, ct.HuAt(start + column));
            }
        }
    }
}
