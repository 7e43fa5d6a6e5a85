using PancreasSeg.Numerics;
using static PancreasSeg.Simulation.TissueClass;

namespace PancreasSeg.Simulation;

/// <summary>Vertebral bodies, discs, arches with processes and canal, and the paraspinal muscles on both sides.</summary>
internal sealed class SpineLayer : SceneLayer
{
    private readonly float _pitch, _disc, _phase, _wide, _deep, _shell, _muscleWide, _muscleDeep, _spinous, _transverse, _osteophyte;
    private readonly Habitus _habitus;

    public SpineLayer(Habitus habitus, SeededRandom random)
    {
        _habitus = habitus;
        float size = habitus.Stature;
        _pitch = random.Uniform(32, 38) * size;
        _disc = random.Uniform(5, 10) * size;
        _phase = random.Uniform(0, 40);
        _wide = random.Uniform(20, 25) * size;
        _deep = random.Uniform(14.5f, 18) * size;
        _shell = random.Uniform(1.0f, 2.0f);
        _muscleWide = random.Uniform(27, 36) * size;
        _muscleDeep = random.Uniform(17, 25) * size;
        _spinous = MathF.Min(random.Uniform(24, 34) * size, habitus.BackDepth + habitus.PosteriorWallMm - 2 * _deep - 20);
        _transverse = random.Uniform(30, 42) * size;
        _osteophyte = random.Chance(0.4f) ? random.Uniform(1, 4) : 0;
    }

    public override void Paint(Scanline row)
    {
        float reach = _deep * 2 + 30 + _spinous;
        if (row.HighY < -8 || row.LowY > reach + 40) return;
        (int from, int to) = row.Columns(-85, 85);
        for (int i = from; i < to; i++)
        {
            if (row.Classes[i] is (byte)Air or (byte)Skin) continue;
            TissueClass? tissue = At(row.WarpedX[i], row.WarpedY[i], row.WarpedZ[i], row, i);
            if (tissue is { } found) row.Classes[i] = (byte)found;
        }
    }

    private TissueClass? At(float x, float y, float z, Scanline row, int i)
    {
        float phase = (z + _phase) / _pitch;
        float level = (phase - MathF.Floor(phase)) * _pitch;         // 0 at the lower face of a disc
        bool disc = level < _disc;
        float body = level - _disc;                                  // height in the vertebral body
        float height = _pitch - _disc;
        float waist = disc ? 0 : 2.2f * MathF.Sin(MathF.PI * body / height);
        float lip = disc ? _osteophyte * 0.5f : _osteophyte * MathF.Exp(-MathF.Min(body, height - body) / 2.5f);
        float centreY = _deep;
        float px = x / (_wide - waist + lip), py = (y - centreY) / (_deep - waist + lip);
        float r = MathF.Sqrt(px * px + py * py);
        float canalY = 2 * _deep + 8.5f;
        float canal = MathF.Sqrt(x * x / 144 + (y - canalY) * (y - canalY) / 72);
        if (canal < 1) return canal < 0.8f ? SpinalCanal : VisceralFat;
        if (r < 1)
        {
            if (disc) return Disc;
            float depth = MathF.Min((1 - r) * _deep, MathF.Min(body, height - body) + 0.2f);
            return depth < _shell ? BoneCortical : BoneTrabecular;
        }
        if (Arch(x, y, body / height, disc, canalY) is { } bone) return bone;
        return Paraspinal(x, y, z, canalY, row, i);
    }

    private TissueClass? Arch(float x, float y, float up, bool disc, float canalY)
    {
        float side = MathF.Abs(x), behind = y - canalY;
        // Pedicles join body and arch in the upper half of the vertebra, laminae close the canal behind.
        if (!disc && up is > 0.45f and < 0.95f && side is > 11 and < 19 && behind is > -14 and < 3)
            return Shell(MathF.Min(side - 11, 19 - side));
        float ring = MathF.Sqrt(x * x / 1.5f + behind * behind);
        if (!disc && up is > 0.05f and < 0.8f && behind > -2 && ring is > 9 and < 15.5f) return Shell(MathF.Min(ring - 9, 15.5f - ring));
        // Facet joints beside the disc level.
        float facet = MathF.Sqrt((side - 17) * (side - 17) + (behind - 5) * (behind - 5));
        if ((disc || up is < 0.25f or > 0.8f) && facet < 8.5f) return Shell(8.5f - facet);
        if (!disc && up is > 0.5f and < 0.8f && side > 14 && side < _transverse && MathF.Abs(behind - 0.1f * (side - 14)) < 4.5f)
            return Shell(3);
        bool spinous = up is > 0.0f and < 0.55f && !disc;
        if (spinous && side < 3.6f && behind > 9 && behind < 9 + _spinous) return Shell(3.6f - side);
        return null;
    }

    private TissueClass Shell(float depth) => depth < _shell + 0.3f ? BoneCortical : BoneTrabecular;

    private TissueClass? Paraspinal(float x, float y, float z, float canalY, Scanline row, int i)
    {
        float low = Math.Clamp(0.5f - z / 260, 0, 1);   // wider and thicker towards the pelvis
        float side = MathF.Abs(x), wide = _muscleWide * (0.85f + 0.3f * low),
            deep = MathF.Max(_muscleDeep * (0.8f + 0.3f * low), 0.51f * (_habitus.BackDepth + _habitus.PosteriorWallMm - 3 - canalY));
        float px = (side - 4 - wide * 0.95f) / wide, py = (y - canalY - 3 - deep * 0.95f) / deep;
        float r = MathF.Abs(px * px * px) + MathF.Abs(py * py * py) + 0.12f * row.Noise[4][i];
        if (r < 1) return Muscle;
        // Quadratus lumborum on the transverse processes, below the twelfth rib.
        float qx = (side - 56 * _habitus.Stature) / 18, qy = (y - canalY - 1) / (7 + 4 * low);
        return z < 15 && qx * qx + qy * qy < 1 ? Muscle : null;
    }
}
