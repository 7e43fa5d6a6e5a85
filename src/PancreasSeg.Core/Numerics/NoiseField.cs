namespace PancreasSeg.Numerics;

/// <summary>
/// A smooth stationary random field of zero mean and unit variance, defined everywhere: quadratic B-splines over a cubic
/// lattice of normal numbers that are hashed from their index.
/// </summary>
/// <param name="seed">Names the field.</param>
/// <param name="cell">Lattice pitch in mm; features are about twice as wide.</param>
internal sealed class NoiseField(ulong seed, float cell)
{
    private static readonly float[] s_normals = Normals();
    private readonly uint _seed = (uint)(seed ^ seed >> 32);

    /// <summary>Values along a row of points (x0 + i dx, y, z).</summary>
    public void Fill(Span<float> row, float x0, float dx, float y, float z)
    {
        Span<float> wy = stackalloc float[3], wz = stackalloc float[3];
        int iy = Weights(y / cell, wy), iz = Weights(z / cell, wz);
        float u0 = x0 / cell, du = dx / cell;
        int ix = (int)MathF.Floor(u0 + 0.5f);
        float left = 0, middle = Plane(ix - 1, iy, iz, wy, wz), right = Plane(ix, iy, iz, wy, wz);
        for (int i = 0; i < row.Length; ix++)
        {
            (left, middle, right) = (middle, right, Plane(ix + 1, iy, iz, wy, wz));
            // Inside one lattice cell the spline is a parabola in t = u - ix.
            int end = du > 0 ? Math.Clamp((int)MathF.Ceiling((ix + 0.5f - u0) / du), i, row.Length) : row.Length;
            float constant = 0.125f * (left + right) + 0.75f * middle, slope = 0.5f * (right - left), bend = 0.5f * (left + right) - middle;
            for (float t0 = u0 - ix; i < end; i++)
            {
                float t = t0 + i * du;
                row[i] = constant + t * (slope + t * bend);
            }
        }
    }

    /// <summary>Value at one point.</summary>
    public float At(float x, float y, float z)
    {
        Span<float> value = stackalloc float[1];
        Fill(value, x, 0, y, z);
        return value[0];
    }

    private static int Weights(float u, Span<float> weights)
    {
        int i = (int)MathF.Floor(u + 0.5f);
        float t = u - i;
        weights[0] = 0.5f * (0.5f - t) * (0.5f - t);
        weights[1] = 0.75f - t * t;
        weights[2] = 0.5f * (0.5f + t) * (0.5f + t);
        return i;
    }

    private float Plane(int ix, int iy, int iz, ReadOnlySpan<float> wy, ReadOnlySpan<float> wz)
    {
        float sum = 0;
        for (int k = 0; k < 3; k++)
        {
            float line = 0;
            for (int j = 0; j < 3; j++) line += wy[j] * Lattice(ix, iy + j - 1, iz + k - 1);
            sum += wz[k] * line;
        }
        // The mean squared weight of a quadratic B-spline is 11/20 per axis.
        return sum * 2.4516f;
    }

    private float Lattice(int x, int y, int z)
    {
        uint h = _seed ^ (uint)x * 0x8DA6B343u ^ (uint)y * 0xD8163841u ^ (uint)z * 0xCB1AB31Fu;
        h = (h ^ h >> 16) * 0x7FEB352Du;
        h = (h ^ h >> 15) * 0x846CA68Bu;
        return s_normals[(h ^ h >> 16) & 4095];
    }

    private static float[] Normals()
    {
        var random = new SeededRandom(0x5EED);
        var values = new float[4096];
        for (int i = 0; i < values.Length; i += 2)
        {
            values[i] = random.Normal();
            values[i + 1] = -values[i];
        }
        return values;
    }
}
