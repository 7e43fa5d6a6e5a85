using PancreasSeg.Postprocess;

namespace PancreasSeg.Pictures;

/// <summary>Where the patient is in a CT, so that pictures show little air and no table.</summary>
internal static class BodyBox
{
    private const double CellMm = 5, MarginMm = 8, SmallestShare = 0.02;
    private const int FewestCells = 40, MostCells = 160;
    private const float TissueHu = -300;

    /// <summary>The box round the largest thing that is denser than lung; the whole volume where there is none.</summary>
    public static WorldBox Of(CtVolume ct, CancellationToken cancellation)
    {
        WorldBox whole = WorldBox.Of(ct.Grid);
        double longest = Math.Max(whole.Size.X, Math.Max(whole.Size.Y, whole.Size.Z));
        double cell = Math.Max(longest / MostCells, Math.Min(CellMm, longest / FewestCells));
        int Cells(double mm) => Math.Max(1, (int)Math.Round(mm / cell));
        (int columns, int rows, int slices) = (Cells(whole.Size.X), Cells(whole.Size.Y), Cells(whole.Size.Z));
        var step = new Vector3D(whole.Size.X / columns, whole.Size.Y / rows, whole.Size.Z / slices);
        CtVolume coarse = ct.To(VolumeGrid.Axial(columns, rows, slices, step, whole.Low + step / 2), cancellation);
        var tissue = new byte[coarse.Grid.VoxelCount];
        for (int i = 0; i < tissue.Length; i++) tissue[i] = coarse.HuAt(i) > TissueHu ? (byte)1 : (byte)0;
        IndexBox found = IndexBox.OfNonZero(
            coarse.Grid, Components.Largest(new LabelVolume(coarse.Grid, Core(tissue, coarse.Grid), ct.Source), cancellation).Labels);
        if (found.IsEmpty || (double)found.Columns * found.Rows * found.Slices < SmallestShare * tissue.Length) return whole;
        found = found.Grow(1);
        Vector3D At(int column, int row, int slice) => whole.Low + new Vector3D(column * step.X, row * step.Y, slice * step.Z);
        return new WorldBox(At(found.Column, found.Row, found.Slice), At(found.ColumnEnd, found.RowEnd, found.SliceEnd))
            .Grow(Math.Min(MarginMm, longest / 20)).Intersect(whole);
    }

    /// <summary>Cells whose neighbours in the slice are tissue too: a table is thin. What lies beyond the edge counts as tissue.</summary>
    private static byte[] Core(byte[] tissue, VolumeGrid grid)
    {
        var core = new byte[tissue.Length];
        for (int i = 0; i < tissue.Length; i++)
        {
            (int column, int row, _) = grid.VoxelOf(i);
            bool inside = tissue[i] != 0
                && (column == 0 || tissue[i - 1] != 0) && (column == grid.Columns - 1 || tissue[i + 1] != 0)
                && (row == 0 || tissue[i - grid.Columns] != 0) && (row == grid.Rows - 1 || tissue[i + grid.Columns] != 0);
            core[i] = inside ? (byte)1 : (byte)0;
        }
        return core;
    }
}
