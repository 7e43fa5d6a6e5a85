using System.Numerics;
using System.Runtime.CompilerServices;

namespace PancreasSeg;

/// <summary>
/// Some values of each slice of a stack, by which slices are compared. They are best taken where a slice is made, while it is in the
/// processor's cache: each by one thread, all before the first comparison.
/// </summary>
internal sealed class SliceSamples
{
    // So many of a slice give a median to a few HU.
    private const int Wanted = 512;

    // HU above which a pixel is body, which no cut-off value of air hides.
    private const double Body = -500;

    private readonly float[] _values;
    private readonly int _step;

    /// <summary>Room for the samples of slices of one size.</summary>
    public SliceSamples(int slices, int sliceLength)
    {
        (Slices, _step) = (slices, Math.Max(1, sliceLength / Wanted) | 1);
        Count = (sliceLength + _step - 1) / _step;
        _values = new float[slices * Count];
    }

    /// <summary>The samples of a whole volume.</summary>
    public static SliceSamples Of<T>(ReadOnlySpan<T> hu, int slices) where T : struct, INumber<T>
    {
        int length = hu.Length / slices;
        var samples = new SliceSamples(slices, length);
        for (int k = 0; k < slices; k++) samples.Take(k, hu.Slice(k * length, length));
        return samples;
    }

    /// <summary>How many slices.</summary>
    public int Slices { get; }

    /// <summary>Samples of each slice.</summary>
    public int Count { get; }

    /// <summary>The samples of a slice.</summary>
    public ReadOnlySpan<float> this[int slice] => _values.AsSpan(slice * Count, Count);

    /// <summary>Takes the samples of a slice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Take<T>(int slice, ReadOnlySpan<T> hu) where T : struct, INumber<T>
    {
        Span<float> values = _values.AsSpan(slice * Count, Count);
        for (int i = 0; i < values.Length; i++) values[i] = float.CreateTruncating(hu[i * _step]);
    }

    // A run reads few CTs: this loop would end before the runtime has made it fast by itself.
    /// <summary>The mean size of the differences in HU where one of two slices at least is body; no number where that is little.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Difference(int first, int second)
    {
        ReadOnlySpan<float> before = this[first], after = this[second];
        double sum = 0;
        int body = 0;
        for (int i = 0; i < before.Length; i++)
        {
            if (Math.Max(before[i], after[i]) <= Body) continue;
            body++;
            sum += Math.Abs(after[i] - before[i]);
        }
        return body < before.Length / 10 ? double.NaN : sum / body;
    }
}
