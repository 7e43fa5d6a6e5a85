namespace PancreasSeg.Simulation;

/// <summary>What <see cref="CtPhantom"/> makes.</summary>
public sealed record PhantomOptions
{
    /// <summary>Names the patient and the examination: the same options give the same bytes.</summary>
    public long Seed { get; init; }

    /// <summary>Voxels: columns (right to left), rows (front to back), slices (feet to head).</summary>
    public (int Columns, int Rows, int Slices) Size { get; init; } = (192, 192, 96);

    /// <summary>Voxel size in mm along columns, rows and slices.</summary>
    public Vector3D Spacing { get; init; } = new(2, 2, 2.5);

    /// <summary>Contrast phase.</summary>
    public ContrastPhase Phase { get; init; } = ContrastPhase.PortalVenous;

    /// <summary>Standard deviation of the noise in the middle of the body, HU.</summary>
    public double NoiseHu { get; init; } = 12;

    /// <summary>
    /// Organs of a real or other patient to build round, in any orientation: 1 spleen, 2 pancreas, 3 left kidney,
    /// 4 gallbladder, 5 oesophagus, 6 liver, 7 stomach, 8 duodenum. Only the pancreas is required. Their truth is kept voxel by
    /// voxel in the map's own coordinates; everything else is simulated. Null simulates all.
    /// </summary>
    public LabelVolume? LabelMap { get; init; }
}
