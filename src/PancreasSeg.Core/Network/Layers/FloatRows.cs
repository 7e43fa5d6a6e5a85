using System.Numerics;
using System.Runtime.CompilerServices;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace PancreasSeg.Network;

/// <summary>Rows in float32, added up in float64.</summary>
internal readonly struct FloatRows : INormRows<float>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(ReadOnlySpan<float> rows, int channels, double[] sums)
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (double Sum, double Squares) AddLine(ReadOnlySpan<float> line)
    {
        Vector<double> sums = default, products = default;
        int i = 0;
        for (; i + Vector<float>.Count <= line.Length; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(line[i..]), out Vector<double> low, out Vector<double> high);
            sums += low + high;
            products += low * low + high * high;
        }
        (double sum, double squares) = (Vector.Sum(sums), Vector.Sum(products));
        for (; i < line.Length; i++) (sum, squares) = (sum + line[i], squares + (double)line[i] * line[i]);
        return (sum, squares);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(Span<float> values, float[] scales, float[] shifts, float slope)
    {
        TensorPrimitives.MultiplyAdd(values, scales.AsSpan(0, values.Length), shifts.AsSpan(0, values.Length), values);
        if (slope == 1) return;
        int i = 0;
        for (; i + Vector<float>.Count <= values.Length; i += Vector<float>.Count)
        {
            var x = new Vector<float>(values[i..]);
            Vector.ConditionalSelect(Vector.GreaterThan(x, default), x, x * slope).CopyTo(values[i..]);
        }
        for (; i < values.Length; i++) values[i] = values[i] > 0 ? values[i] : values[i] * slope;
    }

    private static void Add(Span<double> sums, Vector<double> low, Vector<double> high)
    {
        (new Vector<double>(sums) + low).CopyTo(sums);
        Span<double> rest = sums[Vector<double>.Count..];
        (new Vector<double>(rest) + high).CopyTo(rest);
    }
}
