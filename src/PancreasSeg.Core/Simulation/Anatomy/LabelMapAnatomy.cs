using System.Numerics;
using PancreasSeg.Numerics;
using static PancreasSeg.Simulation.TissueClass;

namespace PancreasSeg.Simulation;

/// <summary>
/// A patient round given organs: reads the build, the midline and the landmarks off an organ map, so that spine, vessels,
/// right kidney, bowel and body wall can be drawn to fit.
/// </summary>
internal sealed class LabelMapAnatomy
{
    private const float PitchMm = 2;
    private readonly LabelVolume _map;
    private readonly SeededRandom _random;
    private readonly bool _vary;
    private readonly CancellationToken _cancellation;
    private readonly Dictionary<AnatomyLabel, List<Vector3>> _points = [];

    private LabelMapAnatomy(LabelVolume map, SeededRandom random, bool vary, CancellationToken cancellation)
    {
        (_map, _random, _vary, _cancellation) = (map, random, vary, cancellation);
        CollectPoints();
        if (vary) RemoveOrgans(random.Fork("missing"));
        if (!_points.ContainsKey(AnatomyLabel.Pancreas))
            throw new CoreException(
                Fault.LabelMissing, $"The label map '{map.Name}' has no pancreas (label {(int)AnatomyLabel.Pancreas}).", map,
                "Give a map with 1 spleen, 2 pancreas, 3 left kidney, 4 gallbladder, 5 oesophagus, 6 liver, 7 stomach, 8 duodenum.");
        Frame = FindFrame();
        foreach (List<Vector3> points in _points.Values)
            for (int i = 0; i < points.Count; i++) points[i] -= Frame;
        Habitus = FitHabitus();
        Organs = PlaceOrgans();
    }

    /// <summary>LPS point of the map at the origin of the anatomic frame (<see cref="Simulation.Habitus"/>).</summary>
    public Vector3 Frame { get; }

    public Habitus Habitus { get; }

    public OrganSet Organs { get; }

    /// <summary>Reads a map with labels as in <see cref="AnatomyLabel"/>.</summary>
    /// <exception cref="CoreException"><see cref="Fault.LabelMissing"/> without a pancreas.</exception>
    public static LabelMapAnatomy Read(LabelVolume map, SeededRandom random, bool vary, CancellationToken cancellation) =>
        new(map, random, vary, cancellation);

    /// <summary>Height of the diaphragm: over liver, spleen and stomach, falling to the rim elsewhere.</summary>
    public HeightMap Diaphragm()
    {
        List<Vector3> dome = [.. Of(AnatomyLabel.Liver), .. Of(AnatomyLabel.Spleen), .. Of(AnatomyLabel.Stomach)];
        return HeightMap.Over(
            dome, Habitus.HalfWidth + 20, Habitus.FrontDepth + 20, Habitus.BackDepth + 20, Habitus.DomeHeight - _random.Uniform(50, 85));
    }

    private List<Vector3> Of(AnatomyLabel label) => _points.TryGetValue(label, out List<Vector3>? points) ? points : [];

    /// <summary>Every label's voxel centres, thinned in the plane to about the pitch of the fields.</summary>
    private void CollectPoints()
    {
        VolumeGrid grid = _map.Grid;
        int thin = Math.Max(1, (int)(PitchMm / Math.Min(grid.Spacing.X, grid.Spacing.Y)));
        for (int k = 0; k < grid.Slices; k++)
        {
            _cancellation.ThrowIfCancellationRequested();
            for (int j = 0; j < grid.Rows; j += thin)
                for (int i = 0; i < grid.Columns; i += thin)
                {
                    byte label = _map.Labels.Span[grid.IndexOf(i, j, k)];
                    if (label is 0 or > (byte)AnatomyLabel.Duodenum) continue;
                    if (!_points.TryGetValue((AnatomyLabel)label, out List<Vector3>? list)) _points[(AnatomyLabel)label] = list = [];
                    Vector3D p = grid.Affine.Apply(new(i, j, k));
                    list.Add(new Vector3((float)p.X, (float)p.Y, (float)p.Z));
                }
        }
    }

    /// <summary>Patients after an operation: the gallbladder is the organ most often missing.</summary>
    private void RemoveOrgans(SeededRandom random)
    {
        if (random.Chance(0.2f)) _points.Remove(AnatomyLabel.Gallbladder);
        if (random.Chance(0.05f)) _points.Remove(AnatomyLabel.Spleen);
        if (random.Chance(0.04f)) _points.Remove(AnatomyLabel.LeftKidney);
    }

