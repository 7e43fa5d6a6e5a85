namespace PancreasSeg.Training;

/// <summary>How far what labels outline stands out from what surrounds it: a gland has an edge.</summary>
internal static class EdgeContrast
{
    private static readonly (int, int, int)[] s_neighbours = [(-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)];

    /// <summary>Mean value of a label's outermost voxels less that of their neighbours outside; not a number where there are
    /// none, or where fewer than half of the outermost voxels have a value.</summary>
    /// <param name="grid">Where the labels lie.</param>
    /// <param name="labels">The label of each voxel.</param>
    /// <param name="label">The one that is looked at.</param>
    /// <param name="valueOf">The value of a voxel by its index; not a number for one that has none, which does not count.</param>
    public static double Of(VolumeGrid grid, ReadOnlySpan<byte> labels, byte label, Func<int, float> valueOf)
    {
        var (edge, outside, edges, outsides, all) = (0.0, 0.0, 0, 0, 0);
        for (int at = 0; labels[at..].IndexOf(label) is int gap and >= 0; at++)
        {
            at += gap;
            (int column, int row, int slice) = grid.VoxelOf(at);
            bool isEdge = false;
            foreach ((int i, int j, int k) in s_neighbours)
            {
                (int c, int r, int s) = (column + i, row + j, slice + k);
                if ((uint)c >= (uint)grid.Columns || (uint)r >= (uint)grid.Rows || (uint)s >= (uint)grid.Slices) continue;
                int beside = grid.IndexOf(c, r, s);
                if (labels[beside] == label) continue;
                isEdge = true;
                if (valueOf(beside) is var near && !float.IsNaN(near)) (outside, outsides) = (outside + near, outsides + 1);
            }
            if (!isEdge) continue;
            all++;
            if (valueOf(at) is var value && !float.IsNaN(value)) (edge, edges) = (edge + value, edges + 1);
        }
        return 2 * edges < all ? double.NaN : edge / edges - outside / outsides;
    }
}
