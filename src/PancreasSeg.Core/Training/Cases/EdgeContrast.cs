namespace PancreasSeg.Training;

/// <summary>How far what labels outline stands out from what surrounds it: a gland has an edge.</summary>
internal static class EdgeContrast
{
    private static readonly (int, int, int)[] s_neighbours = [(-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)];

    /// <summary>Mean value of a label's outermost voxels less that of their neighbours outside; not a number where there are
    /// none.</summary>
    /// <param name="grid">Where the labels lie.</param>
    /// <param name="labels">The label of each voxel.</param>
    /// <param name="label">The one that is looked at.</param>
    /// <param name="valueOf">The value of a voxel by its index.</param>
    public static double Of(VolumeGrid grid, ReadOnlySpan<byte> labels, byte label, Func<int, float> valueOf)
    {
        var (edge, outside, edges, outsides) = (0.0, 0.0, 0, 0);
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
                (outside, outsides) = (outside + valueOf(beside), outsides + 1);
            }
            if (isEdge) (edge, edges) = (edge + valueOf(at), edges + 1);
        }
        return edge / edges - outside / outsides;
    }
}
