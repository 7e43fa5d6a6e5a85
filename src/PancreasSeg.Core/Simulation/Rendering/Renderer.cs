using System.Numerics;
using PancreasSeg.Numerics;
using static PancreasSeg.Simulation.TissueClass;

namespace PancreasSeg.Simulation;

/// <summary>A rendering on its grid: HU and the tissue class at every voxel centre, column-fastest.</summary>
internal sealed record RenderedScene(VolumeGrid Grid, float[] Hu, byte[] Classes);

/// <summary>
/// Takes a CT of a scene: every voxel averages the tissues inside it (partial volume, slice thickness), then come tissue
/// texture, the blur of the reconstruction and scanner noise.
/// </summary>
internal sealed class Renderer
{
    private readonly Scene _scene;
    private readonly VolumeGrid _grid;
    private readonly Appearance _look;
    private readonly SceneDeformation _deformation;
    private readonly ScannerNoise _noise;
    private readonly NoiseField _fine, _coarse, _lobules, _strands;
    private readonly float[] _kernelX, _kernelY;
    private readonly Vector3[] _offsets;
    private readonly float _fatThreshold, _muscleThreshold;

    private Renderer(Scene scene, VolumeGrid grid, Appearance look, SceneDeformation deformation, float noiseHu, SeededRandom random)
    {
        (_scene, _grid, _look, _deformation) = (scene, grid, look, deformation);
        _noise = new ScannerNoise(noiseHu, grid.Spacing, random);
        _fine = new NoiseField(random.Next(), random.Uniform(1.2f, 2.4f));
        _coarse = new NoiseField(random.Next(), random.Uniform(4, 9));
        _lobules = new NoiseField(random.Next(), look.LobuleMm);
        _strands = new NoiseField(random.Next(), random.Uniform(6, 12));
        _kernelX = GaussianFilter.Kernel(look.BlurMm / (float)grid.Spacing.X);
        _kernelY = GaussianFilter.Kernel(look.BlurMm / (float)grid.Spacing.Y);
        _offsets = Offsets();
        (_fatThreshold, _muscleThreshold) = (Quantile(look.PancreasFat), Quantile(look.MuscleFat));
    }

