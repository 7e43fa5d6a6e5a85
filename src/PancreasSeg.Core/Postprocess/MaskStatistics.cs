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
        VolumeGrid grid = mask.Grid;
        if (!grid.Matches(ct.Grid))
            throw new CoreException(Fault.GridMismatch, $"The mask ({grid}) does not lie on the grid of the CT ({ct.Grid}).", mask.Name,
                "Bring it there with Resize-Volume -Like.");

        int count = 0;
        double sum = 0;
        int minColumn = int.MaxValue, minRow = int.MaxValue, minSlice = int.MaxValue, maxColumn = -1, maxRow = -1, maxSlice = -1;
        ReadOnlySpan<byte> labels = mask.Labels.Span;
        for (int slice = 0; slice < grid.Slices; slice++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int row = 0; row < grid.Rows; row++)
            {
                int start = grid.IndexOf(0, row, slice);
                ReadOnlySpan<byte> line = labels.Slice(start, grid.Columns);
                int first = line.IndexOfAnyExcept((byte)0);
                if (first < 0) continue;
                int last = line.LastIndexOfAnyExcept((byte)0);
                for (int column = first; column <= last; column++)
                {
                    if (line[column] == 0) continue;
                    count++;
                    sum += ct.HuAt(start + column);
                }
                (minColumn, maxColumn) = (Math.Min(minColumn, first), Math.Max(maxColumn, last));
                (minRow, maxRow) = (Math.Min(minRow, row), row > maxRow ? row : maxRow);
                (minSlice, maxSlice) = (Math.Min(minSlice, slice), slice);
            }
        }

        if (count == 0) return new MaskStatistics(0, 0, null, null, false);
        bool touches = minColumn == 0 || minRow == 0 || minSlice == 0
            || maxColumn == grid.Columns - 1 || maxRow == grid.Rows - 1 || maxSlice == grid.Slices - 1;
        return new MaskStatistics(count, count * grid.VoxelVolume / 1000, sum / count,
            new VoxelBox(minColumn, minRow, minSlice, maxColumn, maxRow, maxSlice), touches);
    }
}
