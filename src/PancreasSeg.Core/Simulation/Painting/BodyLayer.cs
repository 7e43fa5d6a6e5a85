using PancreasSeg.Numerics;
using static PancreasSeg.Simulation.TissueClass;

namespace PancreasSeg.Simulation;

/// <summary>
/// The frame of the trunk: abdominal cavity (filled with visceral fat), muscular wall with its fat planes, ribs, subcutaneous
/// fat and skin, all as shells round a superellipse that changes with height; lungs above the diaphragm.
/// </summary>
internal sealed class BodyLayer : SceneLayer
{
    private readonly Habitus _habitus;
    private readonly float _exponentFront, _exponentBack, _waist, _belly, _flankFat, _backFat, _ribPitch, _ribPhase, _ribSlope, _ribWidth,
        _costalMargin, _rectusWidth, _groove, _skin, _domeLeft, _recess, _armGap;
    private readonly HeightMap? _diaphragm;
    private readonly float[] _powerFront, _powerBack;

    /// <summary>Draws a trunk.</summary>
    /// <param name="habitus">The build.</param>
    /// <param name="random">Its randomness.</param>
    /// <param name="diaphragm">Height of the diaphragm where organs are given; else it is drawn.</param>
    public BodyLayer(Habitus habitus, SeededRandom random, HeightMap? diaphragm = null)
    {
        (_habitus, _diaphragm) = (habitus, diaphragm);
        _exponentFront = random.Uniform(2.0f, 2.5f);
        _exponentBack = random.Uniform(2.3f, 3.2f);
        _waist = random.Uniform(0, 0.10f) * (1 - habitus.VisceralFat);
        _belly = float.Lerp(-0.22f, 0.18f, habitus.VisceralFat) + random.Normal(0.05f);
        _flankFat = random.Uniform(0.25f, 0.6f);
        _backFat = random.Uniform(0.3f, 0.8f);
        _ribPitch = random.Uniform(27, 36) * habitus.Stature;
        _ribPhase = random.Uniform(0, 40);
        _ribSlope = random.Uniform(34, 54);
        _ribWidth = random.Uniform(9, 12.5f);
        _costalMargin = random.Uniform(-15, 25);
        _rectusWidth = random.Uniform(48, 68);
        _groove = random.Uniform(3, 9);
        _skin = random.Uniform(1.2f, 2.4f);
        _domeLeft = random.Uniform(4, 20);
        _recess = random.Uniform(45, 80);
        _armGap = random.Chance(0.12f) ? random.Uniform(12, 40) : float.NaN;
        (_powerFront, _powerBack) = (PowerTable(_exponentFront), PowerTable(_exponentBack));
    }

    private const int PowerSteps = 1024;

    /// <summary>Skin at the back in the midline, for the table.</summary>
    public float BackOfSkin => _habitus.BackDepth + _habitus.PosteriorWallMm + (_backFat + 0.12f) * _habitus.SubcutaneousMm + _skin + 1;

    public override void Paint(Scanline row)
    {
        float z = row.Z, y = row.Y;
        // Half axes at this height: chest and waist are narrower, the belly sags or caves in below the ribs.
        float below = Smooth(-z, -20, 110), above = Smooth(z, 60, 190);
        float a = _habitus.HalfWidth * (1 - _waist * below - 0.13f * above);
        float front = _habitus.FrontDepth * (1 + _belly * below - 0.12f * above), back = _habitus.BackDepth;
        float centre = 0.5f * (back - front), b = 0.5f * (back + front);
        float v = (y - centre) / b;
        float exponent = v < 0 ? _exponentFront : _exponentBack;
        float[] power = v < 0 ? _powerFront : _powerBack;
        float vPower = MathF.Pow(MathF.Abs(v), exponent);
        for (int i = 0; i < row.Count; i++)
        {
            float x = row.X[i], u = MathF.Abs(x) / a;
            float sum = vPower + power[Math.Min((int)(u * PowerSteps), power.Length - 1)];
            if (sum > 8) continue;
            if (sum < 0.5f && row.HighZ < _habitus.DomeHeight - 110)
            {
                row.Classes[i] = (byte)VisceralFat;
                continue;
            }
            float r = MathF.Pow(sum, 1 / exponent);
            float radius = MathF.Sqrt(x * x + (y - centre) * (y - centre)) / MathF.Max(r, 1e-3f);
            float outside = (r - 1) * radius + row.Noise[0][i] * 1.5f;
            if (outside > 150) continue;
            row.Classes[i] = (byte)(outside <= 0 ? Inside(row, i, r) : Shell(row, i, outside, u, v));
        }
        if (!float.IsNaN(_armGap)) PaintArms(row, a, centre);
    }

    private TissueClass Inside(Scanline row, int i, float r)
    {
        float dome = DiaphragmHeight(row.WarpedX[i], row.WarpedY[i], r) + 2 * row.Noise[1][i];
        if (row.WarpedZ[i] < dome - 3) return VisceralFat;
        if (row.WarpedZ[i] < dome) return Muscle;
        float mediastinum = MathF.Sqrt(Square(row.WarpedX[i] / 34) + Square((row.WarpedY[i] + 12) / 42));
        return mediastinum < 1 ? VisceralFat : Lung;
    }

