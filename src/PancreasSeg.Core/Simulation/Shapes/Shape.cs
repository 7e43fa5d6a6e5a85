using System.Numerics;
using PancreasSeg.Numerics;

namespace PancreasSeg.Simulation;

/// <summary>
/// An implicit solid: signed distance in mm to its surface, negative inside; only near the surface need it be accurate.
/// A rough shape's surface is displaced by the row's random fields.
/// </summary>
internal abstract class Shape
{
    private readonly float[] _roughness = new float[Scanline.NoiseCount];
    private float _bulge;

    protected Vector3 Low { get; set; }
    protected Vector3 High { get; set; }

    /// <summary>Displaces the surface: amplitudes in mm of displacements about 80, 30 and 10 mm wide.</summary>
    public Shape Roughen(SeededRandom random, float wide, float medium, float fine)
    {
        ReadOnlySpan<float> amplitudes = [wide, medium, fine];
        for (int scale = 0; scale < 3; scale++)
        {
            Vector3 direction = Vector3.Normalize(new Vector3(random.Normal(), random.Normal(), random.Normal()));
            for (int k = 0; k < 3; k++) _roughness[3 * scale + k] = amplitudes[scale] * direction[k];
            _bulge += 2.2f * amplitudes[scale];
        }
        return this;
    }

    /// <summary>Writes the distances of part of the row to <see cref="Scanline.Distance"/> and tells which part.</summary>
    /// <param name="row">The row.</param>
    /// <param name="over">Tissues for which distances are needed; elsewhere they may be anything.</param>
    /// <param name="margin">How far outside the surface distances are needed, mm; beyond, the shape may be passed over.</param>
    public (int From, int To) Measure(Scanline row, TissueSet over, float margin)
    {
        float reach = MathF.Max(margin, 0) + _bulge + 0.1f;
        if (row.HighY < Low.Y - reach || row.LowY > High.Y + reach || row.HighZ < Low.Z - reach || row.LowZ > High.Z + reach)
            return default;
        (int from, int to) = row.Columns(Low.X - reach, High.X + reach);
        if (from >= to) return default;
        Fill(row, over, from, to, reach);
        for (int k = 0; k < _roughness.Length; k++)
        {
            float amplitude = _roughness[k];
            if (amplitude == 0) continue;
            float[] noise = row.Noise[k];
            for (int i = from; i < to; i++) row.Distance[i] += amplitude * noise[i];
        }
        return (from, to);
    }

    /// <summary>Distance at one point, without roughness and deformation.</summary>
    public abstract float At(Vector3 point);

    protected abstract void Fill(Scanline row, TissueSet over, int from, int to, float reach);

    /// <summary>Volume in mm^3 of the smooth shape, counted on a 3 mm lattice.</summary>
    public double Volume()
    {
        const float step = 3;
        int inside = 0;
        for (float z = Low.Z; z <= High.Z; z += step)
            for (float y = Low.Y; y <= High.Y; y += step)
                for (float x = Low.X; x <= High.X; x += step)
                    if (At(new(x, y, z)) < 0) inside++;
        return inside * (double)(step * step * step);
    }
}
