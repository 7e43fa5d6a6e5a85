namespace PancreasSeg;

/// <summary>A box of voxels: indices from a first (inclusive) to an end (exclusive) along columns, rows and slices.</summary>
internal readonly record struct IndexBox(int Column, int Row, int Slice, int ColumnEnd, int RowEnd, int SliceEnd)
{
    public int Columns => ColumnEnd - Column;

    public int Rows => RowEnd - Row;

    public int Slices => SliceEnd - Slice;

    public bool IsEmpty => Columns <= 0 || Rows <= 0 || Slices <= 0;

    /// <summary>Every voxel of a grid.</summary>
    public static IndexBox Whole(VolumeGrid grid) => new(0, 0, 0, grid.Columns, grid.Rows, grid.Slices);

    /// <summary>The smallest box that holds both.</summary>
    public IndexBox Union(IndexBox other) => IsEmpty ? other : other.IsEmpty ? this : new(
        Math.Min(Column, other.Column), Math.Min(Row, other.Row), Math.Min(Slice, other.Slice),
        Math.Max(ColumnEnd, other.ColumnEnd), Math.Max(RowEnd, other.RowEnd), Math.Max(SliceEnd, other.SliceEnd));

    /// <summary>The part in both.</summary>
    public IndexBox Intersect(IndexBox other) => new(
        Math.Max(Column, other.Column), Math.Max(Row, other.Row), Math.Max(Slice, other.Slice),
        Math.Min(ColumnEnd, other.ColumnEnd), Math.Min(RowEnd, other.RowEnd), Math.Min(SliceEnd, other.SliceEnd));

    /// <summary>The box with more voxels on all sides.</summary>
    public IndexBox Grow(int by) => new(Column - by, Row - by, Slice - by, ColumnEnd + by, RowEnd + by, SliceEnd + by);

    /// <summary>The voxels of a grid from the first to the last, along each axis, whose centre lies within another grid's outer
    /// faces.</summary>
    public static IndexBox Around(VolumeGrid box, VolumeGrid grid)
    {
        AffineTransform toGrid = grid.Affine.Inverse().Compose(box.Affine);
        Vector3D centre = toGrid.Apply(new((box.Columns - 1) / 2.0, (box.Rows - 1) / 2.0, (box.Slices - 1) / 2.0));
        double Half(int axis) =>
            (Math.Abs(toGrid.ColumnStep[axis]) * box.Columns + Math.Abs(toGrid.RowStep[axis]) * box.Rows
                + Math.Abs(toGrid.SliceStep[axis]) * box.Slices) / 2;
        int First(int axis) => (int)Math.Ceiling(centre[axis] - Half(axis) - 1e-6);
        int End(int axis) => (int)Math.Floor(centre[axis] + Half(axis) + 1e-6) + 1;
        return new IndexBox(First(0), First(1), First(2), End(0), End(1), End(2)).Intersect(Whole(grid));
    }

    /// <summary>True when this box reaches a face of another that lies inside a grid: what it holds may go on beyond. An empty one reaches
    /// none.</summary>
    public bool ReachesFaceInside(IndexBox other, VolumeGrid grid) => !IsEmpty
        && ((other.Column > 0 && Column <= other.Column) || (other.Row > 0 && Row <= other.Row) || (other.Slice > 0 && Slice <= other.Slice)
            || (other.ColumnEnd < grid.Columns && ColumnEnd >= other.ColumnEnd) || (other.RowEnd < grid.Rows && RowEnd >= other.RowEnd)
            || (other.SliceEnd < grid.Slices && SliceEnd >= other.SliceEnd));

    /// <summary>First and last voxel.</summary>
    public VoxelBox ToVoxelBox() => new(Column, Row, Slice, ColumnEnd - 1, RowEnd - 1, SliceEnd - 1);

    /// <summary>The grid of the box's voxels alone.</summary>
    public VolumeGrid Cut(VolumeGrid grid) =>
        new(Columns, Rows, Slices, grid.Affine with { Translation = grid.Affine.Apply(new(Column, Row, Slice)) });

    /// <summary>The smallest box round the labels that are not 0.</summary>
    public static IndexBox OfNonZero(VolumeGrid grid, ReadOnlyMemory<byte> labels) =>
        Find(grid, labels, row => row.IndexOfAnyExcept((byte)0), row => row.LastIndexOfAnyExcept((byte)0));

    /// <summary>The smallest box round the voxels of one label.</summary>
    public static IndexBox OfLabel(VolumeGrid grid, ReadOnlyMemory<byte> labels, byte label) =>
        Find(grid, labels, row => row.IndexOf(label), row => row.LastIndexOf(label));

    /// <summary>The smallest box round the values above a threshold.</summary>
    public static IndexBox OfAbove(VolumeGrid grid, ReadOnlyMemory<float> values, float threshold) =>
        Find(grid, values, row => row.IndexOfAnyExceptInRange(float.NegativeInfinity, threshold), row =>
            row.LastIndexOfAnyExceptInRange(float.NegativeInfinity, threshold));

    private static IndexBox Find<T>(
        VolumeGrid grid, ReadOnlyMemory<T> voxels, Func<ReadOnlySpan<T>, int> first, Func<ReadOnlySpan<T>, int> last)
    {
        var boxes = new IndexBox[grid.Slices];
        Parallel.For(0, grid.Slices, slice =>
        {
            ReadOnlySpan<T> plane = voxels.Span.Slice(grid.IndexOf(0, 0, slice), grid.SliceLength);
            int start = first(plane);
            if (start < 0) return;
            int row = start / grid.Columns, rowEnd = last(plane) / grid.Columns + 1, column = grid.Columns, columnEnd = 0;
            for (int r = row; r < rowEnd; r++)
            {
                ReadOnlySpan<T> line = plane.Slice(r * grid.Columns, grid.Columns);
                int low = first(line);
                if (low < 0) continue;
                column = Math.Min(column, low);
                columnEnd = Math.Max(columnEnd, last(line) + 1);
            }
            boxes[slice] = new IndexBox(column, row, slice, columnEnd, rowEnd, slice + 1);
        });
        return boxes.Aggregate((a, b) => a.Union(b));
    }
}
