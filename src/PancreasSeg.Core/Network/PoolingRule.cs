namespace PancreasSeg.Network;

/// <summary>
/// Which axes of a ResidualUNet are pooled how often, as nnU-Net decides it (Isensee et al. 2021): an axis is halved while its map keeps
/// four voxels and its voxels are less than twice as long as the shortest of an axis that can still be halved; where that is one axis
/// alone, it has to have twelve voxels. Lists are of columns, rows and slices.
/// </summary>
public static class PoolingRule
{
    /// <summary>Voxels of the coarsest map along each axis that is pooled, at least.</summary>
    public const int FewestVoxels = 4;

    /// <summary>Poolings where it is not known how many voxels there are.</summary>
    public const int UsualPoolings = 4;

    private const double Anisotropic = 2;

    /// <summary>The strides between one stage and the next; at least one.</summary>
    /// <param name="spacing">Voxel size in mm.</param>
    /// <param name="voxels">What the network sees; null where that differs from case to case: then <see cref="UsualPoolings"/> by voxel
    /// size alone.</param>
    /// <param name="most">Poolings at most.</param>
    /// <param name="isExact">True where nothing can be filled up: only what divides by two is halved.</param>
    public static IReadOnlyList<IReadOnlyList<int>> Strides(
        IReadOnlyList<double> spacing, IReadOnlyList<int>? voxels, int most, bool isExact = false)
    {
        ArgumentNullException.ThrowIfNull(spacing);
        double[] size = [.. spacing];
        int[] left = voxels is null ? [int.MaxValue, int.MaxValue, int.MaxValue] : [.. voxels];
        if (voxels is null) most = Math.Min(most, UsualPoolings);
        var strides = new List<IReadOnlyList<int>>();
        while (strides.Count < most && Axes(size, left, isExact) is { Length: > 0 } axes)
        {
            strides.Add(ReadableList.Of([.. Enumerable.Range(0, 3).Select(axis => axes.Contains(axis) ? 2 : 1)]));
            foreach (int axis in axes) (size[axis], left[axis]) = (size[axis] * 2, left[axis] / 2 + left[axis] % 2);
        }
        // Of next to no voxels: a network has two stages at least.
        return strides.Count > 0 ? strides : [ReadableList.Of([2, 2, 1])];
    }

    private static int[] Axes(double[] size, int[] left, bool isExact)
    {
        int[] large = [.. Enumerable.Range(0, 3)
            .Where(axis => left[axis] >= 2 * FewestVoxels && (!isExact || int.IsEvenInteger(left[axis])))];
        int[] axes = [.. large.Where(axis => size[axis] < Anisotropic * large.Min(other => size[other]))];
        return axes is [var alone] && left[alone] < 3 * FewestVoxels ? [] : axes;
    }
}
