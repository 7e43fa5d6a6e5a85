namespace PancreasSeg.Training;

/// <summary>
/// Where the pancreas is on the scanner's own grid, as runs of voxels along rows: a few kilobytes for a volume of many
/// megabytes, so that a whole validation set stays in memory.
/// </summary>
internal sealed class ReferenceMask
{
    private readonly (int Start, int Length)[] _runs;
    private readonly int[] _firstOfSlice;

    private ReferenceMask(VolumeGrid grid, (int Start, int Length)[] runs)
    {
        (Grid, _runs) = (grid, runs);
        int plane = grid.SliceLength, next = 0;
        _firstOfSlice = new int[grid.Slices + 1];
        for (int slice = 0; slice <= grid.Slices; slice++)
        {
            while (next < runs.Length && runs[next].Start < (long)slice * plane) next++;
            _firstOfSlice[slice] = next;
        }
        Count = runs.Sum(run => (long)run.Length);
    }

    /// <summary>The scanner's grid.</summary>
    public VolumeGrid Grid { get; }

    /// <summary>Voxels of the pancreas.</summary>
    public long Count { get; }

    /// <summary>Takes one label out of a label volume.</summary>
    public static ReferenceMask Of(LabelVolume labels, byte label)
    {
        var runs = new List<(int, int)>();
        ReadOnlySpan<byte> voxels = labels.Labels.Span;
        int columns = labels.Grid.Columns;
        for (int row = 0; row < voxels.Length; row += columns)
        {
            int at = row, end = row + columns;
            while (at < end && voxels[at..end].IndexOf(label) is int gap and >= 0)
            {
                int start = at + gap, length = voxels[start..end].IndexOfAnyExcept(label);
                if (length < 0) length = end - start;
                runs.Add((start, length));
                at = start + length;
            }
        }
        return new ReferenceMask(labels.Grid, [.. runs]);
    }

    /// <summary>Sets to 1 what lies in one slice of an image of columns x rows that holds zeros.</summary>
    public void Draw(int slice, Span<byte> image)
    {
        int origin = slice * Grid.SliceLength;
        for (int i = _firstOfSlice[slice]; i < _firstOfSlice[slice + 1]; i++) image.Slice(_runs[i].Start - origin, _runs[i].Length).Fill(1);
    }

    /// <summary>The mask as a volume of 0 and 1.</summary>
    public LabelVolume ToVolume(string name)
    {
        var voxels = new byte[Grid.VoxelCount];
        foreach ((int start, int length) in _runs) voxels.AsSpan(start, length).Fill(1);
        return new LabelVolume(Grid, voxels, new VolumeSource(name));
    }

    /// <summary>Writes grid and runs.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.WriteGrid(Grid);
        writer.Write(_runs.Length);
        foreach ((int start, int length) in _runs)
        {
            writer.Write(start);
            writer.Write(length);
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static ReferenceMask Read(BinaryReader reader)
    {
        VolumeGrid grid = reader.ReadGrid();
        var runs = new (int, int)[reader.ReadInt32()];
        for (int i = 0; i < runs.Length; i++) runs[i] = (reader.ReadInt32(), reader.ReadInt32());
        return new ReferenceMask(grid, runs);
    }
}
