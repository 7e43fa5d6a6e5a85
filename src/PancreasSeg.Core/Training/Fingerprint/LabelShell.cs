using PancreasSeg.Evaluation;

namespace PancreasSeg.Training;

/// <summary>What lies round a label.</summary>
internal static class LabelShell
{
    private const double Mm = 5;

    /// <summary>Mean HU of the voxels outside of a mask whose centre lies within 5 mm of one inside; null where there is none.</summary>
    /// <param name="mask">0 and 1.</param>
    /// <param name="ct">The CT on the same grid.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    public static double? MeanHu(LabelVolume mask, CtVolume ct, CancellationToken cancellation)
    {
        VolumeGrid grid = mask.Grid;
        IndexBox inner = IndexBox.OfLabel(grid, mask.Labels, 1);
        if (inner.IsEmpty) return null;
        int[] reach = [.. Enumerable.Range(0, 3).Select(axis => (int)Math.Ceiling(Mm / grid.Spacing[axis]))];
        IndexBox box = new IndexBox(inner.Column - reach[0], inner.Row - reach[1], inner.Slice - reach[2],
            inner.ColumnEnd + reach[0], inner.RowEnd + reach[1], inner.SliceEnd + reach[2]).Intersect(IndexBox.Whole(grid));
        var inside = new BoxMask(mask, 1, box);
        var outside = new BoxMask(mask, 0, box);
        float[] distances = DistanceTransform.Distances(outside, inside, grid.Spacing, cancellation);
        double sum = 0;
        int count = 0, next = 0;
        // Distances come slice by slice of each column, row after row.
        for (int row = 0; row < box.Rows; row++)
            for (int column = 0; column < box.Columns; column++)
                for (int slice = 0; slice < box.Slices; slice++)
                {
                    if (outside.Voxels[outside.IndexOf(column + 1, row + 1, slice + 1)] == 0 || distances[next++] > Mm) continue;
                    sum += ct.HuAt(grid.IndexOf(box.Column + column, box.Row + row, box.Slice + slice));
                    count++;
                }
        return count == 0 ? null : sum / count;
    }
}
