namespace PancreasSeg.Dicom;

/// <summary>Colours as DICOM recommends them: CIE L*a*b* under D50, as 16-bit numbers (PS3.3 C.10.7.1.1).</summary>
internal static class CieLab
{
    // White D50 of the ICC's connection space.
    private const double WhiteX = 0.96422, WhiteY = 1, WhiteZ = 0.82521;

    /// <summary>L* from 0 to 100, then a* and b* from -128 to 127, each spread over 0 to 65535.</summary>
    public static ushort[] Of(byte red, byte green, byte blue)
    {
        (double r, double g, double b) = (Linear(red), Linear(green), Linear(blue));
        // sRGB (IEC 61966-2-1) to XYZ, brought from D65 to D50 by the Bradford matrix.
        double x = F((0.4360747 * r + 0.3850649 * g + 0.1430804 * b) / WhiteX);
        double y = F((0.2225045 * r + 0.7168786 * g + 0.0606169 * b) / WhiteY);
        double z = F((0.0139322 * r + 0.0971045 * g + 0.7141733 * b) / WhiteZ);
        return [Scale(116 * y - 16, 0, 100), Scale(500 * (x - y), -128, 127), Scale(200 * (y - z), -128, 127)];
    }

    private static double Linear(byte value)
    {
        double v = value / 255.0;
        return v <= 0.04045 ? v / 12.92 : Math.Pow((v + 0.055) / 1.055, 2.4);
    }

    private static double F(double t) => t > 216.0 / 24389 ? Math.Cbrt(t) : (24389.0 / 27 * t + 16) / 116;

    private static ushort Scale(double value, double low, double high) =>
        (ushort)Math.Round(65535 * Math.Clamp((value - low) / (high - low), 0, 1));
}
