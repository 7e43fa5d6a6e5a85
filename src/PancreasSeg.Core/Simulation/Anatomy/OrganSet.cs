using System.Numerics;
using PancreasSeg.Numerics;
using static PancreasSeg.Simulation.TissueClass;

namespace PancreasSeg.Simulation;

/// <summary>The upper abdominal organs of one patient and what others need to know of their place.</summary>
/// <param name="Groups">Organs of one group compete for space; later groups take what earlier ones leave.</param>
/// <param name="Landmarks">Attachment points.</param>
internal sealed record OrganSet(IReadOnlyList<IReadOnlyList<Organ>> Groups, Landmarks Landmarks)
{
    /// <summary>The inside of a drawn pancreas: vessels groove the gland but never cut it through.</summary>
    public Shape? PancreasCore { get; init; }

    /// <summary>Draws organs of random shape for a build.</summary>
    public static OrganSet Draw(Habitus h, SeededRandom random)
    {
        (Tube pancreas, Tube core, TubeNode[] line, int neck) = PancreasShape.Draw(h, random.Fork("pancreas"));
        float front = line.Min(node => node.Point.Y - node.Radius), s = h.Stature;
        SeededRandom kidneys = random.Fork("kidneys");
        Vector3 leftKidney = new Vector3(69 * h.Width * s, 18 * s, kidneys.Uniform(-28, 2)) + kidneys.Jitter(4, 4, 0);
        Vector3 rightKidney = new Vector3(-67 * h.Width * s, 19 * s, leftKidney.Z - kidneys.Uniform(-4, 24)) + kidneys.Jitter(4, 4, 0);
        Vector3 hilum = new(-42 * h.Width, -38 * MathF.Sqrt(h.Depth), random.Uniform(38, 58) * s);
        Vector3 pylorus = new(random.Uniform(-38, -18), 0.45f * front - 0.55f * (h.FrontDepth - 24) + 6, random.Uniform(-4, 20));
        (Organ stomach, Organ oesophagus) = HollowOrgans.Stomach(h, front, pylorus, random.Fork("stomach"));
        (Organ duodenum, Vector3 flexure) = HollowOrgans.Duodenum(line, pylorus, h, random.Fork("duodenum"));
        (Organ spleen, Vector3 spleenHilum) = Spleen(h, line, random.Fork("spleen"));
        List<Organ> organs =
        [
            spleen,
            Kidney.Draw(leftKidney, 1, h, kidneys),
            Kidney.Draw(rightKidney, -1, h, kidneys),
            oesophagus, duodenum,
        ];
        SeededRandom bile = random.Fork("gallbladder");
        if (!bile.Chance(0.12f)) organs.Add(GallbladderBag(h, bile));
        var landmarks = new Landmarks
        {
            PancreasLine = line,
            Neck = neck,
            LeftKidney = leftKidney,
            RightKidney = rightKidney,
            LiverHilum = hilum,
            SpleenHilum = spleenHilum,
            DuodenojejunalFlexure = flexure,
        };
        return new OrganSet(
            [[new Organ(pancreas, 0, Pancreas) { Halo = 2.5f * h.VisceralFat }], organs,
                [Liver(h, hilum, pylorus, random.Fork("liver")), stomach]], landmarks)
        { PancreasCore = core };
    }

    /// <summary>Right lobe filling the dome, a left lobe of varying reach, the hilum, the bed of duodenum and stomach and the fissure cut
    /// out.</summary>
    private static Organ Liver(Habitus h, Vector3 hilum, Vector3 pylorus, SeededRandom random)
    {
        // Wide patients have little wider livers; the right lobe leans on the wall all the same.
        float s = h.Stature, a = float.Lerp(h.HalfWidth, 132 * s, 0.65f), low = random.Uniform(-95, -25) * s;
        float top = h.DomeHeight, middle = 0.5f * (top + low) + 12, right = -(h.HalfWidth - 0.42f * a);
        float deep = MathF.Min(0.62f * (h.FrontDepth + h.BackDepth), 98 * s);
        var shape = new Blob(
            new(right, -0.12f * h.FrontDepth, middle), new(0.54f * a, deep, 0.6f * (top - low)), 26, new(0, random.Uniform(-14, 2), 0));
        shape.Add(new(right + 3, -0.1f * h.FrontDepth, top - 45), new(0.54f * a, deep, 55 * s));
        shape.Cut(new(0.06f * a, -0.06f * h.FrontDepth, random.Uniform(-34, -16)),
            new(random.Uniform(0.42f, 0.56f) * a * (0.88f + 0.2f * h.VisceralFat), 0.8f * h.FrontDepth, random.Uniform(66, 84) * s));
        float reach = random.Uniform(-0.05f, 0.45f) * a;
        shape.Add(new(0.5f * (reach - 0.5f * a), -0.62f * h.FrontDepth, random.Uniform(42, 66) * s),
            new(0.5f * (reach + 0.62f * a), random.Uniform(0.28f, 0.40f) * MathF.Min(h.FrontDepth, 120), random.Uniform(36, 56) * s),
                new(random.Uniform(-10, 20), random.Uniform(-18, 6), 0));
        shape.Cut(hilum + new Vector3(12, 8, -12), new(34, 16, 18), new(0, -20, 10));
        shape.Cut(pylorus + new Vector3(2, 10, -20), new Vector3(38, 36, 42) * s);
        shape.Cut(new(2, 8, 20), new(34, 34, 90));
        shape.Add(new(-19 * s, -27, random.Uniform(54, 66) * s), new(17, 13, 26));
        shape.Cut(new(-0.12f * a, -h.FrontDepth, 22), new(3.5f, 46, 40));
        shape.Roughen(random, 5, 2, 0.3f);
        return new Organ(shape, h.Growth * 0.6f, TissueClass.Liver);
    }

    private static (Organ, Vector3 Hilum) Spleen(Habitus h, TubeNode[] line, SeededRandom random)
    {
        float s = h.Stature * random.Uniform(0.85f, 1.15f);
        Vector3 tail = line[^1].Point;
        Vector3 centre =
            new(h.HalfWidth - random.Uniform(18, 28), random.Uniform(6, 22), float.Lerp(tail.Z, 34, 0.6f) + random.Uniform(-8, 12));
        var shape = new Blob(centre, new Vector3(random.Uniform(28, 36), random.Uniform(46, 60), random.Uniform(48, 64)) * s, 12,
            new(random.Uniform(-30, 10), random.Uniform(-16, 8), random.Uniform(-6, 22)));
        Vector3 hilum = centre + new Vector3(-20 * s, -10, -4);
        shape.Cut(hilum + new Vector3(-24, -4, 0), new Vector3(32, 30, 44) * s);
        shape.Roughen(random, 3, 2, 0.2f);
        return (new Organ(shape, h.Growth * 0.5f, TissueClass.Spleen), hilum + new Vector3(-4, 0, 0));
    }

    private static Organ GallbladderBag(Habitus h, SeededRandom random)
    {
        float r = random.Uniform(9, 19);
        Vector3 neck = new(-52 * h.Width, -46 * MathF.Sqrt(h.Depth), random.Uniform(14, 28)),
            fundus = new(-72 * h.Width, -0.72f * h.FrontDepth, random.Uniform(-32, 4));
        var shape = new Tube([new(neck, 0.35f * r), new(Vector3.Lerp(neck, fundus, 0.4f), 0.85f * r), new(fundus, r)]);
        shape.Roughen(random, 2, 0.5f, 0);
        return new Organ(shape, 0, Gallbladder);
    }
}