    private Vector3 FindFrame()
    {
        List<Vector3> all = [.. _points.Values.SelectMany(points => points)], pancreas = Of(AnatomyLabel.Pancreas);
        float middle = 0.5f * (all.Min(p => p.X) + all.Max(p => p.X));
        List<Vector3> kidney = Of(AnatomyLabel.LeftKidney);
        if (kidney.Count > 0) middle = 0.5f * middle + 0.5f * (kidney.Average(p => p.X) - 60);
        // The aorta lies between the gland and the spine.
        List<Vector3> central = [.. pancreas.Where(p => MathF.Abs(p.X - middle) < 20)];
        float behind = Percentile(central.Count > 20 ? central : pancreas, p => p.Y, 0.92f);
        float front = behind + _random.Uniform(20, 28);
        if (kidney.Count > 0) front = MathF.Max(behind + 19, 0.5f * front + 0.5f * (kidney.Average(p => p.Y) - 24));
        return new Vector3(middle, front, pancreas.Average(p => p.Z) - 4);
    }

    private Habitus FitHabitus()
    {
        Habitus drawn = Habitus.Sample(_random.Fork("habitus"));
        List<Vector3> all = [.. _points.Values.SelectMany(points => points)];
        float gap = 1 + 9 * drawn.VisceralFat, top = Of(AnatomyLabel.Liver) is { Count: > 0 } liver ? liver.Max(p => p.Z) : 110;
        float front = MathF.Max(60, -Percentile(all, p => p.Y, 0.002f) + gap),
            back = Math.Clamp(Percentile(all, p => p.Y, 0.995f) + gap, 56, 95);
        float width = Percentile(all, p => MathF.Abs(p.X), 0.998f) + gap;
        // Organs fill the corners of their box less than the box: widen the superellipse until nearly all lie inside.
        float centre = 0.5f * (back - front), depth = 0.5f * (back + front);
        float outermost =
            Percentile(all, p => MathF.Sqrt(p.X * p.X / (width * width) + (p.Y - centre) * (p.Y - centre) / (depth * depth)), 0.985f);
        float widen = MathF.Max(1, 0.93f * outermost);
        return drawn with { HalfWidth = width * widen, FrontDepth = front * widen, BackDepth = back, DomeHeight = top + 3 };
    }

    private OrganSet PlaceOrgans()
    {
        Habitus h = Habitus;
        List<Organ> organs = [], fillers = [];
        foreach (AnatomyLabel label in _points.Keys.Order())
            organs.Add(new Organ(Outline(label), Growth(label), Tissue(label)));
        SeededRandom kidneys = _random.Fork("kidneys");
        Vector3 left = new(66, 24, -15), right;
        if (_points.ContainsKey(AnatomyLabel.LeftKidney))
        {
            left = Centre(AnatomyLabel.LeftKidney);
            Vector3 shift = new(kidneys.Uniform(-6, 6), kidneys.Uniform(-4, 4), -kidneys.Uniform(-4, 24));
            right = new Vector3(-left.X, left.Y, left.Z) + shift;
            fillers.Add(
                new Organ(new SampledShape(Field(AnatomyLabel.LeftKidney), 0, shift), 0,
                    Kidney.Tissue(right + new Vector3(15, -6, 0), 1, -1, kidneys))
                { Halo = 6 * h.VisceralFat });
        }
        else
        {
            right = new Vector3(-64, 25, -25);
            fillers.Add(Kidney.Draw(left, 1, h, kidneys));
            fillers.Add(Kidney.Draw(right, -1, h, kidneys));
        }
        (TubeNode[] line, int neck) = PancreasLine();
        Vector3 liver = _points.ContainsKey(AnatomyLabel.Liver) ? Centre(AnatomyLabel.Liver) : new(-75, -30, 40);
        Vector3 hilum = Vector3.Lerp(line[neck].Point, liver, 0.45f);
        hilum.Z = MathF.Max(hilum.Z, line[neck].Point.Z + 25);
        Vector3 spleen = _points.ContainsKey(AnatomyLabel.Spleen) ? Centre(AnatomyLabel.Spleen) : new(h.HalfWidth - 30, 15, 35);
        Vector3 flexure = Of(AnatomyLabel.Duodenum) is { Count: > 0 } duodenum ? duodenum.MaxBy(p => p.X) : new(30, -35, -35);
        var marks = new Landmarks
        {
            PancreasLine = line,
            Neck = neck,
            GivenGland = new SampledShape(Field(AnatomyLabel.Pancreas)),
            LeftKidney = left,
            RightKidney = right,
            LiverHilum = hilum,
            SpleenHilum = Vector3.Lerp(line[^1].Point, spleen, 0.45f),
            DuodenojejunalFlexure = flexure,
        };
        return new OrganSet([organs, fillers], marks);
    }

