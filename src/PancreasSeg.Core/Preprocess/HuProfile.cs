namespace PancreasSeg.Preprocess;

/// <summary>How the values of a volume are spread, from an even sample of its voxels: enough to tell whether they are HU.</summary>
/// <param name="Lowest">Smallest value.</param>
/// <param name="Highest">Largest value.</param>
/// <param name="AtLowest">Part of the voxels that have the smallest value.</param>
/// <param name="AtHighest">Part of the voxels that have the largest value.</param>
/// <param name="SoftTissue">Part that lies in <see cref="SoftTissueHu"/>.</param>
/// <param name="SoftTissueOffset">Part that would lie there if <see cref="UsualOffset"/> were taken off.</param>
/// <param name="BelowAir">Part below <see cref="LowestAir"/>.</param>
internal sealed record HuProfile(
    float Lowest, float Highest, double AtLowest, double AtHighest, double SoftTissue, double SoftTissueOffset, double BelowAir)
{
    /// <summary>Voxels looked at, about: as many give the parts to a thousandth.</summary>
    private const int Sample = 1_000_000;

    /// <summary>HU of fat, water, organs and blood, with contrast medium or without.</summary>
    public static readonly HuRange SoftTissueHu = new(-150, 150);

    /// <summary>HU that most scanners add to what they store, and a reader that leaves the rescale out does not take off.</summary>
    public const double UsualOffset = 1024;

    /// <summary>
    /// HU below which there is no tissue: air has -1000 and its noise hardly 200 less. Padding lies there, and air from which
    /// <see cref="UsualOffset"/> was taken off twice.
    /// </summary>
    public const double LowestAir = -1200;

    /// <summary>Measures a volume.</summary>
    public static HuProfile Of(CtVolume ct) => ct.IsInteger ? Of(ct.Integers.Span) : Of(ct.Floats.Span);

    private static HuProfile Of<T>(ReadOnlySpan<T> values) where T : struct, System.Numerics.INumber<T>
    {
        int step = Math.Max(1, values.Length / Sample) | 1;                       // odd, so that it does not keep to columns
        float lowest = float.PositiveInfinity, highest = float.NegativeInfinity;
        int count = 0, soft = 0, offset = 0, below = 0, atLowest = 0, atHighest = 0;
        for (int i = 0; i < values.Length; i += step)
        {
            float value = float.CreateTruncating(values[i]);
            count++;
            if (SoftTissueHu.Contains(value)) soft++;
            else if (SoftTissueHu.Contains(value - UsualOffset)) offset++;
            else if (value < LowestAir) below++;
            if (value < lowest) (lowest, atLowest) = (value, 0);
            if (value > highest) (highest, atHighest) = (value, 0);
            if (value == lowest) atLowest++;
            if (value == highest) atHighest++;
        }
        double n = count;
        return new HuProfile(lowest, highest, atLowest / n, atHighest / n, soft / n, offset / n, below / n);
    }
}
