namespace PancreasSeg.Tests;

/// <summary>Volumes whose every voxel is known.</summary>
internal static class TestVolumes
{
    public static VolumeGrid Grid { get; } = VolumeGrid.Axial(40, 32, 16, new(1.5, 1.25, 3), new(-30, -20, 100));

    /// <summary>Soft tissue of 40 HU with a box of 150 HU inside and air in the last voxel.</summary>
    public static CtVolume Ct(string name = "case", VolumeGrid? grid = null)
    {
        grid ??= Grid;
        var hu = new short[grid.VoxelCount];
        for (int s = 0; s < grid.Slices; s++)
            for (int r = 0; r < grid.Rows; r++)
                for (int c = 0; c < grid.Columns; c++)
                    hu[grid.IndexOf(c, r, s)] = IsInBox(c, r, s) ? (short)150 : (short)40;
        hu[^1] = -1000;
        return new CtVolume(grid, hu, new VolumeSource(name));
    }

    public static LabelVolume Box(string name = "case")
    {
        var labels = new byte[Grid.VoxelCount];
        for (int s = 0; s < Grid.Slices; s++)
            for (int r = 0; r < Grid.Rows; r++)
                for (int c = 0; c < Grid.Columns; c++)
                    labels[Grid.IndexOf(c, r, s)] = IsInBox(c, r, s) ? (byte)7 : (byte)0;
        return new LabelVolume(Grid, labels, new VolumeSource(name));
    }

    private static bool IsInBox(int c, int r, int s) => c is >= 10 and < 30 && r is >= 8 and < 24 && s is >= 4 and < 12;
}
