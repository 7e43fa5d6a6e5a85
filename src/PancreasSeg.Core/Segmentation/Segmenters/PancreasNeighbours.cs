using PancreasSeg.Network;

namespace PancreasSeg.Segmentation;

/// <summary>
/// The organs beside every pancreas, by which a locator's answer is judged: a network that has only seen abdomens finds a pancreas in a
/// thigh as well and is as sure of it, but no aorta.
/// </summary>
/// <param name="Aorta">Its channel.</param>
/// <param name="Spleen">Its channel.</param>
/// <param name="Kidney">Channel of both kidneys.</param>
internal sealed record PancreasNeighbours(int Aorta, int Spleen, int Kidney)
{
    /// <summary>mL of aorta in a mm of height, and the mm of height that count at most: an aorta divides below the kidneys.</summary>
    private const double AortaMlPerMm = 0.2, LargestHeight = 150;

    /// <summary>mL of spleen and kidneys at least, and of kidneys at most.</summary>
    private const double LeastOrgansMl = 125, MostKidneyMl = 700;

    /// <summary>The channels; null where one is missing.</summary>
    public static PancreasNeighbours? Of(IReadOnlyList<string> classes)
    {
        List<string> names = [.. classes];
        var found = new PancreasNeighbours(names.IndexOf(VesselClasses.Aorta), names.IndexOf("spleen"), names.IndexOf("kidney"));
        return found.Aorta < 0 || found.Spleen < 0 || found.Kidney < 0 ? null : found;
    }

    /// <summary>How much of them is seen, 0 to 1.</summary>
    /// <param name="classes">Channel of each voxel.</param>
    /// <param name="grid">Where the voxels lie.</param>
    public double Confidence(ReadOnlySpan<byte> classes, VolumeGrid grid)
    {
        double millilitre = grid.VoxelVolume / 1000, height = Math.Min(grid.Slices * grid.Spacing.Z, LargestHeight);
        double aorta = classes.Count((byte)Aorta) * millilitre, spleen = classes.Count((byte)Spleen) * millilitre;
        double kidneys = classes.Count((byte)Kidney) * millilitre;
        return Math.Min(Math.Min(1, aorta / (AortaMlPerMm * height)),
            Math.Min((spleen + kidneys) / LeastOrgansMl, MostKidneyMl / Math.Max(kidneys, 1)));
    }
}
