using PancreasSeg.Numerics;

namespace PancreasSeg.Simulation;

/// <summary>
/// The smooth deformation of one patient's inside: curved spine (lordosis, scoliosis) with everything in front of it, and
/// random shifts about 100 mm wide.
/// </summary>
internal sealed class PatientWarp
{
    private readonly NoiseField[] _shift;
    private readonly NoiseField[] _surface;
    private readonly float _amplitude, _lordosis, _scoliosis, _phase;
    private readonly float[] _cells = [40, 40, 40, 15, 15, 15, 5, 5, 5];

    public PatientWarp(SeededRandom random, bool straight)
    {
        _shift = [.. Enumerable.Range(0, 3).Select(_ => new NoiseField(random.Next(), 55))];
        _surface = [.. _cells.Select(cell => new NoiseField(random.Next(), cell))];
        _amplitude = straight ? 0 : random.Uniform(2, 5);
        _lordosis = straight ? 0 : random.Uniform(0.04f, 0.16f);
        _scoliosis = straight ? 0 : random.Normal(3);
        _phase = random.Uniform(0, MathF.Tau);
    }

    /// <summary>How far forward (negative y) the spine lies at height z, against the height of the pancreas.</summary>
    public float SpineShift(float z) => _lordosis * (z > 0 ? z + z * z / 400 : z * MathF.Max(0.2f, 1 + z / 120));

    public void Fill(Scanline row, float x0)
    {
        float y = row.Y, z = row.Z;
        float lateral = _scoliosis * MathF.Sin(z / 60 + _phase), forward = SpineShift(z);
        _shift[0].Fill(row.WarpedX, x0, row.Step, y, z);
        _shift[1].Fill(row.WarpedY, x0, row.Step, y, z);
        _shift[2].Fill(row.WarpedZ, x0, row.Step, y, z);
        for (int i = 0; i < row.Count; i++)
        {
            row.WarpedX[i] = row.X[i] + lateral + _amplitude * row.WarpedX[i];
            row.WarpedY[i] = y - forward + _amplitude * row.WarpedY[i];
            row.WarpedZ[i] = z + _amplitude * row.WarpedZ[i];
        }
        for (int k = 0; k < _surface.Length; k++) _surface[k].Fill(row.Noise[k], x0, row.Step, y, z);
    }
}
