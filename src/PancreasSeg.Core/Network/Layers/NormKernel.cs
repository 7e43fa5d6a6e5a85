using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace PancreasSeg.Network;

/// <summary>
/// Instance normalisation of one volume in float32 on the processor, in place: every value is read twice and written once. Sums are in
/// float64 and added up in one order, so that the answer depends on neither the number of voxels nor that of threads.
/// </summary>
internal static class NormKernel
{
    private const double Epsilon = 1e-5;
    private const int Parts = 64, BlockVoxels = 64, TileValues = 2048;

    /// <summary>Normalises.</summary>
    /// <param name="x">1 x C x D x H x W, channels innermost or outermost in memory.</param>
    /// <param name="weight">Scale of each channel.</param>
    /// <param name="bias">Shift of each channel.</param>
    public static unsafe void Run(Tensor x, Tensor weight, Tensor bias)
    {
        using var scope = NewDisposeScope();
        int channels = (int)x.shape[1];
        long voxels = x.numel() / channels;
        bool isChannelsLast = x.stride()[1] == 1 && voxels > 1;
        Tensor first = x.flatten(2).narrow(1, 0, 1).narrow(2, 0, 1);
        float* values = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
        float[] scale = Copy(weight), shift = Copy(bias);
        if (!isChannelsLast)
        {
            For(channels, c =>
            {
                var line = new Span<float>(values + c * voxels, checked((int)voxels));
                double sum = 0, squares = 0;
                AddLine(line, ref sum, ref squares);
                (scale[c], shift[c]) = Affine(sum, squares, voxels, scale[c], shift[c]);
                for (int at = 0; at < line.Length; at += TileValues)
                {
                    Span<float> tile = line[at..Math.Min(at + TileValues, line.Length)];
                    TensorPrimitives.Multiply(tile, scale[c], tile);
                    TensorPrimitives.Add(tile, shift[c], tile);
                }
            });
            return;
        }
        var sums = new double[Parts][];
        For(Parts, part =>
        {
            sums[part] = new double[2 * channels];
            (long from, long to) = (voxels * part / Parts, voxels * (part + 1) / Parts);
            for (long at = from; at < to; at += BlockVoxels)
                AddRows(new Span<float>(values + at * channels, (int)Math.Min(BlockVoxels, to - at) * channels), channels, sums[part]);
        });
        for (int c = 0; c < channels; c++)
            (scale[c], shift[c]) = Affine(sums.Sum(s => s[c]), sums.Sum(s => s[channels + c]), voxels, scale[c], shift[c]);

        int tile = Math.Max(1, TileValues / channels);
        float[] scales = Repeated(scale, tile), shifts = Repeated(shift, tile);
        For(Parts, part =>
        {
            (long from, long to) = (voxels * part / Parts, voxels * (part + 1) / Parts);
            for (long at = from; at < to; at += tile)
            {
                int length = (int)Math.Min(tile, to - at) * channels;
                var rows = new Span<float>(values + at * channels, length);
                TensorPrimitives.MultiplyAdd(rows, scales.AsSpan(0, length), shifts.AsSpan(0, length), rows);
            }
        });
    }

    private static (float Scale, float Shift) Affine(double sum, double squares, long count, float weight, float bias)
    {
        double mean = sum / count, variance = Math.Max(0, squares / count - mean * mean), scale = weight / Math.Sqrt(variance + Epsilon);
        return ((float)scale, (float)(bias - mean * scale));
    }

    /// <summary>Adds each channel's values to the first half of <paramref name="sums"/> and their squares to the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRows(ReadOnlySpan<float> rows, int channels, double[] sums)
    {
        int c = 0;
        for (; c + Vector<float>.Count <= channels; c += Vector<float>.Count)
        {
            Vector<double> lowSum = default, highSum = default, lowSquares = default, highSquares = default;
            for (int i = c; i < rows.Length; i += channels)
            {
                Vector.Widen(new Vector<float>(rows[i..]), out Vector<double> low, out Vector<double> high);
                (lowSum, highSum) = (lowSum + low, highSum + high);
                (lowSquares, highSquares) = (lowSquares + low * low, highSquares + high * high);
            }
            Add(sums.AsSpan(c), lowSum, highSum);
            Add(sums.AsSpan(channels + c), lowSquares, highSquares);
        }
        for (; c < channels; c++)
            for (int i = c; i < rows.Length; i += channels)
            {
                sums[c] += rows[i];
                sums[channels + c] += (double)rows[i] * rows[i];
            }
    }

    private static void Add(Span<double> sums, Vector<double> low, Vector<double> high)
    {
        (new Vector<double>(sums) + low).CopyTo(sums);
        Span<double> rest = sums[Vector<double>.Count..];
        (new Vector<double>(rest) + high).CopyTo(rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddLine(ReadOnlySpan<float> line, ref double sum, ref double squares)
    {
        Vector<double> sums = default, products = default;
        int i = 0;
        for (; i + Vector<float>.Count <= line.Length; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(line[i..]), out Vector<double> low, out Vector<double> high);
            sums += low + high;
            products += low * low + high * high;
        }
        (sum, squares) = (Vector.Sum(sums), Vector.Sum(products));
        for (; i < line.Length; i++) (sum, squares) = (sum + line[i], squares + (double)line[i] * line[i]);
    }

    private static float[] Copy(Tensor values) => MemoryMarshal.Cast<byte, float>(values.bytes).ToArray();

    private static float[] Repeated(float[] values, int times)
    {
        var repeated = new float[values.Length * times];
        for (int i = 0; i < times; i++) values.CopyTo(repeated, i * values.Length);
        return repeated;
    }

    private static void For(int count, Action<int> body)
    {
        int threads = get_num_threads();
        if (threads == 1) for (int i = 0; i < count; i++) body(i);
        else Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, body);
    }
}
