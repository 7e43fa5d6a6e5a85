using System.Numerics;
using System.Runtime.InteropServices;

namespace PancreasSeg.Inference.Foreign;

/// <summary>Arithmetic on lines of doubles of equal length, vector by vector.</summary>
internal static class LineKernels
{
    /// <summary>line *= factor.</summary>
    public static void Scale(Span<double> line, double factor)
    {
        Span<Vector<double>> vectors = MemoryMarshal.Cast<double, Vector<double>>(line);
        for (int i = 0; i < vectors.Length; i++) vectors[i] *= factor;
        for (int i = vectors.Length * Vector<double>.Count; i < line.Length; i++) line[i] *= factor;
    }

    /// <summary>line += other * factor.</summary>
    public static void AddScaled(Span<double> line, ReadOnlySpan<double> other, double factor)
    {
        Span<Vector<double>> vectors = MemoryMarshal.Cast<double, Vector<double>>(line);
        ReadOnlySpan<Vector<double>> others = MemoryMarshal.Cast<double, Vector<double>>(other);
        for (int i = 0; i < vectors.Length; i++) vectors[i] += others[i] * factor;
        for (int i = vectors.Length * Vector<double>.Count; i < line.Length; i++) line[i] += other[i] * factor;
    }

    /// <summary>line = gain * line + pole * previous.</summary>
    public static void Causal(Span<double> line, ReadOnlySpan<double> previous, double gain, double pole)
    {
        Span<Vector<double>> vectors = MemoryMarshal.Cast<double, Vector<double>>(line);
        ReadOnlySpan<Vector<double>> others = MemoryMarshal.Cast<double, Vector<double>>(previous);
        for (int i = 0; i < vectors.Length; i++) vectors[i] = vectors[i] * gain + others[i] * pole;
        for (int i = vectors.Length * Vector<double>.Count; i < line.Length; i++) line[i] = line[i] * gain + previous[i] * pole;
    }

    /// <summary>line = pole * (next - line).</summary>
    public static void AntiCausal(Span<double> line, ReadOnlySpan<double> next, double pole)
    {
        Span<Vector<double>> vectors = MemoryMarshal.Cast<double, Vector<double>>(line);
        ReadOnlySpan<Vector<double>> others = MemoryMarshal.Cast<double, Vector<double>>(next);
        for (int i = 0; i < vectors.Length; i++) vectors[i] = (others[i] - vectors[i]) * pole;
        for (int i = vectors.Length * Vector<double>.Count; i < line.Length; i++) line[i] = (next[i] - line[i]) * pole;
    }

    /// <summary>result = a * (1 - t) + b * t.</summary>
    public static void Blend(ReadOnlySpan<double> a, ReadOnlySpan<double> b, double t, Span<double> result)
    {
        a[..result.Length].CopyTo(result);
        if (t == 0) return;
        Scale(result, 1 - t);
        AddScaled(result, b[..result.Length], t);
    }

    /// <summary>Each value as the nearest float16, ties to even, held in float32. None may be above 65504.</summary>
    public static void RoundToHalf(ReadOnlySpan<double> values, Span<float> rounded)
    {
        int width = Vector<double>.Count, i = 0;
        for (; i + 2 * width <= values.Length; i += 2 * width)
            Vector.Narrow(RoundToHalf(new Vector<double>(values[i..])), RoundToHalf(new Vector<double>(values[(i + width)..])))
                .CopyTo(rounded[i..]);
        for (; i < values.Length; i++) rounded[i] = (float)(Half)values[i];
    }

    // float16 has ten bits after the first: what is added leaves the sum room for no more than them, and is taken away again.
    private static Vector<double> RoundToHalf(Vector<double> values)
    {
        const double smallestNormal = 1.0 / (1 << 14), leavesTenBits = 1.5 * (1L << 42);
        Vector<double> power = Vector.AsVectorDouble(Vector.BitwiseAnd(Vector.AsVectorInt64(values), new Vector<long>(0x7FF0000000000000)));
        Vector<double> added = Vector.Max(power, new Vector<double>(smallestNormal)) * leavesTenBits;
        return values + added - added;
    }

    /// <summary>The index of the highest of several rows for each of their values; of equals the first.</summary>
    /// <param name="rows">One row after another.</param>
    /// <param name="width">Values of a row.</param>
    /// <param name="best">Takes the highest values.</param>
    /// <param name="index">Takes their rows.</param>
    public static void Highest(ReadOnlySpan<float> rows, int width, Span<float> best, Span<int> index)
    {
        rows[..width].CopyTo(best);
        index[..width].Clear();
        int count = rows.Length / width;
        for (int row = 1; row < count; row++)
        {
            ReadOnlySpan<float> values = rows.Slice(row * width, width);
            int i = 0;
            for (; i + Vector<float>.Count <= width; i += Vector<float>.Count)
            {
                var value = new Vector<float>(values[i..]);
                var before = new Vector<float>(best[i..]);
                Vector<int> higher = Vector.GreaterThan(value, before);
                Vector.ConditionalSelect(higher, value, before).CopyTo(best[i..]);
                Vector.ConditionalSelect(higher, new Vector<int>(row), new Vector<int>(index[i..])).CopyTo(index[i..]);
            }
            for (; i < width; i++)
                if (values[i] > best[i]) (best[i], index[i]) = (values[i], row);
        }
    }
}
