namespace PancreasSeg.Segmentation;

/// <summary>
/// Head and feet by the organs that a locator saw. It knows them by what they look like, so that in a CT that stands on its head it sees
/// the liver below kidneys and bowel. It sees a liver in a pelvis too: only where it is sure of the pancreas does this mean anything.
/// </summary>
/// <param name="Liver">Its channel.</param>
/// <param name="Kidney">Channel of both kidneys.</param>
/// <param name="Bowel">Its channel.</param>
internal sealed record OrganHeights(int Liver, int Kidney, int Bowel)
{
    /// <summary>mL of each that must be seen.</summary>
    private const double LeastMl = 40;

    /// <summary>Mm by which the liver's centre lies clearly below that of each of the others.</summary>
    private const double ClearlyBelow = 10;

    /// <summary>The channels; null where one is missing.</summary>
    public static OrganHeights? Of(IReadOnlyList<string> classes)
    {
        List<string> names = [.. classes];
        var found = new OrganHeights(names.IndexOf("liver"), names.IndexOf("kidney"), names.IndexOf("bowel"));
        return Math.Min(found.Liver, Math.Min(found.Kidney, found.Bowel)) < 0 ? null : found;
    }

    /// <summary>True where the liver lies clearly below kidneys and bowel.</summary>
    /// <param name="classes">Channel of each voxel.</param>
    /// <param name="grid">Where the voxels lie (LPS mm).</param>
    public bool AreReversed(ReadOnlySpan<byte> classes, VolumeGrid grid)
    {
        double? liver = Height(classes, grid, Liver), kidney = Height(classes, grid, Kidney), bowel = Height(classes, grid, Bowel);
        return kidney - liver > ClearlyBelow && bowel - liver > ClearlyBelow;
    }

    /// <summary>Mean height of an organ in mm; null where too little of it is seen.</summary>
    private static double? Height(ReadOnlySpan<byte> classes, VolumeGrid grid, int organ)
    {
        var (sum, count) = (default(Vector3D), 0);
        for (int i = 0; i < classes.Length; i++)
        {
            if (classes[i] != organ) continue;
            (int column, int row, int slice) = grid.VoxelOf(i);
            (sum, count) = (sum + new Vector3D(column, row, slice), count + 1);
        }
        return count * grid.VoxelVolume / 1000 < LeastMl ? null : grid.Affine.Apply(sum / count).Z;
    }
}
