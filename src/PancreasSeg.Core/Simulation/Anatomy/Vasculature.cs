using System.Numerics;
using PancreasSeg.Numerics;
using static PancreasSeg.Simulation.TissueClass;

namespace PancreasSeg.Simulation;

/// <summary>Arteries, systemic and portal veins as tubes between landmarks, and the trees inside the liver.</summary>
internal sealed class Vasculature
{
    private readonly Habitus _habitus;
    private readonly Landmarks _marks;
    private readonly SeededRandom _random;
    private readonly List<SceneLayer> _layers = [];
    private readonly float _aorta, _aortaX, _aortaY;
    private readonly Vector3 _confluence;
    private readonly TissueSet _soft = new(VisceralFat, Muscle);

    private Vasculature(Habitus habitus, Landmarks marks, SeededRandom random)
    {
        (_habitus, _marks, _random) = (habitus, marks, random);
        _aorta = random.Uniform(8.5f, 12) * habitus.Stature;
        (_aortaX, _aortaY) = (random.Uniform(3, 13), -_aorta - random.Uniform(0.5f, 3));
        TubeNode neck = marks.PancreasLine[marks.Neck];
        PortalRadius = random.Uniform(5, 7.5f) * habitus.Stature;
        _confluence = Behind(neck.Point + new Vector3(-3, neck.Radius + 0.7f * PortalRadius, 1), PortalRadius);
    }

    private float PortalRadius { get; }

    /// <summary>Vessels outside the liver, to be painted before the organs settle round them.</summary>
    public static (IReadOnlyList<SceneLayer> Outside, IReadOnlyList<SceneLayer> InLiver, Vector3 Mesentery) Draw(
        Habitus habitus, Landmarks marks, SeededRandom random)
    {
        var plan = new Vasculature(habitus, marks, random);
        plan.Crura();
        plan.CavalSystem();
        plan.ArterialSystem();
        Vector3 mesentery = plan.PortalSystem();
        List<SceneLayer> outside = [.. plan._layers];
        plan._layers.Clear();
        plan.LiverVessels();
        return (outside, plan._layers, mesentery);
    }

    private void Add(Shape shape, TissueClass tissue) => _layers.Add(new ShapeLayer(shape, _soft, tissue));

    /// <summary>The next place behind a point, within 25 mm, where a vessel lies beside a given gland, not in it.</summary>
    private Vector3 Behind(Vector3 point, float radius)
    {
        for (int mm = 0; mm < 25 && _marks.GivenGland?.At(point) < 0.8f * radius; mm++) point.Y++;
        return point;
    }

    private void Crura()
    {
        float s = _habitus.Stature, thick = _random.Uniform(4, 6.5f);
        foreach (int side in (ReadOnlySpan<int>)[-1, 1])
        {
            float x = _aortaX + side * (_aorta + 3);
            Add(new Tube([new(new(0.7f * x, -2, -45 * s), 0.5f * thick), new(new(x, -5, -5), thick), new(new(x, -6, 35 * s), thick),
                new(new(x + 4 * side, -14, 75 * s), 0.9f * thick)],
                new(0.8f, 1.7f, 1)).Roughen(_random, 1, 1, 0.3f), Muscle);
            // Psoas: slim at its origin on the upper lumbar spine, thick further down.
            Add(new Tube([new(new(side * 27 * s, 16, 18), 5), new(new(side * 31 * s, 18, -30), 13 * s),
                new(new(side * 41 * s, 14, -85), 20 * s), new(new(side * 52 * s, 6, -170), 25 * s)])
                .Roughen(_random, 1, 1, 0.2f), Muscle);
        }
    }

    private void CavalSystem()
    {
        float r = _random.Uniform(8.5f, 12.5f) * _habitus.Stature, x = _random.Uniform(-28, -18), y = -_random.Uniform(5, 9);
        float flat = _random.Uniform(0.5f, 0.95f), top = _habitus.DomeHeight;
        Add(new Tube([new(new(x + 14, y, -115), r), new(new(x, y, -70), r), new(new(x, y - 1, 0), r), new(new(x - 3, y - 10, 40),
            1.05f * r), new(new(x - 2, y - 24, top - 15), 1.1f * r), new(new(x + 4, y - 28, top + 25), 1.2f * r)],
            new(1.1f, flat, 1)), InferiorVenaCava);
        Vector3 left = _marks.LeftKidney, right = _marks.RightKidney;
        float renal = _random.Uniform(3, 4.5f);
        Add(new Tube([new(left + new Vector3(-22, -10, 2), renal), new(new(_aortaX + 18, -14, left.Z + 8), renal),
            new(new(_aortaX, _aortaY - _aorta - 3, left.Z + 12), renal), new(new(x + 6, y - 2, left.Z + 11), renal)], new(1, 0.8f, 1.2f)),
            RenalVein);
        Add(new Tube([new(right + new Vector3(22, -10, 2), renal), new(new(x - 4, y, right.Z + 8), renal)], new(1, 0.8f, 1.2f)), RenalVein);
    }

