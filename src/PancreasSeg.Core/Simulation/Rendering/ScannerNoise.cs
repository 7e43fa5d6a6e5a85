using PancreasSeg.Numerics;

namespace PancreasSeg.Simulation;

/// <summary>
/// Quantum noise as filtered back-projection leaves it: correlated in the slice with little power at low frequencies, of the
/// asked standard deviation in the middle of the body, less near the skin and in air.
/// </summary>
internal sealed class ScannerNoise
{
    private readonly ulong _seed;
    private readonly float _deviation;
    private readonly float[] _narrowX, _narrowY, _wideX, _wideY;

    public ScannerNoise(float deviation, Vector3D spacing, SeededRandom random)
    {
        float grain = random.Uniform(0.45f, 0.95f);
        _seed = random.Next();
        _narrowX = GaussianFilter.Kernel(grain / (float)spacing.X);
        _narrowY = GaussianFilter.Kernel(grain / (float)spacing.Y);
        _wideX = GaussianFilter.Kernel(2.2f * grain / (float)spacing.X);
        _wideY = GaussianFilter.Kernel(2.2f * grain / (float)spacing.Y);
        // Second moment of narrow - s wide, where wide is narrow smoothed once more.
        float[] bothX = Convolve(_narrowX, _wideX), bothY = Convolve(_narrowY, _wideY);
        float power =
            Inner(_narrowX, _narrowX) * Inner(_narrowY, _narrowY) - 2 * Suppression * Inner(_narrowX, bothX) * Inner(_narrowY, bothY)
            + Suppression * Suppression * Inner(bothX, bothX) * Inner(bothY, bothY);
        _deviation = deviation / MathF.Sqrt(power);
    }

    private const float Suppression = 0.6f;

    /// <summary>Adds noise to a slice.</summary>
    /// <param name="hu">The slice, column-fastest.</param>
    /// <param name="weight">Local strength per pixel.</param>
    /// <param name="width">Columns.</param>
    /// <param name="slice">Index of the slice; each has its own noise.</param>
    /// <param name="noise">Scratch as long as the slice.</param>
    /// <param name="low">Another.</param>
    /// <param name="scratch">A third.</param>
    public void AddTo(
        Span<float> hu, ReadOnlySpan<float> weight, int width, int slice, Span<float> noise, Span<float> low, Span<float> scratch)
    {
        if (_deviation == 0) return;
        FillWhite(noise, new SeededRandom(_seed ^ (ulong)slice * 0x9E3779B97F4A7C15));
        GaussianFilter.Smooth(noise, scratch, width, _narrowX, _narrowY);
        noise.CopyTo(low);
        GaussianFilter.Smooth(low, scratch, width, _wideX, _wideY);
        for (int i = 0; i < hu.Length; i++) hu[i] += _deviation * weight[i] * (noise[i] - Suppression * low[i]);
    }

    /// <summary>Sums of four 16-bit uniforms: unit variance, close enough to normal before filtering.</summary>
    private static void FillWhite(Span<float> values, SeededRandom random)
    {
        const float scale = 1.7320508f / 65536;
        for (int i = 0; i < values.Length; i++)
        {
            ulong bits = random.Next();
            int sum = (int)(bits & 0xFFFF) + (int)(bits >> 16 & 0xFFFF) + (int)(bits >> 32 & 0xFFFF) + (int)(bits >> 48);
            values[i] = (sum - 2 * 65535) * scale;
        }
    }

    private static float[] Convolve(float[] a, float[] b)
    {
        var result = new float[a.Length + b.Length - 1];
        for (int i = 0; i < a.Length; i++)
            for (int j = 0; j < b.Length; j++) result[i + j] += a[i] * b[j];
        return result;
    }

    /// <summary>Scalar product of two centred kernels of odd length.</summary>
    private static float Inner(float[] a, float[] b)
    {
        float sum = 0;
        int offset = (b.Length - a.Length) / 2;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i + offset];
        return sum;
    }
}
