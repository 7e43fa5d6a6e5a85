using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PancreasSeg.Network;

/// <summary>
/// Instance normalisation of one volume in float32 or bfloat16 on the processor, in place, and the activation after it: every value is
/// read twice and written once. Sums are in float64 and added up in one order, so that the answer depends on neither the number of voxels
/// nor that of threads.
/// </summary>
internal static class NormKernel
{
    private const double Epsilon = 1e-5;
    private const int Parts = 64, BlockVoxels = 64, TileValues = 2048;

    /// <summary>Normalises, then multiplies what is below 0 by the slope.</summary>
    /// <param name="x">1 x C x D x H x W, channels innermost or outermost in memory.</param>
    /// <param name="weight">Scale of each channel, float32.</param>
    /// <param name="bias">Shift of each channel, float32.</param>
    /// <param name="slope">1 leaves everything, 0 is ReLU.</param>
    public static unsafe void Run(Tensor x, Tensor weight, Tensor bias, float slope)
    {
        using var scope = NewDisposeScope();
        int channels = (int)x.shape[1];
        long voxels = x.numel() / channels;
        Tensor first = x.flatten(2).narrow(1, 0, 1).narrow(2, 0, 1);
        void* values = Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
        float[] scale = Copy(weight), shift = Copy(bias);
        bool isChannelsLast = x.stride()[1] == 1 && voxels > 1;
        // Channels outermost are rows of one channel each.
        if (x.dtype == ScalarType.BFloat16) Run<ushort, HalfRows>((ushort*)values, voxels, scale, shift, slope, isChannelsLast);
        else Run<float, FloatRows>((float*)values, voxels, scale, shift, slope, isChannelsLast);
    }

    private static unsafe void Run<T, TRows>(T* values, long voxels, float[] scale, float[] shift, float slope, bool isChannelsLast)
        where T : unmanaged where TRows : INormRows<T>
    {
        int channels = scale.Length;
        if (!isChannelsLast)
        {
            For(channels, c =>
            {
                var line = new Span<T>(values + c * voxels, checked((int)voxels));
                (double sum, double squares) = TRows.AddLine(line);
                (float[] own, float[] ownShift) = (new float[TileValues], new float[TileValues]);
                (scale[c], shift[c]) = Affine(sum, squares, voxels, scale[c], shift[c]);
                Array.Fill(own, scale[c]);
                Array.Fill(ownShift, shift[c]);
                for (int at = 0; at < line.Length; at += TileValues)
                    TRows.Apply(line[at..Math.Min(at + TileValues, line.Length)], own, ownShift, slope);
            });
            return;
        }
        var sums = new double[Parts][];
        For(Parts, part =>
        {
            sums[part] = new double[2 * channels];
            (long from, long to) = (voxels * part / Parts, voxels * (part + 1) / Parts);
            for (long at = from; at < to; at += BlockVoxels)
                TRows.Add(new Span<T>(values + at * channels, (int)Math.Min(BlockVoxels, to - at) * channels), channels, sums[part]);
        });
        for (int c = 0; c < channels; c++)
            (scale[c], shift[c]) = Affine(sums.Sum(s => s[c]), sums.Sum(s => s[channels + c]), voxels, scale[c], shift[c]);

        int tile = Math.Max(1, TileValues / channels);
        float[] scales = Repeated(scale, tile), shifts = Repeated(shift, tile);
        For(Parts, part =>
        {
            (long from, long to) = (voxels * part / Parts, voxels * (part + 1) / Parts);
            for (long at = from; at < to; at += tile)
                TRows.Apply(new Span<T>(values + at * channels, (int)Math.Min(tile, to - at) * channels), scales, shifts, slope);
        });
    }

    private static (float Scale, float Shift) Affine(double sum, double squares, long count, float weight, float bias)
    {
        double mean = sum / count, variance = Math.Max(0, squares / count - mean * mean), scale = weight / Math.Sqrt(variance + Epsilon);
        // One NaN of all: rounded to bfloat16 it stays one.
        return double.IsFinite(scale) && double.IsFinite(mean) ? ((float)scale, (float)(bias - mean * scale)) : (float.NaN, float.NaN);
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
