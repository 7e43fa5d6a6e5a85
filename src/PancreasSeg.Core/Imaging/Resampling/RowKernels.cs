using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PancreasSeg;

/// <summary>The inner loops of resampling, optimised from the first call on: a volume is often the only one of its process.</summary>
internal static class RowKernels
{
    /// <summary>target = a * wa + b * wb, added to what it holds if asked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Combine(ReadOnlySpan<float> a, float wa, ReadOnlySpan<float> b, float wb, bool add, Span<float> target)
    {
        a = a[..target.Length];
        b = b[..target.Length];
        int i = 0, vector = Vector<float>.Count;
        var va = new Vector<float>(wa);
        var vb = new Vector<float>(wb);
        if (add)
            for (; i <= target.Length - vector; i += vector)
                Vector.FusedMultiplyAdd(new Vector<float>(a[i..]), va,
                    Vector.FusedMultiplyAdd(new Vector<float>(b[i..]), vb, new Vector<float>(target[i..]))).CopyTo(target[i..]);
        else
            for (; i <= target.Length - vector; i += vector)
                Vector.FusedMultiplyAdd(new Vector<float>(a[i..]), va, new Vector<float>(b[i..]) * vb).CopyTo(target[i..]);
        for (; i < target.Length; i++)
            target[i] = MathF.FusedMultiplyAdd(a[i], wa, add ? MathF.FusedMultiplyAdd(b[i], wb, target[i]) : b[i] * wb);
    }

    /// <summary>Sum of products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    /// <summary>target[i] = source[first[i]] * weights[2 i] + source[first[i] + 1] * weights[2 i + 1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Interpolate(ReadOnlySpan<float> source, ReadOnlySpan<int> first, ReadOnlySpan<float> weights, Span<float> target)
    {
        ReadOnlySpan<Vector2> pairs = MemoryMarshal.Cast<float, Vector2>(weights);
        for (int i = 0; i < target.Length; i++)
            target[i] = source[first[i]] * pairs[i].X + source[first[i] + 1] * pairs[i].Y;
    }

    /// <summary>16-bit integers to floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(ReadOnlySpan<short> source, Span<float> target)
    {
        int i = 0, vector = Vector<short>.Count;
        for (; i <= source.Length - vector; i += vector)
        {
            Vector.Widen(new Vector<short>(source[i..]), out Vector<int> low, out Vector<int> high);
            Vector.ConvertToSingle(low).CopyTo(target[i..]);
            Vector.ConvertToSingle(high).CopyTo(target[(i + vector / 2)..]);
        }
        for (; i < source.Length; i++) target[i] = source[i];
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
