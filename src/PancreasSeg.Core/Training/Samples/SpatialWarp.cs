using System.Numerics;
using PancreasSeg.Numerics;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>
/// Turns, scales, shifts and bends a case about the centre of its volume, and cuts a patch out of it in the same pass: each voxel
/// of the result is looked up once, linearly in the values and by the nearest voxel in the classes.
/// </summary>
internal sealed class SpatialWarp
{
    /// <summary>Pitch in mm of the lattice that bends; organs move as a whole, their outline a little.</summary>
    private const float ElasticCellMm = 40;
    private const float Outside = -1;

    private readonly Matrix4x4 _linear;
    private readonly Vector3 _shift;
    private readonly float _elastic;
    private readonly NoiseField[] _fields;

    private SpatialWarp(Matrix4x4 linear, Vector3 shift, float elastic, SeededRandom random)
    {
        (_linear, _shift, _elastic) = (linear, shift, elastic);
        _fields = [.. Enumerable.Range(0, 3).Select(_ => new NoiseField(random.Next(), ElasticCellMm))];
    }

    /// <summary>A warp that only cuts.</summary>
    public static SpatialWarp None { get; } = new(Matrix4x4.Identity, default, 0, new SeededRandom(0));

    /// <summary>Draws a warp.</summary>
    public static SpatialWarp Draw(AugmentationOptions options, SeededRandom random)
    {
        float angle = (float)(options.Rotation * Math.PI / 180);
        Vector3 turn = random.Jitter(angle, angle, angle);
        float scale = 1 + random.Uniform((float)-options.Scale, (float)options.Scale);
        float mirror = options.Mirror && random.Chance(0.5f) ? -1 : 1;
        float shift = (float)options.ShiftMm;
        Matrix4x4 linear = Matrix4x4.CreateScale(mirror / scale, 1 / scale, 1 / scale)
            * Matrix4x4.CreateRotationX(turn.X) * Matrix4x4.CreateRotationY(turn.Y) * Matrix4x4.CreateRotationZ(turn.Z);
        return new SpatialWarp(linear, random.Jitter(shift, shift, shift), (float)options.ElasticMm, random);
    }

    /// <summary>Where a voxel of a case lies in its warped volume, bending aside; in voxel indices.</summary>
    public Vector3 Find(Vector3 voxel, VolumeGrid grid)
    {
        (Vector3 spacing, Vector3 centre) = Frame(grid);
        Matrix4x4.Invert(_linear, out Matrix4x4 back);
        return Vector3.TransformNormal((voxel - centre) * spacing - _shift, back) / spacing + centre;
    }

    /// <summary>The part of a case that a box of its warped volume shows.</summary>
    /// <param name="item">The case.</param>
    /// <param name="box">Voxels of the warped volume.</param>
    /// <param name="outside">The class of what lies beyond the case; its value is the window's lower end.</param>
    public PreparedCase Apply(PreparedCase item, IndexBox box, byte outside = 0)
    {
        VolumeGrid grid = item.Input.Grid, made = box.Cut(grid);
        (Vector3 spacing, Vector3 centre) = Frame(grid);
        var values = new float[made.VoxelCount];
        var classes = new byte[made.VoxelCount];
        float[][] bend = [new float[made.Columns], new float[made.Columns], new float[made.Columns]];
        Vector3 step = Vector3.TransformNormal(new Vector3(spacing.X, 0, 0), _linear) / spacing;
        var source = new Source(item.Input.Values.Span, item.Classes.Span, grid, outside);
        for (int slice = 0; slice < made.Slices; slice++)
        {
            for (int row = 0; row < made.Rows; row++)
            {
                Vector3 mm = (new Vector3(box.Column, box.Row + row, box.Slice + slice) - centre) * spacing;
                Vector3 start = (Vector3.TransformNormal(mm, _linear) + _shift) / spacing + centre;
                if (_elastic > 0)
                    for (int axis = 0; axis < 3; axis++) _fields[axis].Fill(bend[axis], mm.X, spacing.X, mm.Y, mm.Z);
                int at = made.IndexOf(0, row, slice);
                for (int i = 0; i < made.Columns; i++)
                {
                    Vector3 p = start + i * step;
                    if (_elastic > 0) p += _elastic * new Vector3(bend[0][i], bend[1][i], bend[2][i]) / spacing;
                    (values[at + i], classes[at + i]) = source.At(p);
                }
            }
        }
        return item with { Input = new NetworkInput(made, values), Classes = classes, File = null, Reference = null };
    }

    /// <summary>Voxel size in mm and the centre in voxel indices.</summary>
    private static (Vector3 Spacing, Vector3 Centre) Frame(VolumeGrid grid) => (
        new((float)grid.Spacing.X, (float)grid.Spacing.Y, (float)grid.Spacing.Z),
            new Vector3(grid.Columns - 1, grid.Rows - 1, grid.Slices - 1) / 2);

    private readonly ref struct Source(ReadOnlySpan<float> values, ReadOnlySpan<byte> classes, VolumeGrid grid, byte outside)
    {
        private readonly ReadOnlySpan<float> _values = values;
        private readonly ReadOnlySpan<byte> _classes = classes;
        private readonly int _columns = grid.Columns, _rows = grid.Rows, _slices = grid.Slices;

        /// <summary>Value and class at a point in voxel indices.</summary>
        public (float, byte) At(Vector3 p)
        {
            float x = MathF.Floor(p.X), y = MathF.Floor(p.Y), z = MathF.Floor(p.Z);
            if (x < -1 || y < -1 || z < -1 || x >= _columns || y >= _rows || z >= _slices) return (Outside, outside);
            int i = (int)x, j = (int)y, k = (int)z;
            (float u, float v, float w) = (p.X - x, p.Y - y, p.Z - z);
            int ci = u < 0.5f ? i : i + 1, cj = v < 0.5f ? j : j + 1, ck = w < 0.5f ? k : k + 1;
            byte label = Holds(ci, cj, ck) ? _classes[ci + _columns * (cj + _rows * ck)] : outside;
            return (Mix(Plane(i, j, k, u, v), w == 0 ? 0 : Plane(i, j, k + 1, u, v), w), label);
        }

        private float Plane(int i, int j, int k, float u, float v) => Mix(Line(i, j, k, u), v == 0 ? 0 : Line(i, j + 1, k, u), v);

        private float Line(int i, int j, int k, float u)
        {
            if ((uint)j >= (uint)_rows || (uint)k >= (uint)_slices) return Outside;
            int at = i + _columns * (j + _rows * k);
            if (i >= 0 && i < _columns - 1) return Mix(_values[at], _values[at + 1], u);
            return i < 0 ? Mix(Outside, _values[at + 1], u) : u == 0 ? _values[at] : Mix(_values[at], Outside, u);
        }

        private bool Holds(int i, int j, int k) => (uint)i < (uint)_columns && (uint)j < (uint)_rows && (uint)k < (uint)_slices;

        // Exactly a where t is 0, so that a warp that does nothing changes nothing.
        private static float Mix(float a, float b, float t) => t == 0 ? a : a + t * (b - a);
    }
}
