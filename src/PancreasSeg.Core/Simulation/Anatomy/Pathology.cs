using System.Numerics;
using PancreasSeg.Numerics;
using static PancreasSeg.Simulation.TissueClass;

namespace PancreasSeg.Simulation;

/// <summary>What some patients have: a wide pancreatic duct, cysts or metastases of the liver, renal cysts.</summary>
internal static class Pathology
{
    public static IEnumerable<SceneLayer> Draw(Habitus h, Landmarks marks, SeededRandom random)
    {
        float duct = random.Chance(0.25f) ? random.Uniform(1.5f, 3.2f) : random.Uniform(0.5f, 1);
        TubeNode[] line =
            [.. marks.PancreasLine.Skip(1).Select((node, i) => new TubeNode(node.Point + random.Jitter(1, 1, 1), duct * (1 - 0.05f * i)))];
        yield return new ShapeLayer(new Tube(line), new TissueSet(Pancreas), PancreaticDuct);
        for (int k = random.Chance(0.3f) ? random.Integer(1, 7) : 0; k > 0; k--)
        {
            Vector3 centre = new(
                -random.Uniform(0, 0.9f) * h.HalfWidth, random.Uniform(-0.8f, 0.3f) * h.FrontDepth, random.Uniform(-20, h.DomeHeight - 15));
            yield return new ShapeLayer(Nodule(centre, MathF.Exp(random.Uniform(1, 3)), random), new TissueSet(Liver), Lesion);
        }
        foreach (Vector3 kidney in new[] { marks.LeftKidney, marks.RightKidney })
        {
            if (!random.Chance(0.2f)) continue;
            TissueClass[] renal = kidney.X > 0 ? [LeftKidneyCortex, LeftKidneyMedulla, VisceralFat]
                : [RightKidneyCortex, RightKidneyMedulla, VisceralFat];
            yield return new ShapeLayer(
                Nodule(kidney + random.Jitter(24, 20, 45), MathF.Exp(random.Uniform(1.2f, 3.2f)), random), new TissueSet(renal), RenalCyst);
        }
    }

    private static Shape Nodule(Vector3 centre, float radius, SeededRandom random) =>
        new Blob(centre, new Vector3(random.Uniform(0.8f, 1.2f), random.Uniform(0.8f, 1.2f), random.Uniform(0.8f, 1.2f)) * radius)
            .Roughen(random, 0, 0.05f * radius, 0);
}
