using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PancreasSeg;

/// <summary>The inner loops of resampling, optimised from the first call on: a volume is often the only one of its process.</summary>
internal static class RowKernels
{
    /// <summary>The weighted sum of runs of voxels: target[i] = sum over t of voxels[start + t * stride + i] * weights[t].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum<TVoxels>(TVoxels voxels, int start, int stride, ReadOnlySpan<float> weights, Span<float> target)
        where TVoxels : struct, IVoxelReader
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)start + (weights.Length - 1) * (long)stride + target.Length, voxels.Length);
        int i = 0, eight = Vector256<float>.Count;
        for (; i <= target.Length - 4 * eight; i += 4 * eight)
        {
            Vector256<float> a = default, b = default, c = default, d = default;
            for (int t = 0, at = start + i; t < weights.Length; t++, at += stride)
            {
                Vector256<float> weight = Vector256.Create(weights[t]);
                a = Vector256.FusedMultiplyAdd(voxels.EightAt(at), weight, a);
                b = Vector256.FusedMultiplyAdd(voxels.EightAt(at + eight), weight, b);
                c = Vector256.FusedMultiplyAdd(voxels.EightAt(at + 2 * eight), weight, c);
                d = Vector256.FusedMultiplyAdd(voxels.EightAt(at + 3 * eight), weight, d);
            }
            a.CopyTo(target[i..]);
            b.CopyTo(target[(i + eight)..]);
            c.CopyTo(target[(i + 2 * eight)..]);
            d.CopyTo(target[(i + 3 * eight)..]);
        }
        for (; i < target.Length; i++)
        {
            float sum = 0;
            for (int t = 0, at = start + i; t < weights.Length; t++, at += stride)
                sum = MathF.FusedMultiplyAdd(voxels.At(at), weights[t], sum);
            target[i] = sum;
        }
    }

    /// <summary>target[i] = sum over t of source[first[i] + t] * weights[taps i + t].</summary>
    /// <param name="source">Ends in as many numbers that are finite as weights of 0 reach beyond it.</param>
    /// <param name="first">First source voxel of each target voxel.</param>
    /// <param name="weights">As many as taps for each target voxel.</param>
    /// <param name="taps">A multiple of 8.</param>
    /// <param name="target">As long as <paramref name="first"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Filter(
        ReadOnlySpan<float> source, ReadOnlySpan<int> first, ReadOnlySpan<float> weights, int taps, Span<float> target)
    {
        for (int i = 0; i < target.Length; i++)
        {
            ReadOnlySpan<float> run = source.Slice(first[i], taps), own = weights.Slice(i * taps, taps);
            Vector256<float> sum = Vector256.Create(run) * Vector256.Create(own);
            for (int t = Vector256<float>.Count; t < taps; t += Vector256<float>.Count)
                sum = Vector256.FusedMultiplyAdd(Vector256.Create(run[t..]), Vector256.Create(own[t..]), sum);
            target[i] = Vector256.Sum(sum);
        }
    }

    /// <summary>target[i] = source[first[i]] * weights[2 i] + source[first[i] + 1] * weights[2 i + 1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Interpolate(ReadOnlySpan<float> source, ReadOnlySpan<int> first, ReadOnlySpan<float> weights, Span<float> target)
    {
        ReadOnlySpan<Vector2> pairs = MemoryMarshal.Cast<float, Vector2>(weights);
        for (int i = 0; i < target.Length; i++)
            target[i] = source[first[i]] * pairs[i].X + source[first[i] + 1] * pairs[i].Y;
    }

    /// <summary>Values cut to a range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Clamp(ReadOnlySpan<float> source, float low, float high, Span<float> target)
    {
        int i = 0, vector = Vector<float>.Count;
        for (; i <= source.Length - vector; i += vector)
            Vector.Clamp(new Vector<float>(source[i..]), new Vector<float>(low), new Vector<float>(high)).CopyTo(target[i..]);
        for (; i < source.Length; i++) target[i] = Math.Clamp(source[i], low, high);
    }

    /// <summary>(value - low) * scale - 1, in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(Span<float> values, float low, float scale)
    {
        int i = 0, vector = Vector<float>.Count;
        for (; i <= values.Length - vector; i += vector)
            ((new Vector<float>(values[i..]) - new Vector<float>(low)) * scale - Vector<float>.One).CopyTo(values[i..]);
        for (; i < values.Length; i++) values[i] = (values[i] - low) * scale - 1;
    }

    /// <summary>Floats to the nearest 16-bit integers, halves to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Round(ReadOnlySpan<float> source, Span<short> target)
    {
        int i = 0, vector = Vector<short>.Count;
        for (; i <= source.Length - vector; i += vector)
        {
            Vector<int> low = Vector.ConvertToInt32(Vector.Round(new Vector<float>(source[i..])));
            Vector<int> high = Vector.ConvertToInt32(Vector.Round(new Vector<float>(source[(i + vector / 2)..])));
            Vector.Narrow(low, high).CopyTo(target[i..]);
        }
        for (; i < source.Length; i++) target[i] = (short)MathF.Round(source[i]);
    }

    /// <summary>1 where a value lies above the threshold, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Above(ReadOnlySpan<float> source, float threshold, Span<byte> target)
    {
        int i = 0, vector = Vector<float>.Count;
        var limit = new Vector<float>(threshold);
        for (; i <= source.Length - 4 * vector; i += 4 * vector)
        {
            Vector<short> low = Vector.Narrow(Vector.GreaterThan(new Vector<float>(source[i..]), limit),
                Vector.GreaterThan(new Vector<float>(source[(i + vector)..]), limit));
            Vector<short> high = Vector.Narrow(
                Vector.GreaterThan(new Vector<float>(source[(i + 2 * vector)..]), limit),
                    Vector.GreaterThan(new Vector<float>(source[(i + 3 * vector)..]), limit));
            (Vector.AsVectorByte(Vector.Narrow(low, high)) & Vector<byte>.One).CopyTo(target[i..]);
        }
        for (; i < source.Length; i++) target[i] = source[i] > threshold ? (byte)1 : (byte)0;
    }
}
