using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Inference.Foreign;

/// <summary>A CT as an nnU-Net network sees it, and the way back.</summary>
/// <param name="Grid">The CT's voxels in the order in which the model was trained.</param>
/// <param name="Shape">Slices, rows and columns before the box was cut out: those of <paramref name="Grid"/>, or what
/// TotalSegmentator resampled them to.</param>
/// <param name="BoxStart">First slice, row and column of the box that was cut out.</param>
/// <param name="BoxShape">Slices, rows and columns of the box.</param>
/// <param name="Spacing">Voxel size before resampling in mm, in the network's axes.</param>
/// <param name="Cropped">Voxels of the box, in the network's axes.</param>
/// <param name="Image">The values, in the network's axes.</param>
internal sealed record NnUNetInput(VolumeGrid Grid, int[] Shape, int[] BoxStart, int[] BoxShape, double[] Spacing, int[] Cropped,
    VoxelArray<float> Image)
{
    /// <summary>Prepares a CT: order of axes, crop to what is not 0, scaled values, then the plan's voxel size.</summary>
    /// <param name="ct">The CT.</param>
    /// <param name="grid">Its voxels in the order in which the model was trained.</param>
    /// <param name="plans">The plan.</param>
    /// <param name="preparation">TotalSegmentator's steps bring the CT to the plan's voxel size first.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    /// <exception cref="CoreException"><see cref="Fault.VolumeTooLarge"/> when the resampled image does not fit into an array.</exception>
    public static NnUNetInput Prepare(CtVolume ct, VolumeGrid grid, NnUNetPlans plans, NnUNetPreparation preparation,
        CancellationToken cancellation)
    {
        NnUNetConfiguration configuration = plans.Configuration;
        VoxelArray<float> stored = Read(ct, grid, cancellation);
        // Files hold voxel sizes in float32, and nnU-Net computes with what they hold.
        double[] stackwise = [(float)grid.Spacing.Z, (float)grid.Spacing.Y, (float)grid.Spacing.X];
        double[] planned = [.. plans.Backward.Select(axis => configuration.Spacing[axis])];
        if (preparation != NnUNetPreparation.NnUNet && !stackwise.SequenceEqual(planned))
        {
            int[] zoomed = Fitting([.. Enumerable.Range(0, 3).Select(a => stored.Shape[a] * (stackwise[a] / planned[a]))], ct);
            stored = CornerAlignedZoom.Resample(stored, zoomed, preparation == NnUNetPreparation.TotalSegmentator ? 1 : 3, cancellation);
            stackwise = planned;
        }
        (int[] start, int[] shape) = BodyMask.Box(stored, cancellation);
        VoxelArray<float> box = stored.Cut(start, shape);
        IntensityScaling.Apply(box, configuration.Intensity, stored.Shape, cancellation);
        VoxelArray<float> turned = box.Permute(plans.Forward, cancellation);

        double[] spacing = [.. plans.Forward.Select(axis => stackwise[axis])];
        int[] target = configuration.DataResampling.Kind == ResamplingKind.None ? turned.Shape
            : Fitting([.. Enumerable.Range(0, 3).Select(a => spacing[a] / configuration.Spacing[a] * turned.Shape[a])], ct);
        int? separate = configuration.DataResampling.SeparateAxis(spacing, configuration.Spacing);
        VoxelArray<float> image = ArrayResampler.Resample(turned, target, configuration.DataResampling, separate, cancellation);
        return new NnUNetInput(grid, stored.Shape, start, shape, spacing, turned.Shape, image);
    }

    /// <summary>Whole numbers of voxels, of halves the even one.</summary>
    private static int[] Fitting(double[] voxels, CtVolume ct)
    {
        double[] rounded = [.. voxels.Select(n => Math.Max(Math.Round(n, MidpointRounding.ToEven), 1))];
        if (rounded.Aggregate((product, n) => product * n) > Array.MaxLength)
            throw new CoreException(Fault.VolumeTooLarge,
                $"At the model's voxel size this volume has more voxels than this module can hold ({Array.MaxLength}).", ct.Source.Path,
                    "Crop it first.");
        return [.. rounded.Select(n => (int)n)];
    }

    /// <summary>Voxels before and after resampling of an image of which nothing is cut off, in the network's axes; within one, as many
    /// as <see cref="Prepare"/> makes.</summary>
    public static (int[] Turned, int[] Image) Shapes(VolumeGrid grid, NnUNetPlans plans)
    {
        int[] stackwise = [grid.Slices, grid.Rows, grid.Columns], turned = [.. plans.Forward.Select(axis => stackwise[axis])];
        if (plans.Configuration.DataResampling.Kind == ResamplingKind.None) return (turned, turned);
        double[] sizes = [grid.Spacing.Z, grid.Spacing.Y, grid.Spacing.X];
        return (turned, [.. Enumerable.Range(0, 3).Select(a =>
            (int)Math.Clamp(Math.Round(sizes[plans.Forward[a]] / plans.Configuration.Spacing[a] * turned[a]), 1, Array.MaxLength))]);
    }

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
