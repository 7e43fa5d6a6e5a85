namespace PancreasSeg.Segmentation;

/// <summary>Where the first of two stages found the pancreas and the second looked.</summary>
/// <param name="Centre">Centre of the box in LPS mm.</param>
/// <param name="BoxSize">Size of the box in mm to the left, back and head (along the source's own axes in that order).</param>
/// <param name="Box">The source's voxels inside the box, cut at the edge of the volume.</param>
/// <param name="Confidence">How much of what lies beside every pancreas the locator saw, 0 to 1: aorta, spleen and kidneys. 1 is as much as
/// in any scan that shows a pancreas; null where the locator does not tell these organs apart.</param>
/// <param name="VolumeMl">Volume of what the locator took for the pancreas, in millilitres.</param>
public sealed record PancreasLocation(Vector3D Centre, Vector3D BoxSize, VoxelBox Box, double? Confidence, double VolumeMl)
{
    /// <summary>Centre and confidence in one line.</summary>
    public override string ToString() => FormattableString.Invariant($"[{Centre.X:0}, {Centre.Y:0}, {Centre.Z:0}] mm")
        + (Confidence is { } confidence ? FormattableString.Invariant($", confidence {confidence:0.00}") : "");
}