    private float DiaphragmHeight(float x, float y, float r)
    {
        if (_diaphragm is not null) return _diaphragm.At(x, y) + 3;
        float side = Smooth(x, -40, 50);
        float valley = 18 * MathF.Exp(-Square((x - 5) / 30));
        float edge = r * r * r * r;
        return _habitus.DomeHeight - _domeLeft * side - valley - _recess * edge * edge - 14 * Smooth(y, -40, 60);
    }

    private TissueClass Shell(Scanline row, int i, float outside, float u, float v)
    {
        float x = row.X[i], lateral = MathF.Min(1, u * u), front = Math.Clamp(-v, 0, 1), back = Math.Clamp(v, 0, 1);
        (float wall, float smooth) = Wall(MathF.Abs(x), lateral, front, back, row.Z);
        if (outside < wall) return WallTissue(row, i, outside, outside / wall, MathF.Abs(x), front, v);
        float fat = _habitus.SubcutaneousMm * (front * front + _flankFat * lateral * lateral * 0.9f + _backFat * back * back + 0.12f);
        fat *= 1 + 0.05f * row.Noise[2][i];
        if (v > 0) fat -= _groove * MathF.Exp(-Square(x / 14));
        float skin = smooth + MathF.Max(fat, 1) + 0.4f * row.Noise[3][i];
        return outside < skin ? SubcutaneousFat : outside < skin + _skin ? Skin : Air;
    }

    /// <summary>Thickness of the muscular wall, and what it would be without the gap between the recti.</summary>
    private (float Wall, float Smooth) Wall(float x, float lateral, float front, float back, float z)
    {
        float thoracic = Smooth(z, 10, 70);
        float flank = float.Lerp(_habitus.WallMm, MathF.Max(10, 0.65f * _habitus.WallMm), thoracic);
        float full = 0.62f * _habitus.WallMm,
            rectus = float.Lerp(full, 0.72f * full, Smooth(x, _rectusWidth, _rectusWidth + 8)) * (0.25f + 0.75f * Smooth(x, 1, 9));
        float posterior = _habitus.PosteriorWallMm;
        float sum = lateral + front * front + back * back + 1e-3f;
        float rest = flank * lateral + posterior * back * back;
        return ((rest + rectus * front * front) / sum, (rest + full * front * front) / sum);
    }

    private TissueClass WallTissue(Scanline row, int i, float outside, float part, float x, float front, float v)
    {
        // Ribs run down towards the front; the last ones end early, and cartilage takes over near the sternum.
        float angle = MathF.Atan2(x, -v * _habitus.FrontDepth);   // 0 in front, pi behind
        float height = row.WarpedZ[i] + 0.4f * row.Noise[4][i];
        float phase = (height + _ribSlope * (MathF.PI - angle) + _ribPhase) / _ribPitch;
        float across = MathF.Abs(phase - MathF.Floor(phase) - 0.5f) * _ribPitch;
        float radial = MathF.Abs(outside - 5.5f) - 3.6f;
        float lowest = _costalMargin + 75 * Smooth(-angle, -1.5f, -0.3f) - 40 * Smooth(angle, 1.6f, 2.6f);
        if (height > lowest && angle is > 0.12f and < 2.75f && across < _ribWidth / 2 && radial < 0 && part < 0.95f)
        {
            if (angle < 0.75f) return Cartilage;
            return across > _ribWidth / 2 - 1.6f || radial > -1.5f ? BoneCortical : BoneTrabecular;
        }
        // Fat planes between the three flat muscles of the flank, and beside the rectus.
        float plane = 0.7f / MathF.Max(4, _habitus.WallMm);
        bool fat = front < 0.75f && v < 0.5f
            && (MathF.Abs(part - 0.36f + 0.05f * row.Noise[5][i]) < plane || MathF.Abs(part - 0.68f + 0.05f * row.Noise[4][i]) < plane);
        return fat ? SubcutaneousFat : Muscle;
    }

    private void PaintArms(Scanline row, float a, float centre)
    {
        float reach = a + _habitus.WallMm + _flankFat * _habitus.SubcutaneousMm + _armGap + 40;
        for (int i = 0; i < row.Count; i++)
        {
            if (row.Classes[i] != (byte)Air) continue;
            float d = MathF.Sqrt(Square((MathF.Abs(row.X[i]) - reach) / 0.95f) + Square(row.Y - centre - 35)) + 1.5f * row.Noise[3][i];
            if (d < 42)
                row.Classes[i] = (byte)(d < 7 ? BoneTrabecular : d < 11 ? BoneCortical : d < 34 ? Muscle : d < 40 ? SubcutaneousFat : Skin);
        }
    }

    /// <summary>u^exponent for u = i / <see cref="PowerSteps"/> up to 3.</summary>
    private static float[] PowerTable(float exponent) =>
        [.. Enumerable.Range(0, 3 * PowerSteps).Select(i => MathF.Pow((i + 0.5f) / PowerSteps, exponent))];

    private static float Smooth(float value, float low, float high)
    {
        float t = Math.Clamp((value - low) / (high - low), 0, 1);
        return t * t * (3 - 2 * t);
    }

    private static float Square(float value) => value * value;
}
