using System.Buffers.Binary;

namespace PancreasSeg.Dicom.Codecs;

/// <summary>The coding parameters of a JPEG-LS scan (T.87 C.2.4.1.1 and A.2.1), in the standard's names.</summary>
/// <param name="MaxValue">MAXVAL.</param>
/// <param name="Near">NEAR: the largest error of a sample; 0 is lossless.</param>
/// <param name="Threshold1">T1.</param>
/// <param name="Threshold2">T2.</param>
/// <param name="Threshold3">T3.</param>
/// <param name="Reset">RESET.</param>
internal readonly record struct JpegLsParameters(int MaxValue, int Near, int Threshold1, int Threshold2, int Threshold3, int Reset)
{
    /// <summary>RANGE: number of different quantized prediction errors.</summary>
    public int Range { get; } = (MaxValue + 2 * Near) / (2 * Near + 1) + 1;

    /// <summary>qbpp: bits of a quantized prediction error.</summary>
    public int ErrorBits => 32 - int.LeadingZeroCount(Range - 1);

    /// <summary>LIMIT: longest code in bits.</summary>
    public int Limit
    {
        get
        {
            int bits = Math.Max(2, 32 - int.LeadingZeroCount(MaxValue));
            return 2 * (bits + Math.Max(8, bits));
        }
    }

    /// <summary>Takes the parameters of the preset segment, or their defaults.</summary>
    /// <param name="precision">P.</param>
    /// <param name="near">NEAR of the scan header.</param>
    /// <param name="presets">MAXVAL, T1, T2, T3, RESET in 16 bits each, zero for the default; empty without a preset segment.</param>
    /// <exception cref="CoreException"><see cref="Fault.DicomFileInvalid"/>: a parameter out of its range.</exception>
    public static JpegLsParameters Create(int precision, int near, ReadOnlySpan<byte> presets)
    {
        int highest = (1 << precision) - 1;
        int maxValue = Preset(presets, 0, highest);
        if (maxValue != highest)
            FrameFault.Throw($"The JPEG-LS pixel data limit {precision}-bit samples to {maxValue}, which encoders code in different ways.");
        if (near > maxValue / 2) ThrowImpossible();
        (int t1, int t2, int t3) = DefaultThresholds(maxValue, near);
        var parameters = new JpegLsParameters(
            maxValue, near, Preset(presets, 1, t1), Preset(presets, 2, t2), Preset(presets, 3, t3), Preset(presets, 4, 64));
        bool ordered = near < parameters.Threshold1 && parameters.Threshold1 <= parameters.Threshold2
            && parameters.Threshold2 <= parameters.Threshold3 && parameters.Threshold3 <= maxValue;
        if (!ordered || parameters.Reset < 3 || parameters.Reset > Math.Max(255, maxValue)) ThrowImpossible();
        return parameters;
    }

    private static void ThrowImpossible() => FrameFault.Throw("The JPEG-LS coding parameters are impossible.");

    private static int Preset(ReadOnlySpan<byte> presets, int index, int byDefault)
    {
        int value = presets.IsEmpty ? 0 : BinaryPrimitives.ReadUInt16BigEndian(presets[(2 * index)..]);
        return value == 0 ? byDefault : value;
    }

    // C.2.4.1.1.1
    private static (int T1, int T2, int T3) DefaultThresholds(int maxValue, int near)
    {
        int t1, t2, t3;
        if (maxValue >= 128)
        {
            int factor = (Math.Min(maxValue, 4095) + 128) / 256;
            (t1, t2, t3) = (factor + 2 + 3 * near, factor * 4 + 3 + 5 * near, factor * 17 + 4 + 7 * near);
        }
        else
        {
            int factor = 256 / (maxValue + 1);
            (t1, t2, t3) = (Math.Max(2, 3 / factor + 3 * near), Math.Max(3, 7 / factor + 5 * near), Math.Max(4, 21 / factor + 7 * near));
        }
        t1 = Clamp(t1, near + 1, maxValue);
        t2 = Clamp(t2, t1, maxValue);
        return (t1, t2, Clamp(t3, t2, maxValue));
    }

    // The standard's CLAMP falls back to the lower bound from both sides.
    private static int Clamp(int value, int lowest, int highest) => value < lowest || value > highest ? lowest : value;
}
