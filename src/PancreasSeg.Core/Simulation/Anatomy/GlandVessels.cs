using System.Numerics;
using PancreasSeg.Numerics;

namespace PancreasSeg.Simulation;

/// <summary>The named branches that lie round the pancreas in its fat, wide enough to be taken for lobules of it.</summary>
internal static class GlandVessels
{
    /// <summary>Gastrocolic trunk, coronary vein, inferior mesenteric vein, jejunal trunks and the fan of veins in the splenic
    /// hilum.</summary>
    /// <param name="marks">The patient's landmarks.</param>
    /// <param name="confluence">Where splenic and superior mesenteric vein meet.</param>
    /// <param name="mesentery">Lower end of the superior mesenteric vein.</param>
    /// <param name="splenic">Centre line of the splenic vein, from the gland's neck to the hilum.</param>
    /// <param name="random">Their randomness.</param>
    public static Tube Veins(
        Landmarks marks, Vector3 confluence, Vector3 mesentery, IReadOnlyList<TubeNode> splenic, SeededRandom random)
    {
        Vector3 head = marks.PancreasLine[1].Point, middle = splenic[splenic.Count / 2].Point, hilum = marks.SpleenHilum;
        float front = marks.PancreasLine[1].Radius;
        Vector3 trunk = Vector3.Lerp(confluence, mesentery, random.Uniform(0.25f, 0.5f));
        Vector3 fork = new Vector3(0.5f * (head.X + trunk.X), head.Y - front - random.Uniform(3, 8), trunk.Z) + random.Jitter(4, 2, 4);
        Tube veins = new([new(trunk, 3), new(Vector3.Lerp(trunk, fork, 0.5f) + new Vector3(0, -4, 0), 2.6f), new(fork, 2.6f)]);
        veins.Add(Line(fork, new(-8, -6, 26), 2.2f, random)).Add(Line(fork, new(-22, -22, -10), 2.2f, random));
        veins.Add(Line(confluence + new Vector3(2, 0, 3), new(14, -16, 34), random.Uniform(1.4f, 2.6f), random));
        Vector3 inferior = Vector3.Lerp(confluence, middle, random.Uniform(0, 1));
        veins.Add([new(inferior, 2.4f), new(inferior + new Vector3(6, 4, -22), 2.3f),
            new(marks.DuodenojejunalFlexure + new Vector3(9, 8, -8), 2.2f), new(inferior + new Vector3(22, 10, -120), 2)]);
        for (int k = random.Integer(2, 5); k > 0; k--)
            veins.Add(Line(Vector3.Lerp(confluence, mesentery, random.Uniform(0.3f, 1)),
                new(random.Uniform(20, 55), random.Uniform(-30, 0), random.Uniform(-30, 12)), random.Uniform(1.8f, 3), random));
        for (int k = random.Integer(3, 7); k > 0; k--)
            veins.Add(Line(hilum + random.Jitter(3, 3, 6), new(random.Uniform(4, 20), random.Uniform(-26, 22), random.Uniform(-32, 32)),
                random.Uniform(1.6f, 3), random));
        return veins;
    }

    /// <summary>Left gastric and gastroduodenal artery, and jejunal arteries.</summary>
    /// <param name="marks">The patient's landmarks.</param>
    /// <param name="fork">Where the coeliac trunk divides.</param>
    /// <param name="superior">A point of the superior mesenteric artery below the gland.</param>
    /// <param name="random">Their randomness.</param>
    public static Tube Arteries(Landmarks marks, Vector3 fork, Vector3 superior, SeededRandom random)
    {
        TubeNode head = marks.PancreasLine[1];
        Vector3 hepatic = Vector3.Lerp(fork, marks.LiverHilum, 0.4f) + new Vector3(0, -6, -10),
            front = head.Point + new Vector3(4, -head.Radius - 2, 0);
        var arteries = new Tube(Line(fork, new(10, -14, 30), random.Uniform(1.4f, 2.2f), random));
        arteries.Add([new(hepatic, 2), new(Vector3.Lerp(hepatic, front, 0.6f) + new Vector3(0, -3, 2), 1.9f), new(front, 1.8f),
            new(front + new Vector3(-3, 1, -24), 1.5f)]);
        for (int k = random.Integer(2, 5); k > 0; k--)
            arteries.Add(Line(superior + random.Jitter(2, 4, 18),
                new(random.Uniform(18, 50), random.Uniform(-28, 0), random.Uniform(-30, 10)), random.Uniform(1.2f, 2), random));
        return arteries;
    }

    private static TubeNode[] Line(Vector3 start, Vector3 way, float radius, SeededRandom random)
    {
        Vector3 scaled = way * random.Uniform(0.7f, 1.4f);
        return [new(start, radius), new(start + 0.5f * scaled + random.Jitter(5, 5, 5), 0.95f * radius),
            new(start + scaled + random.Jitter(5, 5, 5), 0.8f * radius)];
    }
}
