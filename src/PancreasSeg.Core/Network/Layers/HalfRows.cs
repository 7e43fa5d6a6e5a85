using System.Numerics;
using System.Runtime.CompilerServices;

namespace PancreasSeg.Network;

/// <summary>
/// Rows in bfloat16, the upper half of a float32. A block's values are added up in float32: sixteen bits hold their squares exactly.
/// </summary>
internal readonly struct HalfRows : INormRows<ushort>
{
    private const int Wide = 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(ReadOnlySpan<ushort> rows, int channels, double[] sums)
    {
        int c = 0;
        for (; c + Vector<ushort>.Count <= channels; c += Vector<ushort>.Count)
        {
            Vector<float> lowSum = default, highSum = default, lowSquares = default, highSquares = default;
            for (int i = c; i < rows.Length; i += channels)
            {
                (Vector<float> low, Vector<float> high) = Widened(new Vector<ushort>(rows[i..]));
                (lowSum, highSum) = (lowSum + low, highSum + high);
                lowSquares = Vector.FusedMultiplyAdd(low, low, lowSquares);
                highSquares = Vector.FusedMultiplyAdd(high, high, highSquares);
            }
            Add(sums.AsSpan(c), lowSum, highSum);
            Add(sums.AsSpan(channels + c), lowSquares, highSquares);
        }
        for (; c < channels; c++)
            for (int i = c; i < rows.Length; i += channels)
            {
                double x = Widened(rows[i]);
                (sums[c], sums[channels + c]) = (sums[c] + x, sums[channels + c] + x * x);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (double Sum, double Squares) AddLine(ReadOnlySpan<ushort> line)
    {
        double sum = 0, squares = 0;
        int i = 0;
        for (; i + Vector<ushort>.Count <= line.Length; i += Vector<ushort>.Count)
        {
            (Vector<float> low, Vector<float> high) = Widened(new Vector<ushort>(line[i..]));
            sum += Vector.Sum(low + high);
            squares += Vector.Sum(Vector.FusedMultiplyAdd(low, low, high * high));
        }
        for (; i < line.Length; i++)
        {
            double x = Widened(line[i]);
            (sum, squares) = (sum + x, squares + x * x);
        }
        return (sum, squares);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(Span<ushort> values, float[] scales, float[] shifts, float slope)
    {
        int i = 0, half = Vector<float>.Count;
        for (; i + Vector<ushort>.Count <= values.Length; i += Vector<ushort>.Count)
        {
            (Vector<float> low, Vector<float> high) = Widened(new Vector<ushort>(values[i..]));
            low = Vector.FusedMultiplyAdd(low, new Vector<float>(scales, i), new Vector<float>(shifts, i));
            high = Vector.FusedMultiplyAdd(high, new Vector<float>(scales, i + half), new Vector<float>(shifts, i + half));
            low = Vector.ConditionalSelect(Vector.GreaterThan(low, default), low, low * slope);
            high = Vector.ConditionalSelect(Vector.GreaterThan(high, default), high, high * slope);
            Vector.Narrow(Rounded(low), Rounded(high)).CopyTo(values[i..]);
        }
        for (; i < values.Length; i++)
        {
            float x = MathF.FusedMultiplyAdd(Widened(values[i]), scales[i], shifts[i]);
            values[i] = Rounded(x > 0 ? x : x * slope);
        }
    }

    private static (Vector<float> Low, Vector<float> High) Widened(Vector<ushort> values)
    {
        Vector.Widen(values, out Vector<uint> low, out Vector<uint> high);
        return (Vector.AsVectorSingle(low << Wide), Vector.AsVectorSingle(high << Wide));
    }

    private static float Widened(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << Wide);

    /// <summary>The nearest bfloat16, of two the even one.</summary>
    private static Vector<uint> Rounded(Vector<float> values)
    {
        Vector<uint> bits = Vector.AsVectorUInt32(values);
        return bits + new Vector<uint>(0x7FFF) + ((bits >> Wide) & Vector<uint>.One) >> Wide;
    }

    private static ushort Rounded(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)(bits + 0x7FFF + ((bits >> Wide) & 1) >> Wide);
    }

    private static void Add(Span<double> sums, Vector<float> low, Vector<float> high)
    {
        Vector.Widen(low, out Vector<double> a, out Vector<double> b);
        Vector.Widen(high, out Vector<double> c, out Vector<double> d);
        int at = 0;
        foreach (Vector<double> part in (ReadOnlySpan<Vector<double>>)[a, b, c, d])
        {
            (new Vector<double>(sums[at..]) + part).CopyTo(sums[at..]);
            at += Vector<double>.Count;
        }
    }
}
