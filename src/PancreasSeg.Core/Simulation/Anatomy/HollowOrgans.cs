using System.Numerics;
using PancreasSeg.Numerics;
using static PancreasSeg.Simulation.TissueClass;

namespace PancreasSeg.Simulation;

/// <summary>Stomach, oesophagus and duodenum with wall, content and gas.</summary>
internal static class HollowOrgans
{
    public static (Organ Stomach, Organ Oesophagus) Stomach(Habitus h, float pancreasFront, Vector3 pylorus, SeededRandom random)
    {
        float s = h.Stature, fill = random.Uniform(0.45f, 1.1f), wall = -h.FrontDepth;
        float middle = 0.5f * (pancreasFront + wall) + 2;
        float room = MathF.Max(10, 0.5f * (pancreasFront - wall) + 3);
        float sag = random.Uniform(-45, 25) * s;
        Vector3 cardia = new(16, -14, 0.62f * h.DomeHeight);
        float r = 36 * fill * s;
        var stretch = new Vector3(1, Math.Clamp(room / MathF.Max(r, 14), 0.4f, 1.05f), 1);
        float fundus = 0.5f * h.DomeHeight + random.Uniform(0, 22);
        var shape = new Tube(
        [
            new(new(52 * h.Width, 4, fundus), 0.95f * r),
            new(new(60 * h.Width, -22, fundus - 26), r),
            new(new(54 * h.Width, middle, 28 * s), 0.92f * r),
            new(new(30 * h.Width, middle - 4, 0.5f * sag + 5), 0.75f * r),
            new(new(0, middle - 4, sag), 0.58f * r + 3),
            new(Vector3.Lerp(new(0, middle, sag), pylorus, 0.75f), 0.36f * r + 4),
            new(pylorus, 7),
        ], stretch);
        shape.Roughen(random, 4, 2.5f, 0.6f);
        var tube = new Tube(
            [new(new(4, -8, h.DomeHeight + 90), 8), new(new(6, -12, h.DomeHeight - 5), 8), new(cardia, 9),
                new(cardia + new Vector3(18, 2, -6), 9)], new(1.2f, 0.85f, 1));
        float hollow = random.Chance(0.35f) ? 4.5f : 99;
        var oesophagus = new Organ(tube, 0, (_, _, depth) => depth > hollow ? StomachGas : Oesophagus);
        float level = random.Chance(0.8f) ? float.Lerp(middle - room, pancreasFront, random.Uniform(-0.1f, 0.7f)) : -999;
        return (
            new Organ(shape, h.Growth * 0.5f,
                Layers(StomachWall, StomachLumen, StomachGas, StomachWallMm(random), level, random.Uniform(0.5f, 2.2f))), oesophagus);
    }

    /// <summary>Thickness of a stomach's wall: where little fills it, the folded wall is as even and as thick as a gland.</summary>
    public static float StomachWallMm(SeededRandom random) => random.Chance(0.25f) ? random.Uniform(7, 16) : random.Uniform(2.5f, 6);

    public static (Organ Duodenum, Vector3 Flexure) Duodenum(TubeNode[] pancreas, Vector3 pylorus, Habitus h, SeededRandom random)
    {
        float r = random.Uniform(9.5f, 14) * h.Stature, s = h.Stature;
        TubeNode head = pancreas[1], low = pancreas[0];
        Vector3 beside = head.Point + new Vector3(-head.Radius - 0.75f * r, random.Uniform(-4, 6), 4);
        Vector3 below = new(low.Point.X - low.Radius - 0.3f * r, low.Point.Y + 2, low.Point.Z - random.Uniform(4, 14));
        float third = below.Z - random.Uniform(6, 16) * s, y = MathF.Min(-17 * s, 0.7f * below.Y);
        Vector3 flexure = new(random.Uniform(26, 36) * s, y - 14, third + random.Uniform(22, 48));
        var shape = new Tube(
        [
            new(pylorus + new Vector3(-4, 2, 1), 8),
            new(Vector3.Lerp(pylorus, beside, 0.4f) + new Vector3(-9, 0, 12), 1.1f * r),
            new(beside + new Vector3(-2, 0, 14), r),
            new(beside + new Vector3(0, 3, -12), r),
            new(below, r),
            new(new(0.55f * below.X, y, third), 0.95f * r),
            new(new(4, y - 3, third + 2), 0.8f * r),
            new(Vector3.Lerp(new(8, y - 3, third), flexure, 0.6f) + new Vector3(8, 4, 0), 0.9f * r),
            new(flexure, r),
        ], new(1, random.Uniform(0.8f, 1), 1));
        shape.Roughen(random, 1.5f, 1.8f, 0.5f);
        bool open = random.Chance(0.75f);
        float level = random.Chance(0.5f) ? beside.Y - random.Uniform(-2, 8) : -999;
        return (
            new Organ(shape, h.Growth * 0.3f,
                Layers(DuodenumWall, DuodenumLumen, DuodenumGas, open ? random.Uniform(2, 4.5f) : 8, level, 1)), flexure);
    }

    /// <summary>Wall of a thickness with folds, then content with gas in front of a level (the patient lies on the back).</summary>
    public static TissueAt Layers(TissueClass wall, TissueClass content, TissueClass gas, float thickness, float level, float folds) =>
        (row, i, depth) =>
        depth < thickness + folds * row.Noise[7][i] ? wall : row.WarpedY[i] < level ? gas : content;
}
