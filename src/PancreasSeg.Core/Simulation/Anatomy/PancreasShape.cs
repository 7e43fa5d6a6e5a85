using System.Numerics;
using PancreasSeg.Numerics;

namespace PancreasSeg.Simulation;

/// <summary>
/// A pancreas: a lobulated tube from the head in the duodenal C over the neck in front of the superior mesenteric vein and
/// the body across the aorta to the tail at the splenic hilum, with an uncinate process hooking behind the vein. Its volume
/// is drawn first and the thickness follows.
/// </summary>
internal static class PancreasShape
{
    /// <summary>Draws a gland.</summary>
    /// <returns>The solid, its core that no vessel may cut, its centre line with radii, and the index of the neck in that line.</returns>
    public static (Tube Shape, Tube Core, TubeNode[] Line, int Neck) Draw(Habitus habitus, SeededRandom random)
    {
        TubeNode[] line = CentreLine(habitus, random);
        const int neck = 3;
        TubeNode[] uncinate = Uncinate(line, habitus, random);
        var stretch = new Vector3(1, 1, random.Uniform(1.15f, 1.6f));
        float target = 1000 * Math.Clamp(74 * habitus.Stature * MathF.Exp(random.Normal(0.32f)), 38, 125);
        // Volume grows a little less than with the square of the radius because the ends are round and the line is fixed.
        for (int pass = 0; pass < 3; pass++)
        {
            float factor = MathF.Pow(target / (float)new Tube(line, stretch).Add(uncinate).Volume(), 0.45f);
            line = [.. line.Select(node => node with { Radius = Math.Clamp(node.Radius * factor, 4.5f, 17) })];
            uncinate = [.. uncinate.Select(node => node with { Radius = Math.Clamp(node.Radius * factor, 3, 13) })];
        }
        Tube shape = new Tube(line, stretch).Add(uncinate);
        shape.Roughen(random, random.Uniform(0, 1.5f), random.Uniform(0.6f, 1.6f), random.Uniform(0.3f, 1.7f));
        return (shape, new Tube(Core(line), stretch).Add(Core(uncinate)), line, neck);
    }

    private static TubeNode[] Core(TubeNode[] nodes) =>
        [.. nodes.Select(node => node with { Radius = MathF.Max(2.8f, 0.6f * node.Radius) })];

    private static TubeNode[] CentreLine(Habitus h, SeededRandom random)
    {
        float w = float.Lerp(h.Stature, h.Width, 0.4f), d = float.Lerp(0.84f, 1.22f, h.VisceralFat) * h.Stature, s = h.Stature;
        // Heights of body and tail: oblique, transverse, sigmoid, horseshoe, steep.
        ReadOnlySpan<float> rise = random.Choose(0.42f, 0.16f, 0.16f, 0.14f, 0.12f) switch
        {
            0 => [11, 20, 28, 34],
            1 => [6, 8, 9, 8],
            2 => [-1, 4, 18, 27],
            3 => [16, 20, 4, -14],
            _ => [20, 36, 46, 50],
        };
        float lift = random.Uniform(0.7f, 1.2f) * s;
        float head = random.Uniform(0.85f, 1.2f), tail = random.Uniform(0.75f, 1.15f), arch = random.Normal(4), reach = random.Normal(7);
        TubeNode Node(float x, float y, float z, float radius, float wobble = 3) =>
            new(new Vector3(x, y, z) + random.Jitter(wobble, wobble, wobble), radius);
        return
        [
            Node(-29 * s, MathF.Min(-21 * d, -20 * s), random.Uniform(-44, -30) * s, 8.5f * head),
            Node(-34 * s, -29 * d, -17 * s, 13f * head),
            Node(-22 * s, -42 * d, -4 * s, 11f * head),
            Node(-4 * s, -50 * d, 2 * s, 7.5f, 2),
            Node(18 * s, -54 * d - arch, rise[0] * lift, 9),
            Node(43 * w, -42 * d - arch, rise[1] * lift, 9.5f),
            Node(66 * w + 0.6f * reach, -16 * d, rise[2] * lift, 9.5f * tail),
            Node(86 * w + reach, 6 + 0.3f * reach, rise[3] * lift, 7.5f * tail),
        ];
    }

    private static TubeNode[] Uncinate(TubeNode[] line, Habitus h, SeededRandom random)
    {
        Vector3 start = line[0].Point + new Vector3(2, 0, 7), tip =
            new(random.Uniform(-12, -1) * h.Stature, line[0].Point.Y + random.Uniform(-4, 3), line[0].Point.Z + random.Uniform(2, 14));
        return [new(start, 9), new(Vector3.Lerp(start, tip, 0.55f), 7), new(tip, 4.5f)];
    }
}
