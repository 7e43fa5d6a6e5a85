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
}