    private void ArterialSystem()
    {
        float x = _aortaX, y = _aortaY, wind = _random.Uniform(0, 6);
        var aorta = new Tube(
            [new(new(x - 4, y, -100), 0.85f * _aorta), new(new(x + wind, y, -45), 0.92f * _aorta), new(new(x - 0.6f * wind, y, 0), _aorta),
                new(new(x, y + 2, 60), 1.05f * _aorta), new(new(x + 3, y + 7, 190), 1.15f * _aorta)]);
        aorta.Add([new(new(x - 6, y, -98), 0.6f * _aorta), new(new(x - 26, y - 3, -150), 0.5f * _aorta)]);
        aorta.Add([new(new(x - 2, y, -98), 0.6f * _aorta), new(new(x + 18, y - 3, -150), 0.5f * _aorta)]);
        float plaque = _random.Chance(0.3f) ? _random.Uniform(1, 2) : 99;
        _layers.Add(new ShapeLayer(aorta, _soft, (row, i, depth) => depth < 1.8f && row.Noise[6][i] > plaque ? Calcification : Aorta));
        float r = _random.Uniform(2.6f, 4);
        TubeNode neck = _marks.PancreasLine[_marks.Neck];
        Vector3 root = new(x, y - 0.8f * _aorta, neck.Point.Z + _random.Uniform(2, 14));
        float superior = 0.5f * (root.Y + neck.Point.Y + neck.Radius);
        Add(new Tube([new(root, r), new(root + new Vector3(0, -8, -4), r), new(new(x - 2, superior - 4, root.Z - 24), r),
            new(new(x - 3, superior - 12, root.Z - 60), 0.9f * r), new(new(x - 10, superior - 26, root.Z - 130), 0.7f * r)]),
            VisceralArtery);
        Vector3 coeliac = root + new Vector3(0, 1, _random.Uniform(12, 20));
        Vector3 fork = coeliac + new Vector3(1, -12, 3);
        var branches = new Tube([new(coeliac, r), new(fork, 0.95f * r)]);
        branches.Add(
            [new(fork, 0.8f * r), new(Vector3.Lerp(fork, _marks.LiverHilum, 0.45f) + new Vector3(0, -6, -10), 0.7f * r),
                new(_marks.LiverHilum + new Vector3(6, -6, -4), 0.6f * r)]);
        branches.Add(SplenicArtery(fork, 0.75f * r));
        Add(branches, VisceralArtery);
        Add(GlandVessels.Arteries(_marks, fork, new(x - 3, superior - 12, root.Z - 45), _random.Fork("arteries")), VisceralArtery);
        foreach (Vector3 kidney in (ReadOnlySpan<Vector3>)[_marks.LeftKidney, _marks.RightKidney])
            Add(new Tube([new(new(x, y, kidney.Z + 9), 2.6f), new(new(0.55f * kidney.X, -2, kidney.Z + 6), 2.4f),
                new(kidney + new Vector3(-20 * MathF.Sign(kidney.X), -4, 3), 2.2f)]), VisceralArtery);
    }

    /// <summary>Winds along the upper border of body and tail.</summary>
    private TubeNode[] SplenicArtery(Vector3 fork, float r)
    {
        List<TubeNode> nodes = [new(fork, r)];
        float wind = _random.Uniform(1, 7);
        foreach (TubeNode node in _marks.PancreasLine.Skip(_marks.Neck + 1))
            nodes.Add(new(node.Point + new Vector3(0, 0.5f * node.Radius, 1.25f * node.Radius) + _random.Jitter(2, wind, wind), r));
        nodes.Add(new(_marks.SpleenHilum + _random.Jitter(3, 5, 8), 0.8f * r));
        return [.. nodes];
    }

