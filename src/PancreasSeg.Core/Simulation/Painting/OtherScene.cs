using System.Numerics;
using PancreasSeg.Numerics;
using static PancreasSeg.Simulation.TissueClass;

namespace PancreasSeg.Simulation;

/// <summary>
/// What else lies in a scanner: legs, arms, a head, a vessel of some fluid. Rods along the table, each of layers round its axis, so that a
/// locator learns what holds no pancreas.
/// </summary>
internal static class OtherScene
{
    private const int Size = 160, Height = 130;

    /// <summary>Draws one, 384 x 384 x 312 mm; its centres are the middle of it.</summary>
    public static Scene Draw(SeededRandom random)
    {
        const float spacing = 2.4f, half = 0.5f * spacing * (Size - 1);
        Rod[] rods = [.. random.Choose(0.4f, 0.25f, 0.35f) switch { 0 => Limbs(random), 1 => Head(random), _ => Things(random) }];
        VolumeGrid grid = VolumeGrid.Axial(Size, Size, Height, new(spacing, spacing, spacing), new(-half, -half, -0.5f * spacing * Height));
        var classes = new byte[grid.VoxelCount];
        for (int k = 0; k < Height; k++)
        {
            Span<byte> slice = classes.AsSpan(k * grid.SliceLength, grid.SliceLength);
            foreach (Rod rod in rods) rod.Paint(slice, spacing, half, spacing * (k - Height / 2));
        }
        return new Scene(grid, classes, Vector3.Zero, Vector3.Zero, random.Uniform(0, 1));
    }

    /// <summary>One limb, or two side by side.</summary>
    private static IEnumerable<Rod> Limbs(SeededRandom random)
    {
        float radius = random.Uniform(30, 88), fat = random.Uniform(2, 0.35f * radius), bone = random.Uniform(0.14f, 0.24f) * radius;
        (TissueClass, float)[] layers =
            [(Skin, 2), (SubcutaneousFat, fat), (Muscle, 0.93f * radius - fat - bone - 2), (BoneCortical, 0.4f * bone),
                (BoneTrabecular, radius)];
        float apart = random.Chance(0.6f) ? 1.08f * radius : 0;
        for (int side = apart > 0 ? -1 : 1; side <= 1; side += 2)
            yield return new Rod(new(side * apart, random.Uniform(-6, 6)), new(radius, radius * random.Uniform(0.85f, 1.1f)),
                random.Uniform(-0.25f, 0.25f), layers, random);
    }

    private static IEnumerable<Rod> Head(SeededRandom random)
    {
        var radii = new Vector2(random.Uniform(66, 82), random.Uniform(82, 102));
        yield return new Rod(Vector2.Zero, radii, random.Uniform(-0.1f, 0.1f),
            [(Skin, 2), (SubcutaneousFat, random.Uniform(1, 6)), (BoneCortical, random.Uniform(4, 9)), (SpinalCanal, 200)], random)
        {
            Top = random.Uniform(40, 140)
        };
    }

    private static IEnumerable<Rod> Things(SeededRandom random)
    {
        TissueClass[] fillings = [BowelLumen, Gallbladder, SubcutaneousFat, BowelContrast, Liver, Muscle, StomachGas];
        for (int n = random.Integer(1, 4); n > 0; n--)
        {
            TissueClass inside = fillings[random.Integer(0, fillings.Length - 1)], core = fillings[random.Integer(0, fillings.Length - 1)];
            float radius = random.Uniform(15, 120);
            yield return new Rod(new(random.Uniform(-70, 70), random.Uniform(-70, 70)), new(radius, radius * random.Uniform(0.6f, 1.2f)),
                random.Uniform(-0.2f, 0.2f), [(Table, random.Uniform(1, 6)), (inside, radius * random.Uniform(0.2f, 1)), (core, 200)],
                random)
            {
                Top = random.Chance(0.5f) ? random.Uniform(0, 120) : float.PositiveInfinity
            };
        }
    }

    /// <summary>An elliptic rod that leans, swells and ends at a dome.</summary>
    /// <param name="centre">Of its cut at height 0, mm.</param>
    /// <param name="radii">Half axes, mm.</param>
    /// <param name="lean">mm aside per mm of height.</param>
    /// <param name="layers">Tissues from the surface inwards, with their thickness in mm.</param>
    /// <param name="random">Its unevenness.</param>
    private sealed class Rod(Vector2 centre, Vector2 radii, float lean, (TissueClass Tissue, float Mm)[] layers, SeededRandom random)
    {
        private readonly NoiseField _swelling = new(random.Next(), 60), _surface = new(random.Next(), 25);

        /// <summary>mm above the middle where it ends.</summary>
        public float Top { get; init; } = float.PositiveInfinity;

        public void Paint(Span<byte> slice, float spacing, float half, float z)
        {
            float over = MathF.Max(0, z - Top + radii.X) / radii.X;
            if (over >= 1) return;
            Vector2 axes = radii * (1 + 0.08f * _swelling.At(0, 0, z)) * MathF.Sqrt(1 - over * over);
            for (int j = 0; j < Size; j++)
                for (int i = 0; i < Size; i++)
                {
                    Vector2 at = new Vector2(i, j) * spacing - new Vector2(half + lean * z, half) - centre;
                    float depth = (1 - (at / axes).Length()) * MathF.Min(axes.X, axes.Y);
                    if (depth < -4) continue;
                    depth += _surface.At(at.X, at.Y, z);
                    if (depth >= 0) slice[i + Size * j] = (byte)At(depth);
                }
        }

        private TissueClass At(float depth)
        {
            int layer = 0;
            while (layer < layers.Length - 1 && (depth -= layers[layer].Mm) > 0) layer++;
            return layers[layer].Tissue;
        }
    }
}
