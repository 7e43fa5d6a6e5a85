namespace PancreasSeg.Core.Tests.Segmentation;

/// <summary>What lies in CT scanners when no patient does: objects of quality checks, vessels with fluids, luggage.</summary>
internal static class TestObjects
{
    private const int Side = 64, Height = 40;
    private const double Voxel = 6, Air = -1000;

    private delegate double Shape(double x, double y, double z);

    private static readonly Dictionary<string, (Shape Hu, double Noise)> s_all = new()
    {
        ["water 160 mm"] = ((x, y, _) => Disc(x, y, 160, 0), 5),
        ["water 100 mm, noisy"] = ((x, y, _) => Disc(x, y, 100, 0), 15),
        ["acrylic"] = ((x, y, _) => Disc(x, y, 160, 120), 15),
        ["soft tissue"] = ((x, y, _) => Disc(x, y, 130, 60), 10),
        ["soft tissue, very noisy"] = ((x, y, _) => Disc(x, y, 130, 40), 40),
        ["cylinder lying across"] = ((_, y, z) => Disc(y, z, 100, 30), 10),
        ["ellipse"] = ((x, y, _) => Ellipse(x, y, 165, 110, 40), 10),
        ["ellipse with a fat ring"] = ((x, y, _) => Ellipse(x, y, 150, 95, 40, Ellipse(x, y, 175, 120, -100)), 10),
        ["ellipse with a spine"] = ((x, y, _) => Disc(x, y - 70, 20, 900, Ellipse(x, y, 165, 110, 40)), 10),
        ["four inserts"] = ((x, y, _) => Rods(x, y, 100, 60, 12.5, 0, 955, -95, Air, 120), 10),
        ["seven small inserts"] = ((x, y, _) => Rods(x, y, 100, 58, 6, 60, 990, 340, 120, -35, -100, -200, Air), 10),
        ["twelve inserts"] = ((x, y, _) => Rods(x, y, 165, 105, 14, 0, -450, -500, -100, -50, 0, 20, 80, 220, 450, 820, 1200, 40), 10),
        ["dose body"] = ((x, y, _) => Rods(x, y, 160, 150, 6.5, 120, Air, Air, Air, Air), 10),
        ["dose head"] = ((x, y, _) => Rods(x, y, 80, 70, 6.5, 120, Air, Air, Air, Air), 10),
        ["thorax of plastic"] = ((x, y, _) => Ellipse(x - 75, y, 45, 70, -800, Ellipse(x + 75, y, 45, 70, -800,
            Disc(x, y - 65, 20, 300, Ellipse(x, y, 150, 100, 35)))), 10),
        ["box"] = ((x, y, _) => Math.Abs(x) < 120 && Math.Abs(y) < 90 ? 20 : Air, 10),
        ["ball"] = ((x, y, z) => x * x + y * y + z * z < 110 * 110 ? 50 : Air, 10),
        ["two cylinders"] = ((x, y, _) => Math.Max(Disc(x - 90, y, 70, 50), Disc(x + 90, y, 70, 50)), 10),
        ["oil on water"] = ((x, y, _) => Disc(x, y, 140, y < 0 ? -90 : 0), 10),
        ["layers"] = ((x, y, z) => Disc(x, y, 140, z < -40 ? -100 : z < 40 ? 40 : 700), 10),
        ["chequer"] = ((x, y, z) => Disc(x, y, 150,
            ((int)(x + 400) / 30 + (int)(y + 400) / 30 + (int)(z + 400) / 30) % 2 == 0 ? -80 : 60), 10),
        ["shells"] = ((x, y, _) => Disc(x, y, 160, (int)(Math.Sqrt(x * x + y * y) / 20) % 2 == 0 ? -60 : 80), 10),
        ["gel"] = ((x, y, z) => Disc(x, y, 150, 40 + 60 * Waves(x, y, z, 25)), 10),
        ["cheese"] = ((x, y, z) => Disc(x, y, 140, Waves(x, y, z, 15) > 0.9 ? -900 : 60), 10),
        ["sand"] = ((x, y, z) => Ellipse(x, y, 150, 80, 500 + 100 * Waves(x, y, z, 10)), 10),
        ["wood"] = ((x, y, _) => Math.Abs(x) < 150 && Math.Abs(y) < 100 ? -120 + 60 * Waves(3 * x, 9 * y, 0, 20) : Air, 10),
        ["luggage"] = ((x, y, z) => Math.Abs(x) < 170 && Math.Abs(y) < 110 ? Waves(x, y, z, 18) switch
        {
            > 0.6 => 100,
            > 0.2 => -80,
            _ => -800,
        }
        : Air, 10),
        ["table"] = ((x, y, _) => Math.Abs(x) < 200 && y is > 120 and < 150 ? -50 : Air, 10),
        ["water on a table"] = ((x, y, _) => Math.Abs(x) < 200 && y is > 120 and < 135 ? -100 : Disc(x, y, 118, 0), 10),
        ["water with a bubble"] = ((x, y, _) => Disc(x, y, 150, y < -110 ? Air : 5), 10),
        ["acrylic with titanium"] = ((x, y, _) => Disc(x, y, 12, 3071, Disc(x, y, 140, 120)), 10),
        ["cone"] = ((x, y, z) => Disc(x, y, 100 + 0.4 * z, 45), 10),
        ["four bottles"] = ((x, y, _) => Math.Max(Math.Max(Disc(x - 80, y - 60, 50, 0), Disc(x + 80, y - 60, 50, 30)),
            Math.Max(Disc(x - 80, y + 60, 50, -80), Disc(x + 80, y + 60, 50, 60))), 10),
        ["livers in water"] = ((x, y, _) => Disc(x + 40, y - 20, 60, 110, Disc(x - 70, y, 30, 110, Ellipse(x, y, 165, 110, 45))), 10),
    };

