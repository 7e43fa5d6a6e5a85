namespace PancreasSeg.Evaluation;

/// <summary>One label of a volume as zeros and ones on a box of voxels, with one voxel of background round it.</summary>
internal sealed class BoxMask
{
    /// <summary>Cuts the box out of a label volume.</summary>
    public BoxMask(LabelVolume volume, byte label, IndexBox box)
    {
        (Columns, Rows, Slices) = (box.Columns + 2, box.Rows + 2, box.Slices + 2);
        Voxels = new byte[checked(Columns * Rows * Slices)];
        Parallel.For(0, box.Slices, slice =>
        {
            for (int row = 0; row < box.Rows; row++)
            {
                ReadOnlySpan<byte> labels =
                    volume.Labels.Span.Slice(volume.Grid.IndexOf(box.Column, box.Row + row, box.Slice + slice), box.Columns);
                Span<byte> line = Voxels.AsSpan(IndexOf(1, row + 1, slice + 1), box.Columns);
                for (int i = 0; i < line.Length; i++) line[i] = labels[i] == label ? (byte)1 : (byte)0;
            }
        });
        Count = Voxels.AsSpan().Count((byte)1);
    }

    private BoxMask(BoxMask shape, byte[] voxels) =>
        (Columns, Rows, Slices, Voxels, Count) = (shape.Columns, shape.Rows, shape.Slices, voxels, voxels.AsSpan().Count((byte)1));

    public int Columns { get; }

    public int Rows { get; }

    public int Slices { get; }

    /// <summary>1 inside, 0 outside; column-fastest.</summary>
    public byte[] Voxels { get; }

    /// <summary>Number of voxels inside.</summary>
    public int Count { get; }

    public int IndexOf(int column, int row, int slice) => column + Columns * (row + Rows * slice);

    /// <summary>The voxels that have a background voxel across one of their six faces; beyond the volume lies background.</summary>
    public BoxMask Surface()
    {
        var surface = new byte[Voxels.Length];
        int plane = Columns * Rows;
        Parallel.For(1, Slices - 1, slice =>
        {
            ReadOnlySpan<byte> v = Voxels;
            for (int i = slice * plane + Columns; i < (slice + 1) * plane - Columns; i++)
                surface[i] = (byte)(v[i] & ~(v[i - 1] & v[i + 1] & v[i - Columns] & v[i + Columns] & v[i - plane] & v[i + plane]));
        });
        return new BoxMask(this, surface);
    }
}