    /// <summary>Splenic vein behind the gland, confluence behind the neck, portal vein to the hilum, mesenteric vein down.</summary>
    private Vector3 PortalSystem()
    {
        float r = _random.Uniform(3.2f, 5) * _habitus.Stature;
        List<TubeNode> splenic = [];
        foreach (TubeNode node in _marks.PancreasLine.Skip(_marks.Neck + 1))
        {
            Vector3 bed = node.Point + new Vector3(0, node.Radius + 0.35f * r, 0.25f * node.Radius) + _random.Jitter(2, 0.6f, 2);
            splenic.Add(new(Behind(bed, r), r));
        }
        splenic.Add(new(_marks.SpleenHilum, 0.8f * r));
        Vector3 mesentery = _confluence + new Vector3(_random.Uniform(-6, 4), -14 * _habitus.Depth, -60);
        Vector3 hilum = _marks.LiverHilum;
        var tree = new Tube([new(_confluence, PortalRadius), .. splenic]);
        tree.Add(
            [new(_confluence, PortalRadius), new(Vector3.Lerp(_confluence, hilum, 0.5f) + new Vector3(-3, 5, 0), PortalRadius),
                new(hilum, 0.95f * PortalRadius)]);
        tree.Add(
            [new(_confluence, PortalRadius), new(_confluence + new Vector3(0, -1, -20), 0.95f * PortalRadius),
                new(mesentery, 0.8f * PortalRadius), new(mesentery + new Vector3(8, -10, -50), 0.6f * PortalRadius)]);
        Add(tree, PortalVein);
        Add(GlandVessels.Veins(_marks, _confluence, mesentery, splenic, _random.Fork("veins")), PortalVein);
        Vector3 head = _marks.PancreasLine[1].Point;
        float duct = _random.Chance(0.2f) ? _random.Uniform(3.5f, 6) : _random.Uniform(1.5f, 3);
        Add(new Tube([new(hilum + new Vector3(-6, -4, -2), duct), new(Vector3.Lerp(hilum, head, 0.6f) + new Vector3(-3, 4, 0), duct),
            new(head + new Vector3(-4, 5, 6), duct)]), BileDuct);
        return mesentery;
    }

    private void LiverVessels()
    {
        var inLiver = new TissueSet(TissueClass.Liver);
        float size = PortalRadius * _random.Uniform(0.65f, 1);
        Vector3 hilum = _marks.LiverHilum;
        var tree = new Tube([new(hilum, size), new(hilum + new Vector3(-14, 4, 8), size)]);
        Branch(tree, hilum + new Vector3(-12, 2, 6), Vector3.Normalize(new(-1, 0.5f, 0.1f)), 0.85f * size, 56, 3);
        Branch(tree, hilum + new Vector3(-10, 0, 8), Vector3.Normalize(new(-0.7f, -0.5f, 0.5f)), 0.85f * size, 52, 3);
        Branch(tree, hilum, Vector3.Normalize(new(0.4f, -0.8f, 0.4f)), 0.8f * size, 42, 2);
        _layers.Add(new ShapeLayer(tree, inLiver, HepaticVessel));
        Vector3 mouth = new(-24, -34, _habitus.DomeHeight - 16);
        float vein = _random.Uniform(3.8f, 6);
        var veins = new Tube([new(mouth, vein), new(mouth + new Vector3(-20, 5, -8), vein)]);
        Branch(veins, mouth, Vector3.Normalize(new(-1, 0.35f, -0.35f)), vein, 55, 3);
        Branch(veins, mouth, Vector3.Normalize(new(-0.55f, -0.6f, -0.5f)), vein, 52, 3);
        Branch(veins, mouth, Vector3.Normalize(new(0.3f, -0.8f, -0.45f)), 0.9f * vein, 44, 2);
        _layers.Add(new ShapeLayer(veins, inLiver, HepaticVessel));
    }

    private void Branch(Tube tree, Vector3 start, Vector3 direction, float radius, float length, int generations)
    {
        Vector3 middle = start + 0.5f * length * direction + _random.Jitter(4, 4, 4);
        Vector3 end = middle + 0.5f * length * Vector3.Normalize(direction + _random.Jitter(0.3f, 0.3f, 0.3f));
        tree.Add([new(start, radius), new(middle, 0.88f * radius), new(end, 0.72f * radius)]);
        if (generations == 0 || radius < 1) return;
        for (int k = 0; k < 2; k++)
            Branch(tree, k == 0 ? end : middle, Vector3.Normalize(direction + _random.Jitter(0.9f, 0.9f, 0.9f)), 0.72f * radius,
                0.72f * length, generations - 1);
    }
}