    public static IEnumerable<string> Names => s_all.Keys;

    public static CtVolume Create(string name)
    {
        (Shape shape, double noise) = s_all[name];
        VolumeGrid grid = VolumeGrid.Axial(Side, Side, Height, new(Voxel, Voxel, Voxel));
        var hu = new short[grid.VoxelCount];
        var random = new Random(1);
        for (int i = 0; i < hu.Length; i++)
        {
            (int x, int y, int z) = grid.VoxelOf(i);
            double value = shape((x - (Side - 1) / 2.0) * Voxel, (y - (Side - 1) / 2.0) * Voxel, (z - (Height - 1) / 2.0) * Voxel);
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            hu[i] = (short)Math.Clamp(value + noise * normal, -1024, 3071);
        }
        return new CtVolume(grid, hu, new(name));
    }

    private static double Disc(double x, double y, double radius, double hu, double outside = Air) =>
        x * x + y * y < radius * radius ? hu : outside;

    private static double Ellipse(double x, double y, double width, double depth, double hu, double outside = Air) =>
        x * x / (width * width) + y * y / (depth * depth) < 1 ? hu : outside;

    private static double Rods(double x, double y, double radius, double ring, double rod, double body, params double[] hu)
    {
        for (int i = 0; i < hu.Length; i++)
        {
            (double sin, double cos) = Math.SinCos(2 * Math.PI * i / hu.Length);
            if ((x - ring * cos) * (x - ring * cos) + (y - ring * sin) * (y - ring * sin) < rod * rod) return hu[i];
        }
        return Disc(x, y, radius, body);
    }

    private static double Waves(double x, double y, double z, double length) => (Math.Sin(x / length) + Math.Sin(1.3 * y / length + 1)
        + Math.Sin(0.9 * z / length + 2) + Math.Sin(0.7 * (x + y) / length) + Math.Sin(1.1 * (y - z) / length)) / 3;
}
