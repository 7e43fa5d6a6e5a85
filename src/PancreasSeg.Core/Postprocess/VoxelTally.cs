namespace PancreasSeg.Postprocess;

/// <summary>Adds up the voxels of one label.</summary>
internal sealed class VoxelTally
{
    private int _count;
    private double _sum;
    private int _minColumn = int.MaxValue, _minRow = int.MaxValue, _minSlice = int.MaxValue, _maxColumn = -1, _maxRow = -1, _maxSlice = -1;

    /// <summary>Takes a voxel and its HU.</summary>
    public void Add(int column, int row, int slice, float hu)
    {
        _count++;
        _sum += hu;
        (_minColumn, _maxColumn) = (Math.Min(_minColumn, column), Math.Max(_maxColumn, column));
        (_minRow, _maxRow) = (Math.Min(_minRow, row), Math.Max(_maxRow, row));
        (_minSlice, _maxSlice) = (Math.Min(_minSlice, slice), Math.Max(_maxSlice, slice));
    }

    /// <summary>What the voxels come to.</summary>
    /// <param name="grid">Their grid.</param>
    /// <param name="seen">The part of it whose outer faces cut an organ off.</param>
    public MaskStatistics Total(VolumeGrid grid, IndexBox seen)
    {
        if (_count == 0) return new MaskStatistics(0, 0, null, null, false);
        bool touches = _minColumn <= seen.Column || _minRow <= seen.Row || _minSlice <= seen.Slice
            || _maxColumn >= seen.ColumnEnd - 1 || _maxRow >= seen.RowEnd - 1 || _maxSlice >= seen.SliceEnd - 1;
        return new MaskStatistics(_count, _count * grid.VoxelVolume / 1000, _sum / _count,
            new VoxelBox(_minColumn, _minRow, _minSlice, _maxColumn, _maxRow, _maxSlice), touches);
    }
}
