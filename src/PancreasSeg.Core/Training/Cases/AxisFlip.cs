namespace PancreasSeg.Training;

/// <summary>Which axes of a volume are counted from their other end.</summary>
internal readonly record struct AxisFlip(bool Columns, bool Rows, bool Slices)
{
    /// <summary>Nothing flipped.</summary>
    public static AxisFlip None => default;

    /// <summary>All eight, none flipped first.</summary>
    public static IReadOnlyList<AxisFlip> All { get; } =
        [.. Enumerable.Range(0, 8).Select(i => new AxisFlip((i & 1) != 0, (i & 2) != 0, (i & 4) != 0))];

    /// <summary>Where a voxel of the stored volume comes to lie.</summary>
    public (int Column, int Row, int Slice) Target(VolumeGrid grid, int index)
    {
        (int column, int row, int slice) = grid.VoxelOf(index);
        return (Columns ? grid.Columns - 1 - column : column, Rows ? grid.Rows - 1 - row : row, Slices ? grid.Slices - 1 - slice : slice);
    }

    /// <summary>The labels in their new order.</summary>
    public byte[] Apply(LabelVolume stored)
    {
        VolumeGrid grid = stored.Grid;
        var flipped = new byte[grid.VoxelCount];
        ReadOnlySpan<byte> labels = stored.Labels.Span;
        for (int at = 0; at < labels.Length; at += grid.Columns)
        {
            (_, int row, int slice) = Target(grid, at);
            Span<byte> target = flipped.AsSpan(grid.IndexOf(0, row, slice), grid.Columns);
            labels.Slice(at, grid.Columns).CopyTo(target);
            if (Columns) target.Reverse();
        }
        return flipped;
    }

    /// <summary>The directions of axes, such as <c>LAS</c>, of which those along a grid's flipped axes run the other way.</summary>
    public string Turn(string orientation, VolumeGrid grid)
    {
        string axes = grid.Orientation;
        bool[] flips = [Columns, Rows, Slices];
        return string.Concat(orientation.Select(letter => flips[axes.IndexOfAny([letter, Opposite(letter)])] ? Opposite(letter) : letter));

        static char Opposite(char letter) => "RAILPS"["LPSRAI".IndexOf(letter, StringComparison.Ordinal)];
    }

    /// <summary>In words.</summary>
    public override string ToString()
    {
        string[] axes = [.. new[] { (Columns, "columns"), (Rows, "rows"), (Slices, "slices") }.Where(a => a.Item1).Select(a => a.Item2)];
        return axes.Length == 0 ? "nothing flipped" : $"{string.Join(" and ", axes)} flipped";
    }
}
