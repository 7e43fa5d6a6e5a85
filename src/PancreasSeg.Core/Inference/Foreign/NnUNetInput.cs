using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Inference.Foreign;

/// <summary>A CT as an nnU-Net network sees it, and the way back.</summary>
/// <param name="Grid">The CT's voxels in the order in which the model was trained.</param>
/// <param name="BoxStart">First slice, row and column on <paramref name="Grid"/> of the box that was cut out.</param>
/// <param name="BoxShape">Slices, rows and columns of the box.</param>
/// <param name="Spacing">Voxel size before resampling in mm, in the network's axes.</param>
/// <param name="Cropped">Voxels of the box, in the network's axes.</param>
/// <param name="Image">The values, in the network's axes.</param>
internal sealed record NnUNetInput(VolumeGrid Grid, int[] BoxStart, int[] BoxShape, double[] Spacing, int[] Cropped,
    VoxelArray<float> Image)
{
    /// <summary>Prepares a CT: order of axes, crop to what is not 0, scaled values, then the plan's voxel size.</summary>
    /// <param name="ct">The CT.</param>
    /// <param name="grid">Its voxels in the order in which the model was trained.</param>
    /// <param name="plans">The plan.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    /// <exception cref="CoreException"><see cref="Fault.VolumeTooLarge"/> when the resampled image does not fit into an array.</exception>
    public static NnUNetInput Prepare(CtVolume ct, VolumeGrid grid, NnUNetPlans plans, CancellationToken cancellation)
    {
        NnUNetConfiguration configuration = plans.Configuration;
        VoxelArray<float> stored = Read(ct, grid, cancellation);
        (int[] start, int[] shape) = BodyMask.Box(stored, cancellation);
        VoxelArray<float> box = stored.Cut(start, shape);
        IntensityScaling.Apply(box, configuration.Intensity, stored.Shape, cancellation);
        VoxelArray<float> turned = box.Permute(plans.Forward, cancellation);

        double[] spacing = SpacingOf(grid, plans), wanted = Wanted(spacing, turned.Shape, configuration);
        if (wanted.Aggregate(1.0, (product, n) => product * Math.Max(n, 1)) > Array.MaxLength)
            throw new CoreException(Fault.VolumeTooLarge,
                $"At the model's voxel size this volume has more voxels than this module can hold ({Array.MaxLength}).", ct.Source.Path,
                    "Crop it first.");
        int[] target = configuration.DataResampling.Kind == ResamplingKind.None ? turned.Shape
            : [.. wanted.Select(n => (int)Math.Max(n, 1))];
        int? separate = configuration.DataResampling.SeparateAxis(spacing, configuration.Spacing);
        VoxelArray<float> image = ArrayResampler.Resample(turned, target, configuration.DataResampling, separate, cancellation);
        return new NnUNetInput(grid, start, shape, spacing, turned.Shape, image);
    }

    /// <summary>Voxels before and after resampling of an image of which nothing is cut off, in the network's axes.</summary>
    public static (int[] Turned, int[] Image) Shapes(VolumeGrid grid, NnUNetPlans plans)
    {
        int[] stackwise = [grid.Slices, grid.Rows, grid.Columns], turned = [.. plans.Forward.Select(axis => stackwise[axis])];
        if (plans.Configuration.DataResampling.Kind == ResamplingKind.None) return (turned, turned);
        double[] wanted = Wanted(SpacingOf(grid, plans), turned, plans.Configuration);
        return (turned, [.. wanted.Select(n => (int)Math.Clamp(n, 1, Array.MaxLength))]);
    }

    // Files hold voxel sizes in float32, and nnU-Net computes with what they hold.
    private static double[] SpacingOf(VolumeGrid grid, NnUNetPlans plans)
    {
        double[] stackwise = [(float)grid.Spacing.Z, (float)grid.Spacing.Y, (float)grid.Spacing.X];
        return [.. plans.Forward.Select(axis => stackwise[axis])];
    }

    private static double[] Wanted(double[] spacing, int[] shape, NnUNetConfiguration configuration) => [.. Enumerable.Range(0, 3)
        .Select(a => Math.Round(spacing[a] / configuration.Spacing[a] * shape[a], MidpointRounding.ToEven))];

    /// <summary>The CT's values as slices, rows, columns of a grid that has its voxels in some order; a copy.</summary>
    private static VoxelArray<float> Read(CtVolume ct, VolumeGrid grid, CancellationToken cancellation)
    {
        IndexMap map = IndexMap.Between(ct.Grid, grid) ?? throw new ArgumentException("The grids differ.", nameof(grid));
        int[] shape = [grid.Slices, grid.Rows, grid.Columns];
        if (!ct.IsInteger) return new VoxelArray<float>(map.Copy(ct.Floats, 0f, cancellation), shape);
        short[] integers = map.Copy(ct.Integers, (short)0, cancellation);
        var values = new float[integers.Length];
        System.Numerics.Tensors.TensorPrimitives.ConvertTruncating<short, float>(integers, values);
        return new VoxelArray<float>(values, shape);
    }
}
