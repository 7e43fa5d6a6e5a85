using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PancreasSeg.Dicom;

/// <summary>
/// Stored samples to Hounsfield units. Only the low <c>BitsStored</c> bits of a sample count, the highest of them being the
/// sign of signed samples; the rest may hold anything (DICOM PS3.5 section 8.1.1).
/// </summary>
/// <param name="bitsStored">Bits Stored (0028,0101).</param>
/// <param name="isSigned">Pixel Representation (0028,0103) is 1.</param>
/// <param name="rescale">Stored value to HU.</param>
/// <param name="saturates">Plain samples that a lossy codec has carried beyond the stored bits, all 16 bits counting: they take the nearest
/// value.</param>
internal readonly struct HounsfieldConverter(int bitsStored, bool isSigned, Rescale rescale, bool saturates = false)
{
    // A run reads few CTs: these loops would end before the runtime has made them fast by itself.
    /// <summary>
    /// Converts the stored bits of 16-bit samples in place. Arithmetic is modulo 2^16, which is exact because the range is checked first.
    /// </summary>
    /// <returns>False when some HU lies outside 16 bits; the samples are then left as they are.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool ToInt16(Span<short> samples)
    {
        if (!FitsInt16(samples)) return false;
        short slope = (short)rescale.Slope, intercept = (short)rescale.Intercept;
        if (slope == 1 && intercept == 0) return true;
        Span<Vector<short>> vectors = MemoryMarshal.Cast<short, Vector<short>>(samples);
        var slopes = new Vector<short>(slope);
        var intercepts = new Vector<short>(intercept);
        foreach (ref Vector<short> v in vectors) v = v * slopes + intercepts;
        foreach (ref short v in samples[(vectors.Length * Vector<short>.Count)..]) v = unchecked((short)(v * slope + intercept));
        return true;
    }

    /// <summary>Widens 8-bit samples to 16 bits with their sign, ready for <see cref="ToInt16"/> or <see cref="ToSingle"/>.</summary>
    public void Widen(ReadOnlySpan<byte> samples, Span<short> destination)
    {
        int shift = 32 - bitsStored;
        for (int i = 0; i < samples.Length; i++)
            destination[i] = (short)(isSigned ? samples[i] << shift >> shift : (int)((uint)samples[i] << shift >> shift));
    }

    /// <summary>Converts the stored bits of 16-bit samples to floating point HU.</summary>
    public void ToSingle(ReadOnlySpan<short> samples, Span<float> destination)
    {
        double slope = rescale.Slope, intercept = rescale.Intercept;
        if (isSigned)
        {
            for (int i = 0; i < samples.Length; i++) destination[i] = (float)(samples[i] * slope + intercept);
        }
        else
        {
            for (int i = 0; i < samples.Length; i++) destination[i] = (float)((ushort)samples[i] * slope + intercept);
        }
    }

    /// <summary>
    /// Reduces plain 16-bit samples to their stored bits.
    /// </summary>
    /// <returns>True when other bits held more than zeros, or than the sign throughout: something else, or values that need them.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool KeepStoredBits(Span<short> samples)
    {
        if (bitsStored == 16) return false;
        if (saturates)
        {
            Saturate(samples);
            return false;
        }
        int shift = 16 - bitsStored;
        var mask = new Vector<short>((short)((1 << bitsStored) - 1));
        Span<Vector<short>> vectors = MemoryMarshal.Cast<short, Vector<short>>(samples);
        Span<short> rest = samples[(vectors.Length * Vector<short>.Count)..];
        Vector<short> above = default, offSign = default;
        int aboveRest = 0, offSignRest = 0;
        if (isSigned)
        {
            foreach (ref Vector<short> v in vectors)
            {
                Vector<short> value = Vector.ShiftRightArithmetic(Vector.ShiftLeft(v, shift), shift);
                (above, offSign) = (above | Vector.AndNot(v, mask), offSign | (v ^ value));
                v = value;
            }
            foreach (ref short v in rest)
            {
                short value = (short)((short)(v << shift) >> shift);
                (aboveRest, offSignRest) = (aboveRest | v >> bitsStored, offSignRest | (v ^ value));
                v = value;
            }
            return (above != Vector<short>.Zero || aboveRest != 0) && (offSign != Vector<short>.Zero || offSignRest != 0);
        }
        foreach (ref Vector<short> v in vectors)
        {
            above |= v;
            v &= mask;
        }
        foreach (ref short v in rest)
        {
            aboveRest |= v >> bitsStored;
            v &= (short)((1 << bitsStored) - 1);
        }
        return Vector.AndNot(above, mask) != Vector<short>.Zero || aboveRest != 0;
    }

    private void Saturate(Span<short> samples)
    {
        int low = isSigned ? -(1 << (bitsStored - 1)) : 0, high = (1 << (isSigned ? bitsStored - 1 : bitsStored)) - 1;
        foreach (ref short v in samples) v = (short)Math.Clamp(isSigned ? v : (int)(ushort)v, low, high);
    }

    private bool FitsInt16(ReadOnlySpan<short> samples)
    {
        double low = isSigned ? -(1 << (bitsStored - 1)) : 0, high = (1 << (isSigned ? bitsStored - 1 : bitsStored)) - 1;
        if (Fits(low) && Fits(high)) return true;
        (low, high) = isSigned ? Range(samples) : Range(MemoryMarshal.Cast<short, ushort>(samples));
        return Fits(low) && Fits(high);
    }

    private bool Fits(double stored) => rescale.Slope * stored + rescale.Intercept is >= short.MinValue and <= short.MaxValue;

    private static (double Low, double High) Range<T>(ReadOnlySpan<T> samples)
        where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        T low = T.MaxValue, high = T.MinValue;
        ReadOnlySpan<Vector<T>> vectors = MemoryMarshal.Cast<T, Vector<T>>(samples);
        var lows = new Vector<T>(low);
        var highs = new Vector<T>(high);
        foreach (Vector<T> v in vectors) (lows, highs) = (Vector.Min(lows, v), Vector.Max(highs, v));
        for (int i = 0; i < Vector<T>.Count; i++) (low, high) = (T.Min(low, lows[i]), T.Max(high, highs[i]));
        foreach (T v in samples[(vectors.Length * Vector<T>.Count)..]) (low, high) = (T.Min(low, v), T.Max(high, v));
        return (double.CreateChecked(low), double.CreateChecked(high));
    }
}
