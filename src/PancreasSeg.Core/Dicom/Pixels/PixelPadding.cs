using System.Numerics;
using PancreasSeg.Dicom.Codecs;

namespace PancreasSeg.Dicom;

/// <summary>
/// Pixels that stand for no value (Pixel Padding Value and Range Limit, DICOM PS3.3 C.7.5.1.1.2): the circle outside a reconstruction,
/// or what an anonymiser took out. Air stands in their place; what was stored is kept beside the volume.
/// </summary>
internal static class PixelPadding
{
    // Air and what surrounds a patient; padding within it changes nothing.
    private const double HighestAir = -900;

    private static readonly HuRange s_softTissue = new(-150, 150);

    /// <summary>The HU that an image declares to be no values; null when it declares none, or such as air has.</summary>
    public static HuRange? Read(FrameAttributes image, FrameFormat format, Rescale rescale)
    {
        if (image.UInt16(DicomTag.PixelPaddingValue) is not { } value) return null;
        double first = HuOf(value, format, rescale);
        double last = image.UInt16(DicomTag.PixelPaddingRangeLimit) is { } limit ? HuOf(limit, format, rescale) : first;
        var range = new HuRange(Math.Min(first, last), Math.Max(first, last));
        return range is { Lowest: >= CtVolume.AirHu, Highest: <= HighestAir } ? null : range;
    }

    /// <summary>True for padding that would be seen as tissue.</summary>
    public static bool LooksLikeTissue(HuRange range) => range.Highest > HighestAir;

    /// <summary>True for a range that takes soft tissue out of any patient: it cannot be meant.</summary>
    public static bool IsImpossible(HuRange range) =>
        range.Lowest < s_softTissue.Highest && range.Highest > s_softTissue.Lowest && range.Highest - range.Lowest > 50;

    /// <summary>
    /// Puts air in the place of padding. Padding below air can be nothing else and is taken wherever it is; values that tissue or metal
    /// may have too are padding where they reach the edge of the image.
    /// </summary>
    /// <param name="hu">Rows * Columns values of one image.</param>
    /// <param name="columns">Pixels of a row.</param>
    /// <param name="range">What its header declares.</param>
    /// <param name="start">Voxel index of its first pixel in the volume.</param>
    /// <param name="stored">Takes what stood there.</param>
    public static void Replace<T>(Span<T> hu, int columns, HuRange range, int start, List<StoredRun> stored)
        where T : struct, INumber<T>
    {
        if (IsImpossible(range)) return;
        (T low, T high) = (T.CreateSaturating(range.Lowest), T.CreateSaturating(range.Highest));
        if (hu.IndexOfAnyInRange(low, high) < 0) return;
        bool[]? reached = LooksLikeTissue(range) ? FromTheEdge(hu, columns, low, high) : null;
        T air = T.CreateTruncating(CtVolume.AirHu);
        for (int i = 0; i < hu.Length; i++)
        {
            if (hu[i] < low || hu[i] > high || reached is not null && !reached[i]) continue;
            float value = float.CreateTruncating(hu[i]);
            if (stored.Count > 0 && stored[^1] is var last && last.Hu == value && last.Start + last.Length == start + i)
                stored[^1] = last with { Length = last.Length + 1 };
            else stored.Add(new StoredRun(start + i, 1, value));
            hu[i] = air;
        }
    }

    /// <summary>The pixels in the range that hang together with such at the edge of the image.</summary>
    private static bool[] FromTheEdge<T>(ReadOnlySpan<T> hu, int columns, T low, T high) where T : struct, INumber<T>
    {
        var reached = new bool[hu.Length];
        var open = new Stack<int>();
        int rows = hu.Length / columns;
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c += r == 0 || r == rows - 1 ? 1 : Math.Max(1, columns - 1)) Visit(hu, r * columns + c);
        while (open.TryPop(out int at))
        {
            int c = at % columns;
            if (c > 0) Visit(hu, at - 1);
            if (c < columns - 1) Visit(hu, at + 1);
            if (at >= columns) Visit(hu, at - columns);
            if (at < hu.Length - columns) Visit(hu, at + columns);
        }
        return reached;

        void Visit(ReadOnlySpan<T> values, int at)
        {
            if (reached[at] || values[at] < low || values[at] > high) return;
            reached[at] = true;
            open.Push(at);
        }
    }

    /// <summary>The HU of a stored value, of which only the stored bits count.</summary>
    private static double HuOf(int raw, FrameFormat format, Rescale rescale)
    {
        int shift = 32 - Math.Clamp(format.BitsStored, 1, 16);
        return rescale.Slope * (format.IsSigned ? raw << shift >> shift : (int)((uint)raw << shift >> shift)) + rescale.Intercept;
    }
}
