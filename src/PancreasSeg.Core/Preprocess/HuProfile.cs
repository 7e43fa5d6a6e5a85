namespace PancreasSeg.Preprocess;

/// <summary>How the values of a volume are spread, from an even sample of its voxels: enough to tell whether they are HU.</summary>
/// <param name="Lowest">Smallest value.</param>
/// <param name="Highest">Largest value.</param>
/// <param name="AtLowest">Part of the voxels that have the smallest value.</param>
/// <param name="AtHighest">Part of the voxels that have the largest value.</param>
/// <param name="SoftTissue">Part from -150 to 150 HU: fat, water, organs, blood.</param>
/// <param name="SoftTissueOffset">Part from 874 to 1174: where soft tissue lies when 1024 was not taken off.</param>
/// <param name="BelowAir">Part below -1200 HU: padding, and air that 1024 was taken off twice.</param>
internal sealed record HuProfile(float Lowest, float Highest, double AtLowest, double AtHighest, double SoftTissue, double SoftTissueOffset, double BelowAir)
{
    private const int Sample = 1_000_000;

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
            if (value is >= -150 and <= 150) soft++;
            else if (value is >= 874 and <= 1174) offset++;
            else if (value < -1200) below++;
            if (value < lowest) (lowest, atLowest) = (value, 0);
            if (value > highest) (highest, atHighest) = (value, 0);
            if (value == lowest) atLowest++;
            if (value == highest) atHighest++;
        }
        double n = count;
        return new HuProfile(lowest, highest, atLowest / n, atHighest / n, soft / n, offset / n, below / n);
    }
}
