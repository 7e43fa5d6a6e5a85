namespace PancreasSeg.Evaluation;

/// <summary>
/// How far the surfaces of two masks lie apart. The surface of a mask is the set of its voxels with a background voxel across one
/// of their six faces, beyond the volume counting as background (the definition of MONAI and of SciPy's binary erosion);
/// distances run between voxel centres.
/// </summary>
/// <param name="Hd95Mm">The larger of the two directed 95th percentiles (linear between order statistics, as NumPy), in mm.</param>
/// <param name="AssdMm">Mean over the voxels of both surfaces of the distance to the other surface, in mm.</param>
/// <param name="Nsd">Part of both surfaces, 0 to 1, that lies within the tolerance of the other one (Nikolov et al. 2018, on
/// voxels).</param>
internal sealed record SurfaceDistance(double Hd95Mm, double AssdMm, double Nsd)
{
    /// <summary>Compares two masks on one box, neither of them empty.</summary>
    /// <param name="mask">The mask under test.</param>
    /// <param name="reference">The reference.</param>
    /// <param name="spacing">Voxel size in mm; the axes are perpendicular.</param>
    /// <param name="toleranceMm">Distance that still counts as agreement for <see cref="Nsd"/>.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static SurfaceDistance Between(
        BoxMask mask, BoxMask reference, Vector3D spacing, double toleranceMm, CancellationToken cancellation)
    {
        BoxMask a = mask.Surface(), b = reference.Surface();
        float[] fromA = DistanceTransform.Distances(a, b, spacing, cancellation),
            fromB = DistanceTransform.Distances(b, a, spacing, cancellation);
        Array.Sort(fromA);
        Array.Sort(fromB);
        double count = (double)fromA.Length + fromB.Length;
        double limit = toleranceMm * (1 + 1e-6); // distances are 32-bit: equality must survive their rounding
        return new SurfaceDistance(
            Math.Max(Percentile(fromA, 0.95), Percentile(fromB, 0.95)),
            (fromA.Sum(d => (double)d) + fromB.Sum(d => (double)d)) / count,
            (fromA.Count(d => d <= limit) + fromB.Count(d => d <= limit)) / count);
    }

    private static double Percentile(float[] sorted, double part)
    {
        double place = part * (sorted.Length - 1);
        int index = (int)place;
        double next = sorted[Math.Min(index + 1, sorted.Length - 1)];
        return sorted[index] + (next - sorted[index]) * (place - index);
    }
}
