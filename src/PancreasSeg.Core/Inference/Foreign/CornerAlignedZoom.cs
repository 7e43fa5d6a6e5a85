using System.Numerics;

namespace PancreasSeg.Inference.Foreign;

/// <summary>
/// Brings an image to another number of voxels as TotalSegmentator does (scipy's zoom, mode nearest): the first and the last voxel of
/// each axis stay where they are, and what comes out is cut to whole numbers towards 0. A whole number may hang on the last bit, so
/// products and sums are made in scipy's order: for images as columns, rows, slices, with the slices fastest.
/// </summary>
internal static class CornerAlignedZoom
{
    private const int Pad = 12;

    /// <summary>The square root of 3, minus 2, which a subtraction of doubles misses by its last bit.</summary>
    private const double Pole = -0.2679491924311227065;

    /// <summary>Resamples HU, slices, rows, columns.</summary>
    /// <param name="image">The image.</param>
    /// <param name="shape">Voxels along each axis of the result.</param>
    /// <param name="order">1 is linear, 3 goes through cubic splines, edges extended by 12 copies.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    public static VoxelArray<float> Resample(VoxelArray<float> image, int[] shape, int order, CancellationToken cancellation)
    {
        if (order == 1) return Sample(image, shape, 1, 0, cancellation);
        int[] padded = [.. image.Shape.Select(n => n + 2 * Pad)];
        var coefficients = new VoxelArray<double>(new double[padded.Aggregate(1L, (product, n) => product * n)], padded);
        Extend(image, coefficients, cancellation);
        foreach (int axis in (int[])[2, 1, 0]) Filter(coefficients, axis, cancellation);
        return Sample(coefficients, shape, order, Pad, cancellation);
    }

    /// <summary>Each voxel gets the value of the nearest one.</summary>
    public static VoxelArray<T> Nearest<T>(VoxelArray<T> image, int[] shape, CancellationToken cancellation)
    {
        if (shape.SequenceEqual(image.Shape)) return image;
        int[][] from = [.. image.Shape.Zip(shape, (n, m) => Places(n, m).Select(x => (int)Math.Floor(x + 0.5)).ToArray())];
        var result = new T[shape[0] * shape[1] * shape[2]];
        ParallelWork.For(shape[0], z =>
        {
            for (int y = 0; y < shape[1]; y++)
            {
                ReadOnlySpan<T> row = image.Values.AsSpan((from[0][z] * image.Shape[1] + from[1][y]) * image.Shape[2], image.Shape[2]);
                Span<T> made = result.AsSpan((z * shape[1] + y) * shape[2], shape[2]);
                for (int x = 0; x < made.Length; x++) made[x] = row[from[2][x]];
            }
        }, cancellation);
        return new VoxelArray<T>(result, shape);
    }

    /// <summary>Where value i of m lies among n, the ends on each other.</summary>
    private static IEnumerable<double> Places(int n, int m)
    {
        double step = m > 1 ? (n - 1.0) / (m - 1) : 1;
        return Enumerable.Range(0, m).Select(i => Math.Min(i * step, n - 1));
    }

    private static VoxelArray<float> Sample<T>(VoxelArray<T> values, int[] shape, int order, int pad, CancellationToken cancellation)
        where T : struct, INumberBase<T>
    {
        Axis[] axes = [.. values.Shape.Zip(shape, (n, m) => new Axis(n, m, order, pad))];
        (Axis slices, Axis rows, Axis columns) = (axes[0], axes[1], axes[2]);
        (int width, int plane, int taps) = (values.Shape[2], values.Shape[1] * values.Shape[2], order + 1);
        float[] result = GC.AllocateUninitializedArray<float>(shape[0] * shape[1] * shape[2]);
        ParallelWork.For(shape[0], z =>
        {
            ReadOnlySpan<int> zs = slices.Of(z);
            ReadOnlySpan<double> zWeights = slices.WeightsOf(z);
            for (int y = 0, at = z * shape[1] * shape[2]; y < shape[1]; y++)
            {
                ReadOnlySpan<int> ys = rows.Of(y);
                ReadOnlySpan<double> yWeights = rows.WeightsOf(y);
                for (int x = 0; x < shape[2]; x++, at++)
                {
                    ReadOnlySpan<int> xs = columns.Of(x);
                    ReadOnlySpan<double> xWeights = columns.WeightsOf(x);
                    double sum = 0;
                    for (int i = 0; i < taps; i++)
                        for (int j = 0; j < taps; j++)
                            for (int k = 0; k < taps; k++)
                                sum += double.CreateTruncating(values.Values[zs[k] * plane + ys[j] * width + xs[i]])
                                    * xWeights[i] * yWeights[j] * zWeights[k];
                    result[at] = (float)Math.Truncate(sum);
                }
            }
        }, cancellation);
        return new VoxelArray<float>(result, shape);
    }

