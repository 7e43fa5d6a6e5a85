using System.Numerics;

namespace PancreasSeg.Simulation;

/// <summary>
/// A patient as tissue classes on an axial grid in LPS mm. One scene serves many renderings; it never changes after it is
/// built.
/// </summary>
/// <param name="Grid">Where the voxels lie: an axial grid of equal spacing along all axes.</param>
/// <param name="Classes">One <see cref="TissueClass"/> per voxel, column-fastest.</param>
/// <param name="PancreasCentre">Centre of the pancreas, LPS mm.</param>
/// <param name="BodyCentre">Middle of the trunk at the height of the pancreas, LPS mm.</param>
/// <param name="VisceralFat">Fat round the organs, 0 to 1 (<see cref="Habitus.VisceralFat"/>).</param>
internal sealed record Scene(VolumeGrid Grid, byte[] Classes, Vector3 PancreasCentre, Vector3 BodyCentre, float VisceralFat)
{
    /// <summary>Voxel size, mm.</summary>
    public float Spacing => (float)Grid.Spacing.X;
}
