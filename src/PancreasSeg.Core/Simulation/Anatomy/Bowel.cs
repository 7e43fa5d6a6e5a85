using System.Numerics;
using PancreasSeg.Numerics;
using static PancreasSeg.Simulation.TissueClass;

namespace PancreasSeg.Simulation;

/// <summary>Colon frame and small bowel loops in the space the organs leave, with mesenteric vessels and nodes.</summary>
internal sealed class Bowel
{
    private readonly Habitus _habitus;
    private readonly Landmarks _marks;
    private readonly SeededRandom _random;
    private readonly List<Organ> _loops = [];

    private Bowel(Habitus habitus, Landmarks marks, SeededRandom random) => (_habitus, _marks, _random) = (habitus, marks, random);

    public static OrganGroup Draw(Habitus habitus, Landmarks marks, SeededRandom random)
    {
        var plan = new Bowel(habitus, marks, random);
        plan.Colon();
        plan.SmallBowel();
        return new OrganGroup(plan._loops, TissueSet.Fat);
    }

    private void Colon()
    {
        float a = _habitus.HalfWidth, front = -_habitus.FrontDepth, r = _random.Uniform(13, 25) * _habitus.Stature;
        float sag = _random.Uniform(-75, 5), anterior = front + 0.9f * r + 3, flexure = _random.Uniform(-5, 45);
        Vector3 hepatic = new(-0.66f * a, 0.35f * front, _random.Uniform(-55, -25)), splenic = new(0.72f * a, -18, flexure);
        float side = a - r - 4;
        Loop(r * 1.15f, [new(-side + 6, -8, -170), new(-side, -12, -110), hepatic + new Vector3(-8, 14, -12)]);
        Loop(r, [hepatic + new Vector3(-6, 8, -6), hepatic + new Vector3(12, -10, 4), new(-0.42f * a, anterior, 0.6f * sag)]);
        Loop(r, [new(-0.42f * a, anterior, 0.6f * sag), new(0, anterior - 2, sag), new(0.4f * a, anterior, 0.5f * sag)]);
        Loop(r, [new(0.4f * a, anterior, 0.5f * sag), new(0.66f * a, 0.5f * front, 0.5f * flexure), splenic]);
        Loop(0.85f * r, [splenic, new(side + 4, 12, flexure - 25), new(side + 4, 14, -60), new(side, 4, -170)]);
    }

    private void Loop(float r, Vector3[] line)
    {
        float haustra = _random.Uniform(0.05f, 0.28f);
        List<TubeNode> nodes = [];
        for (int i = 0; i + 1 < line.Length; i++)
        {
            int parts = Math.Max(1, (int)((line[i + 1] - line[i]).Length() / 16));
            for (int k = 0; k < parts; k++) nodes.Add(Wobble(Vector3.Lerp(line[i], line[i + 1], (float)k / parts), nodes.Count));
        }
        nodes.Add(Wobble(line[^1], nodes.Count));
        var shape = new Tube([.. nodes]);
        shape.Roughen(_random, 1.5f, 2, 0.8f);
        _loops.Add(
            new Organ(
                shape, _habitus.Growth * 0.6f, Content(shape, _random.Choose(0.30f, 0.05f, 0.3f, 0.35f), _random.Uniform(1.5f, 3.2f))));

        TubeNode Wobble(Vector3 point, int index) =>
            new(point + _random.Jitter(4, 4, 5), r * (1 + haustra * ((index & 1) == 0 ? -1 : 1)) * _random.Uniform(0.85f, 1.15f));
    }

    /// <summary>Loops wander through a lattice of places below and left of the pancreas, in many patients up to its body and
    /// tail.</summary>
    private void SmallBowel()
    {
        float r = _random.Uniform(9.5f, 14) * _habitus.Stature, pitch = 2.05f * r + 7 * _habitus.VisceralFat * _random.Uniform(0.2f, 1);
        float a = _habitus.HalfWidth, front = -_habitus.FrontDepth;
        float keep = _random.Uniform(0.75f, 1), mesenteryWidth = _random.Uniform(8, 26),
            highest = _random.Chance(0.6f) ? _random.Uniform(10, 42) : 6;
        Vector3 from = _marks.DuodenojejunalFlexure;
        for (float z = highest; z > -190; z -= pitch)
        {
            List<Vector3> places = [];
            for (float y = -8; y > front + 12; y -= pitch)
                for (float x = -0.62f * a; x < 0.68f * a; x += pitch)
                {
                    bool beside = x > 28 || z < _marks.DuodenojejunalFlexure.Z - 8;
                    bool mesentery = MathF.Abs(x) < mesenteryWidth && y > 0.62f * front;
                    if (beside && !mesentery && _random.Chance(keep))
                        places.Add(new Vector3(x, y, z) + _random.Jitter(0.28f * pitch, 0.28f * pitch, 0.28f * pitch));
                }
            while (places.Count > 2)
            {
                int length = Math.Min(places.Count, _random.Integer(3, 7));
                List<TubeNode> nodes = [];
                for (int k = 0; k < length; k++)
                {
                    Vector3 next = places.MinBy(place => (place - from).LengthSquared());
                    places.Remove(next);
                    if (nodes.Count > 0 && (next - from).Length() > 2.2f * pitch) break;
                    nodes.Add(new(next, r * _random.Uniform(0.7f, 1.15f)));
                    from = next;
                }
                if (nodes.Count < 2) continue;
                var shape = new Tube([.. nodes]);
                shape.Roughen(_random, 0.8f, 1.6f, 0.6f);
                _loops.Add(
                    new Organ(
                        shape, _habitus.Growth * 0.8f, Content(shape, _random.Choose(0.45f, 0.25f, 0.2f, 0), _random.Uniform(1.8f, 4))));
            }
        }
    }

    /// <summary>Kind 0 fluid or oral contrast, 1 collapsed, 2 gas over fluid, 3 stool.</summary>
    private TissueAt Content(Tube shape, int kind, float wall)
    {
        if (kind == 1) wall = _random.Uniform(5, 9);
        // Gas collects in the highest bends of the loop, in front of one level.
        float level = float.Lerp(
            shape.Nodes.Min(node => node.Point.Y - node.Radius), shape.Nodes.Max(node => node.Point.Y), _random.Uniform(0.15f, 0.7f));
        float folds = _random.Uniform(0.2f, 1.2f);
        bool contrast = _random.Chance(0.5f);
        return (row, i, depth) =>
        {
            if (depth < wall + folds * row.Noise[7][i]) return BowelWall;
            if (kind == 3) return row.Noise[6][i] > 1.3f ? BowelGas : Stool;
            if (kind == 2 && row.WarpedY[i] < level) return BowelGas;
            return contrast ? BowelContrast : BowelLumen;
        };
    }
}