    /// <summary>An organ's surface; that of a varied pancreas is lobulated.</summary>
    private Shape Outline(AnatomyLabel label)
    {
        var outline = new SampledShape(Field(label));
        if (!_vary || label != AnatomyLabel.Pancreas) return outline;
        SeededRandom random = _random.Fork("lobules");
        return outline.Roughen(random, 0, random.Uniform(0, 1), random.Uniform(0.2f, 1.6f));
    }

    /// <summary>How far a varied organ spreads into free space; the pancreas little, and in some it has shrunk instead.</summary>
    private float Growth(AnatomyLabel label)
    {
        if (!_vary) return 0;
        SeededRandom random = _random.Fork("growth " + label);
        if (label == AnatomyLabel.Pancreas) return random.Chance(0.3f) ? random.Uniform(-2.2f, -0.4f) : random.Uniform(-0.4f, 0.8f);
        return MathF.Max(0, Habitus.Growth) * random.Uniform(0, 0.6f);
    }

    private TissueAt Tissue(AnatomyLabel label)
    {
        SeededRandom random = _random.Fork(label.ToString());
        float Level(float part) => Percentile(Of(label), p => p.Y, part);
        return label switch
        {
            AnatomyLabel.LeftKidney => Kidney.Tissue(Centre(label) + new Vector3(-15, -6, 0), 1, 1, random),
            AnatomyLabel.Stomach => HollowOrgans.Layers(StomachWall, StomachLumen, StomachGas, HollowOrgans.StomachWallMm(random),
                random.Chance(0.8f) ? Level(random.Uniform(0, 0.7f)) : -999, random.Uniform(0.5f, 2.2f)),
            AnatomyLabel.Duodenum => HollowOrgans.Layers(DuodenumWall, DuodenumLumen, DuodenumGas,
                random.Chance(0.75f) ? random.Uniform(2, 4.5f) : 8, random.Chance(0.5f) ? Level(random.Uniform(0, 0.4f)) : -999, 1),
            AnatomyLabel.Spleen => (_, _, _) => Spleen,
            AnatomyLabel.Pancreas => (_, _, _) => Pancreas,
            AnatomyLabel.Gallbladder => (_, _, _) => Gallbladder,
            AnatomyLabel.Oesophagus => (_, _, _) => Oesophagus,
            _ => (_, _, _) => Liver,
        };
    }

    /// <summary>Slabs of the gland 8 mm wide from right to left: centre and half the thickness.</summary>
    private (TubeNode[] Line, int Neck) PancreasLine()
    {
        List<Vector3> gland = Of(AnatomyLabel.Pancreas);
        float from = gland.Min(p => p.X) + 4, to = gland.Max(p => p.X) - 4;
        List<TubeNode> line = [];
        for (float x = from; x <= to || line.Count < 4; x += MathF.Max(2, MathF.Min(8, (to - from) / 4)))
        {
            List<Vector3> slab = [.. gland.Where(p => MathF.Abs(p.X - x) < 5)];
            if (slab.Count == 0) slab = gland;
            float front = Percentile(slab, p => p.Y, 0.1f), back = Percentile(slab, p => p.Y, 0.9f);
            line.Add(new(new Vector3(x, 0.5f * (front + back), slab.Average(p => p.Z)), Math.Clamp(0.5f * (back - front), 4, 12)));
        }
        int neck = Math.Min(line.Count - 2, line.FindIndex(node => node.Point.X > -6) is var i and > 0 ? i : line.Count / 3);
        return ([.. line], Math.Max(1, neck));
    }

    private DistanceField Field(AnatomyLabel label)
    {
        List<Vector3> points = Of(label);
        var low = new Vector3(points.Min(p => p.X), points.Min(p => p.Y), points.Min(p => p.Z));
        var high = new Vector3(points.Max(p => p.X), points.Max(p => p.Y), points.Max(p => p.Z));
        return DistanceField.Measure(_map, (byte)label, low + Frame, high + Frame, Frame, PitchMm, _cancellation);
    }

    private Vector3 Centre(AnatomyLabel label) => Of(label).Aggregate(Vector3.Zero, (sum, p) => sum + p) / Of(label).Count;

    private static float Percentile(List<Vector3> points, Func<Vector3, float> value, float part)
    {
        float[] sorted = [.. points.Select(value).Order()];
        return sorted[(int)(part * (sorted.Length - 1))];
    }
}
