using System.Numerics;
using PancreasSeg.Numerics;
using static PancreasSeg.Simulation.TissueClass;

namespace PancreasSeg.Simulation;

/// <summary>What lies in the fat: small vessels of mesentery, omentum and retroperitoneum, lymph nodes, adrenals.</summary>
internal static class Mesentery
{
    public static IReadOnlyList<SceneLayer> Draw(Habitus h, Landmarks marks, Vector3 mesentery, SeededRandom random)
    {
        List<SceneLayer> layers = [];
        var vessels = new List<Tube>();
        int count = random.Integer(18, 46);
        for (int k = 0; k < count; k++)
        {
            Vector3 end =
                new(random.Uniform(-0.6f, 0.65f) * h.HalfWidth, -random.Uniform(0.1f, 0.85f) * h.FrontDepth, random.Uniform(-150, 0));
            vessels.Add(Twig(mesentery + random.Jitter(6, 8, 25), end, random.Uniform(1, 2.2f), random));
        }
        // Gastric, gastro-epiploic, colic and gonadal vessels in no particular order.
        for (int k = 0; k < 22; k++)
        {
            Vector3 start =
                new Vector3(random.Uniform(-0.5f, 0.7f) * h.HalfWidth, -random.Uniform(0.2f, 0.9f) * h.FrontDepth, random.Uniform(-40, 70));
            vessels.Add(Twig(start, start + random.Jitter(45, 30, 40), random.Uniform(0.9f, 1.8f), random));
        }
        layers.AddRange(vessels.Select(tube => new ShapeLayer(tube, TissueSet.Fat, SmallVessel)));
        for (int k = random.Integer(3, 14); k > 0; k--)
        {
            Vector3 centre = new(random.Uniform(-40, 60), -random.Uniform(5, 0.7f * h.FrontDepth), random.Uniform(-100, 45));
            layers.Add(
                new ShapeLayer(
                    new Blob(centre, new(random.Uniform(2, 5), random.Uniform(2, 4), random.Uniform(2.5f, 6))), TissueSet.Fat, LymphNode));
        }
        foreach (Vector3 kidney in (ReadOnlySpan<Vector3>)[marks.LeftKidney, marks.RightKidney]) layers.Add(Adrenal(kidney, h, random));
        return layers;
    }

    private static Tube Twig(Vector3 start, Vector3 end, float radius, SeededRandom random)
    {
        Vector3 bend = Vector3.Lerp(start, end, 0.5f) + random.Jitter(14, 12, 14);
        var tube = new Tube([new(start, radius), new(bend, 0.85f * radius), new(end, 0.7f * radius)]);
        return tube.Add([new(bend, 0.75f * radius), new(bend + random.Jitter(22, 20, 22), 0.6f * radius)]);
    }

    private static ShapeLayer Adrenal(Vector3 kidney, Habitus h, SeededRandom random)
    {
        float side = MathF.Sign(kidney.X), thick = random.Uniform(1.6f, 2.8f);
        Vector3 apex = new(kidney.X - side * random.Uniform(26, 34), -random.Uniform(4, 10), kidney.Z + 50 * h.Stature);
        var shape = new Tube(
            [new(apex, thick), new(apex + new Vector3(side * 4, 14, -4), thick), new(apex + new Vector3(side * 6, 24, -12), 0.8f * thick)],
            new(1, 1, 3));
        shape.Add([new(apex + new Vector3(side * 2, 6, -2), thick), new(apex + new Vector3(side * 14, 18, -12), 0.8f * thick)]);
        return new ShapeLayer(shape, TissueSet.Fat, TissueClass.Adrenal);
    }
}
