using System.Numerics.Tensors;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Inference.Foreign;

/// <summary>
/// Brings an image to another number of voxels as nnU-Net does (resample_data_or_seg_to_shape, resample_torch_fornnunet), one axis
/// after another. Results are clipped to the range of what they were made from.
/// </summary>
internal static class ArrayResampler
{
    private const int LineWidth = 512;

    /// <summary>Resamples; an array that has the shape already is handed through.</summary>
    /// <param name="image">The image.</param>
    /// <param name="shape">Voxels along each axis of the result.</param>
    /// <param name="scheme">By which method.</param>
    /// <param name="separate">The axis that is sampled by itself, nearest; null for none.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    public static VoxelArray<float> Resample(VoxelArray<float> image, int[] shape, ResamplingScheme scheme, int? separate,
        CancellationToken cancellation)
    {
        if (scheme.Kind == ResamplingKind.None || shape.SequenceEqual(image.Shape)) return image;
        if (scheme.Kind == ResamplingKind.Linear) return Resample(image, shape, 1, separate, clips: false, cancellation);
        return Resample(image, shape, scheme.Order, separate, clips: true, cancellation);
    }

    private static VoxelArray<float> Resample(VoxelArray<float> image, int[] shape, int order, int? separate, bool clips,
        CancellationToken cancellation)
    {
        if (separate is not { } axis) return Whole(image, shape, order, clips, cancellation);
        int[] first = axis switch { 0 => [0, 1, 2], 1 => [1, 0, 2], _ => [2, 0, 1] },
            back = axis switch { 0 => [0, 1, 2], 1 => [1, 0, 2], _ => [1, 2, 0] };
        VoxelArray<float> turned = image.Permute(first, cancellation);
        return Slices(turned, [.. first.Select(a => shape[a])], order, clips, cancellation).Permute(back, cancellation);
    }

    /// <summary>All three axes, the first last.</summary>
    private static VoxelArray<float> Whole(VoxelArray<float> image, int[] shape, int order, bool clips, CancellationToken cancellation)
    {
        (float low, float high) = clips ? Range(image.Values) : (float.NegativeInfinity, float.PositiveInfinity);
        int depth = image.Shape[0], plane = shape[1] * shape[2];
        var planes = new double[depth][];
        var sampling = new PlaneSampling(image.Shape[1], image.Shape[2], shape[1], shape[2], order);
        ParallelWork.For(depth, z => planes[z] = sampling.Run(image.Values.AsSpan(z * image.Shape[1] * image.Shape[2])), cancellation);

        var axis = new AxisSampling(depth, shape[0], order);
        float[] result = GC.AllocateUninitializedArray<float>(shape[0] * plane);
        ParallelWork.For((plane + LineWidth - 1) / LineWidth, part =>
        {
            int start = part * LineWidth, width = Math.Min(LineWidth, plane - start);
            var lines = new double[axis.Padded * width];
            for (int i = 0; i < axis.Padded; i++)
                planes[Math.Clamp(i - axis.Before, 0, depth - 1)].AsSpan(start, width).CopyTo(lines.AsSpan(i * width));
            if (axis.NeedsFilter && !axis.IsIdentity) AxisSampling.FilterLines(lines, width);
            var line = new double[width];
            for (int z = 0; z < shape[0]; z++)
            {
                PlaneSampling.Combine(axis, z, lines, width, line);
                Narrow(line, result.AsSpan(z * plane + start, width), low, high);
            }
        }, cancellation);
        return new VoxelArray<float>(result, shape);
    }

    /// <summary>Each slice by itself, clipped to its own range; then the nearest slice.</summary>
    private static VoxelArray<float> Slices(VoxelArray<float> image, int[] shape, int order, bool clips, CancellationToken cancellation)
    {
        int from = image.Shape[1] * image.Shape[2], plane = shape[1] * shape[2];
        var nearest = new AxisSampling(image.Shape[0], shape[0], 0);
        var sampling = new PlaneSampling(image.Shape[1], image.Shape[2], shape[1], shape[2], order);
        float[] result = GC.AllocateUninitializedArray<float>(shape[0] * plane);
        ILookup<int, int> places = Enumerable.Range(0, shape[0]).ToLookup(z => nearest.IsIdentity ? z : nearest.First[z]);
        ParallelWork.For(image.Shape[0], z =>
        {
            if (!places.Contains(z)) return;
            ReadOnlySpan<float> slice = image.Values.AsSpan(z * from, from);
            Span<float> made = result.AsSpan(places[z].First() * plane, plane);
            if (sampling.IsIdentity)
            {
                slice.CopyTo(made);
            }
            else
            {
                (float low, float high) = clips ? Range(slice) : (float.NegativeInfinity, float.PositiveInfinity);
                Narrow(sampling.Run(slice), made, low, high);
            }
            foreach (int copy in places[z].Skip(1)) made.CopyTo(result.AsSpan(copy * plane));
        }, cancellation);
        return new VoxelArray<float>(result, shape);
    }

    private static (float Low, float High) Range(ReadOnlySpan<float> values) =>
        (TensorPrimitives.Min(values), TensorPrimitives.Max(values));

    private static void Narrow(ReadOnlySpan<double> values, Span<float> narrow, double low, double high)
    {
        for (int i = 0; i < values.Length; i++) narrow[i] = (float)Math.Min(Math.Max(values[i], low), high);
    }
}