    /// <summary>Renders a scene.</summary>
    /// <param name="scene">What is imaged.</param>
    /// <param name="grid">Where: an axial grid (<see cref="VolumeGrid.Axial"/>).</param>
    /// <param name="look">HU, texture, sharpness.</param>
    /// <param name="deformation">From image to scene.</param>
    /// <param name="noiseHu">Standard deviation of the noise in the middle of the body, HU.</param>
    /// <param name="random">Textures and noise; the result depends on its seed only, not on the number of threads.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static RenderedScene Render(Scene scene, VolumeGrid grid, Appearance look, SceneDeformation deformation, float noiseHu,
        SeededRandom random, CancellationToken cancellation = default)
    {
        var renderer = new Renderer(scene, grid, look, deformation, noiseHu, random);
        var result = new RenderedScene(grid, new float[grid.VoxelCount], new byte[grid.VoxelCount]);
        Parallel.For(0, grid.Slices, new ParallelOptions { CancellationToken = cancellation }, () =>
            new Buffers(grid.Columns, grid.Rows), (slice, _, buffers) =>
        {
            renderer.RenderSlice(result, slice, buffers);
            return buffers;
        }, _ => { });
        return result;
    }

    private void RenderSlice(RenderedScene result, int slice, Buffers buffers)
    {
        int width = _grid.Columns, pixels = width * _grid.Rows;
        Span<float> hu = result.Hu.AsSpan(slice * pixels, pixels);
        Span<byte> classes = result.Classes.AsSpan(slice * pixels, pixels);
        for (int j = 0; j < _grid.Rows; j++) RenderRow(buffers, hu.Slice(j * width, width), classes.Slice(j * width, width), j, slice);
        GaussianFilter.Smooth(hu, buffers.Scratch, width, _kernelX, _kernelY);
        if (_look.ParenchymaOnly) LeaveOutFat(hu, classes, buffers.Scratch);
        NoiseWeights(buffers.Weights, classes, slice);
        _noise.AddTo(hu, buffers.Weights, width, slice, buffers.Noise, buffers.Low, buffers.Scratch);
        if (_look.HasCircle) PadOutsideCircle(hu, classes);
    }

    private void RenderRow(Buffers row, Span<float> hu, Span<byte> classes, int j, int slice)
    {
        Vector3D start = _grid.Affine.Apply(new(0, j, slice));
        float x0 = (float)start.X, y = (float)start.Y, z = (float)start.Z, dx = (float)_grid.Spacing.X;
        _deformation.Map(row.X, row.Y, row.Z, x0, dx, y, z);
        AverageTissue(row, hu, classes);
        _fine.Fill(row.X, x0, dx, y, z);
        _coarse.Fill(row.Y, x0, dx, y, z);
        _lobules.Fill(row.Z, x0, dx, y, z);
        _strands.Fill(row.Strands, x0, dx, y, z);
        float fat = _look.Hu[(int)VisceralFat];
        for (int i = 0; i < hu.Length; i++)
        {
            byte tissue = classes[i];
            float value = hu[i] + _look.Texture[tissue] * (0.75f * row.X[i] + 0.65f * row.Y[i]);
            value = (TissueClass)tissue switch
            {
                Pancreas => float.Lerp(value, fat, Math.Clamp(0.5f + 0.5f * (row.Z[i] + 0.4f * row.Y[i] - _fatThreshold), 0, 0.9f)),
                Muscle => float.Lerp(value, fat,
                    Math.Clamp(0.5f + 0.5f * (0.6f * row.X[i] + 0.7f * row.Y[i] + 0.4f * row.Strands[i] - _muscleThreshold), 0, 0.7f)),
                VisceralFat =>
                    value + _look.Stranding * MathF.Max(0, 1 - 7 * MathF.Abs(row.Strands[i])) * Math.Clamp(row.Y[i] + 0.5f, 0, 1),
                _ => value,
            };
            hu[i] = value;
        }
    }

    /// <summary>
    /// Pixels of the gland that hold more fat than parenchyma become fat, as readers outline lobules and not single pixels: at the contour
    /// the pixel itself decides, inside of it the mean of the 3 x 3 gland pixels, which also leaves out what is lost in fat.
    /// </summary>
    private void LeaveOutFat(ReadOnlySpan<float> hu, Span<byte> classes, Span<float> mean)
    {
        int width = _grid.Columns, height = _grid.Rows;
        float middle = 0.5f * (_look.Hu[(int)Pancreas] + _look.Hu[(int)VisceralFat]);
        for (int j = 0; j < height; j++)
            for (int i = 0; i < width; i++)
            {
                int at = i + j * width, count = 0;
                if (classes[at] != (byte)Pancreas) continue;
                float sum = 0;
                for (int y = Math.Max(j - 1, 0); y <= Math.Min(j + 1, height - 1); y++)
                    for (int x = Math.Max(i - 1, 0); x <= Math.Min(i + 1, width - 1); x++)
                        if (classes[x + y * width] == (byte)Pancreas) (sum, count) = (sum + hu[x + y * width], count + 1);
                mean[at] = count == 9 ? sum / count : MathF.Min(sum / count, hu[at]);
            }
        for (int i = 0; i < classes.Length; i++)
            if (classes[i] == (byte)Pancreas && mean[i] < middle) classes[i] = (byte)VisceralFat;
    }

    /// <summary>Mean HU of the sub-samples of each voxel, and the class at its centre.</summary>
    private void AverageTissue(Buffers row, Span<float> hu, Span<byte> classes)
    {
        float scale = 1 / _scene.Spacing;
        var origin = new Vector3((float)_scene.Grid.Origin.X, (float)_scene.Grid.Origin.Y, (float)_scene.Grid.Origin.Z);
        int columns = _scene.Grid.Columns, rows = _scene.Grid.Rows, slices = _scene.Grid.Slices;
        byte[] scene = _scene.Classes;
        float share = 1f / _offsets.Length;
        for (int i = 0; i < hu.Length; i++)
        {
            Vector3 p = (new Vector3(row.X[i], row.Y[i], row.Z[i]) - origin) * scale + new Vector3(0.5f);
            classes[i] = At(p);
            float sum = 0;
            foreach (Vector3 offset in _offsets) sum += _look.Hu[At(p + offset)];
            hu[i] = sum * share;
        }

        byte At(Vector3 index)
        {
            int x = (int)index.X, y = (int)index.Y;
            // Above and below the scene its last slice goes on; beside it there is air.
            int z = Math.Clamp((int)index.Z, 0, slices - 1);
            return index.X >= 0 && index.Y >= 0 && x < columns && y < rows ? scene[x + columns * (y + rows * z)] : (byte)Air;
        }
    }

    /// <summary>Sub-samples of a voxel in scene voxels: two per axis, more through thick slices.</summary>
    private Vector3[] Offsets()
    {
        Vector3D spacing = _grid.Spacing;
        float smallest = _scene.Spacing;
        float x = MathF.Max((float)spacing.X, smallest), y = MathF.Max((float)spacing.Y, smallest),
            z = MathF.Max((float)spacing.Z, smallest);
        int through = Math.Clamp((int)MathF.Round(z / smallest), 2, 4);
        var offsets = new List<Vector3>();
        for (int k = 0; k < through; k++)
            for (int j = 0; j < 2; j++)
                for (int i = 0; i < 2; i++)
                {
                    var offset = new Vector3((i - 0.5f) * 0.5f * x, (j - 0.5f) * 0.5f * y, ((k + 0.5f) / through - 0.5f) * z);
                    offsets.Add(Vector3.TransformNormal(offset, _deformation.Linear) / smallest);
                }
        return [.. offsets];
    }

    private void NoiseWeights(Span<float> weights, ReadOnlySpan<byte> classes, int slice)
    {
        Vector3D origin = _grid.Affine.Apply(new(0, 0, slice));
        for (int j = 0; j < _grid.Rows; j++)
            for (int i = 0; i < _grid.Columns; i++)
            {
                float x = (float)(origin.X + i * _grid.Spacing.X) - _scene.BodyCentre.X,
                    y = (float)(origin.Y + j * _grid.Spacing.Y) - _scene.BodyCentre.Y;
                float inside = MathF.Max(0.75f, 1.15f - (x * x + y * y) / 50000);
                weights[i + j * _grid.Columns] = classes[i + j * _grid.Columns] == (byte)Air ? 0.5f : inside;
            }
    }

    private void PadOutsideCircle(Span<float> hu, Span<byte> classes)
    {
        double cx = (_grid.Columns - 1) / 2.0, cy = (_grid.Rows - 1) / 2.0,
            radius = 0.5 * Math.Min(_grid.Columns * _grid.Spacing.X, _grid.Rows * _grid.Spacing.Y);
        for (int j = 0; j < _grid.Rows; j++)
            for (int i = 0; i < _grid.Columns; i++)
            {
                double x = (i - cx) * _grid.Spacing.X, y = (j - cy) * _grid.Spacing.Y;
                if (x * x + y * y <= radius * radius) continue;
                hu[i + j * _grid.Columns] = CtVolume.AirHu;
                classes[i + j * _grid.Columns] = (byte)Air;
            }
    }

    /// <summary>The value a unit normal exceeds with the given probability (logistic approximation).</summary>
    private static float Quantile(float probability) => MathF.Log((1 - probability) / probability) / 1.702f;

    /// <summary>Working memory of one thread: a row of coordinates or textures, and slices.</summary>
    private sealed class Buffers(int width, int height)
    {
        public float[] X { get; } = new float[width];
        public float[] Y { get; } = new float[width];
        public float[] Z { get; } = new float[width];
        public float[] Strands { get; } = new float[width];
        public float[] Scratch { get; } = new float[width * height];
        public float[] Weights { get; } = new float[width * height];
        public float[] Noise { get; } = new float[width * height];
        public float[] Low { get; } = new float[width * height];
    }
}