    private static void Extend(VoxelArray<float> image, VoxelArray<double> padded, CancellationToken cancellation) =>
        ParallelWork.For(padded.Shape[0], z =>
        {
            int slice = Inside(z, image.Shape[0]);
            for (int y = 0; y < padded.Shape[1]; y++)
            {
                int row = (slice * image.Shape[1] + Inside(y, image.Shape[1])) * image.Shape[2];
                Span<double> line = padded.Values.AsSpan((z * padded.Shape[1] + y) * padded.Shape[2], padded.Shape[2]);
                for (int x = 0; x < line.Length; x++) line[x] = image.Values[row + Inside(x, image.Shape[2])];
            }
        }, cancellation);

    private static int Inside(int index, int length) => Math.Clamp(index - Pad, 0, length - 1);

    /// <summary>Turns values along an axis into the coefficients of the cubic splines through them.</summary>
    private static void Filter(VoxelArray<double> values, int axis, CancellationToken cancellation)
    {
        int[] strides = [values.Shape[1] * values.Shape[2], values.Shape[2], 1];
        int outer = axis == 0 ? 1 : 0, inner = axis == 2 ? 1 : 2, length = values.Shape[axis], stride = strides[axis];
        ParallelWork.For(values.Shape[outer], a =>
        {
            var line = new double[length];
            for (int b = 0; b < values.Shape[inner]; b++)
            {
                int start = a * strides[outer] + b * strides[inner];
                for (int i = 0; i < length; i++) line[i] = values.Values[start + i * stride];
                Filter(line);
                for (int i = 0; i < length; i++) values.Values[start + i * stride] = line[i];
            }
        }, cancellation);
    }

    /// <summary>The recursive filter of a cubic spline (Unser 1999), the line mirrored half a sample beyond its ends.</summary>
    private static void Filter(double[] line)
    {
        double gain = (1 - Pole) * (1 - 1 / Pole), far = Math.Pow(Pole, line.Length);
        for (int i = 0; i < line.Length; i++) line[i] *= gain;
        double first = line[0], power = Pole;
        line[0] = first + far * line[^1];
        for (int i = 1; i < line.Length; i++, power *= Pole) line[0] += power * (line[i] + far * line[^(i + 1)]);
        line[0] = line[0] * (Pole / (1 - far * far)) + first;
        for (int i = 1; i < line.Length; i++) line[i] += Pole * line[i - 1];
        line[^1] *= Pole / (Pole - 1);
        for (int i = line.Length - 2; i >= 0; i--) line[i] = Pole * (line[i + 1] - line[i]);
    }

    /// <summary>The taps of each value along one axis; beyond the last voxel it repeats.</summary>
    private sealed class Axis
    {
        private readonly int _taps;
        private readonly int[] _indices;
        private readonly double[] _weights;

        public Axis(int length, int target, int order, int pad)
        {
            _taps = order + 1;
            (_indices, _weights) = (new int[target * _taps], new double[target * _taps]);
            int i = 0;
            foreach (double place in Places(length - 2 * pad, target))
            {
                double x = place + pad, part = x - Math.Floor(x);
                Span<double> weights = _weights.AsSpan(i, _taps);
                Weigh(part, weights);
                for (int k = 0; k < _taps; k++) _indices[i++] = Math.Clamp((int)Math.Floor(x) - order / 2 + k, 0, length - 1);
            }
        }

        public ReadOnlySpan<int> Of(int index) => _indices.AsSpan(index * _taps, _taps);

        public ReadOnlySpan<double> WeightsOf(int index) => _weights.AsSpan(index * _taps, _taps);

        // The last is what the others leave to 1.
        private static void Weigh(double y, Span<double> weights)
        {
            double z = 1 - y;
            if (weights.Length == 2)
            {
                (weights[0], weights[1]) = (z, 1 - z);
                return;
            }
            weights[1] = (y * y * (y - 2) * 3 + 4) / 6;
            weights[2] = (z * z * (z - 2) * 3 + 4) / 6;
            weights[0] = z * z * z / 6;
            weights[3] = 1 - weights[0] - weights[1] - weights[2];
        }
    }
}
