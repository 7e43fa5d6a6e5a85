using System.Numerics;
using PancreasSeg.Numerics;

namespace PancreasSeg.Simulation;

/// <summary>
/// Where a point of the image is found in the scene: rotation and scale about a centre, then a smooth random displacement.
/// Many renderings of one scene differ by this.
/// </summary>
internal sealed class SceneDeformation
{
    private readonly Matrix4x4 _linear;
    private readonly Vector3 _centre;
    private readonly float _amplitude, _fineAmplitude;
    private readonly NoiseField[] _wide, _fine;

    private SceneDeformation(Matrix4x4 linear, Vector3 centre, float amplitude, float fineAmplitude, SeededRandom random)
    {
        (_linear, _centre, _amplitude, _fineAmplitude) = (linear, centre, amplitude, fineAmplitude);
        _wide = [.. Enumerable.Range(0, 3).Select(_ => new NoiseField(random.Next(), 50))];
        _fine = [.. Enumerable.Range(0, 3).Select(_ => new NoiseField(random.Next(), 16))];
    }

    /// <summary>The scene as it was built.</summary>
    public static SceneDeformation None { get; } = new(Matrix4x4.Identity, default, 0, 0, new SeededRandom(0));

    /// <summary>The linear part: image mm to scene mm.</summary>
    public Matrix4x4 Linear => _linear;

    /// <summary>Draws a deformation: up to 9 degrees, scale 0.85 to 1.25 with up to 8 % per axis, displacements of 1-7 mm.</summary>
    /// <param name="centre">Point of the image about which it turns and which shows the scene's same point.</param>
    /// <param name="random">Its randomness.</param>
    public static SceneDeformation Sample(Vector3 centre, SeededRandom random)
    {
        const float degree = MathF.PI / 180;
        Vector3 angle = random.Jitter(9 * degree, 9 * degree, 9 * degree);
        float scale = random.Uniform(0.85f, 1.25f);
        Vector3 stretch = new Vector3(scale) + random.Jitter(0.08f, 0.08f, 0.08f);
        if (random.Chance(0.3f)) stretch.Y *= random.Uniform(1, 1.2f);
        Matrix4x4 linear = Matrix4x4.CreateScale(Vector3.One / stretch) * Matrix4x4.CreateRotationX(angle.X) * Matrix4x4.CreateRotationY(
            angle.Y) * Matrix4x4.CreateRotationZ(angle.Z);
        return new SceneDeformation(linear, centre, random.Uniform(1, 7), random.Chance(0.6f) ? random.Uniform(0.3f, 1.5f) : 0, random);
    }

    /// <summary>
    /// Draws a deformation as wide as patients differ, and wider, for training: up to 10 degrees, scale 0.76 to 1.16 with up to 9 %
    /// per axis, trunks flattened by up to a fifth, displacements of 2-12 mm.
    /// </summary>
    public static SceneDeformation SampleWide(Vector3 centre, SeededRandom random)
    {
        const float degree = MathF.PI / 180;
        Vector3 angle = random.Jitter(10 * degree, 10 * degree, 10 * degree);
        Vector3 stretch = new Vector3(random.Uniform(0.76f, 1.16f)) * (Vector3.One + random.Jitter(0.09f, 0.09f, 0.09f));
        if (random.Chance(0.35f)) stretch.Y /= random.Uniform(1, 1.25f);
        Matrix4x4 linear = Matrix4x4.CreateScale(Vector3.One / stretch) * Matrix4x4.CreateRotationX(angle.X) * Matrix4x4.CreateRotationY(
            angle.Y) * Matrix4x4.CreateRotationZ(angle.Z);
        float wide = random.Chance(0.8f) ? random.Uniform(2, 8) : random.Uniform(8, 12);
        return new SceneDeformation(linear, centre, wide, random.Chance(0.6f) ? random.Uniform(0.4f, 1.8f) : 0, random);
    }

    /// <summary>Scene points of a row of image points (x0 + i dx, y, z); the three spans have one element per point.</summary>
    public void Map(Span<float> x, Span<float> y, Span<float> z, float x0, float dx, float py, float pz)
    {
        if (_amplitude > 0)
        {
            _wide[0].Fill(x, x0, dx, py, pz);
            _wide[1].Fill(y, x0, dx, py, pz);
            _wide[2].Fill(z, x0, dx, py, pz);
        }
        else
        {
            x.Clear();
            y.Clear();
            z.Clear();
        }
        Vector3 start = Vector3.Transform(new Vector3(x0, py, pz) - _centre, _linear) + _centre,
            step = Vector3.TransformNormal(new Vector3(dx, 0, 0), _linear);
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = _amplitude * x[i] + start.X + i * step.X;
            y[i] = _amplitude * y[i] + start.Y + i * step.Y;
            z[i] = _amplitude * z[i] + start.Z + i * step.Z;
        }
        if (_fineAmplitude <= 0) return;
        Span<float> fine = stackalloc float[x.Length];
        AddFine(_fine[0], fine, x, x0, dx, py, pz);
        AddFine(_fine[1], fine, y, x0, dx, py, pz);
        AddFine(_fine[2], fine, z, x0, dx, py, pz);
    }

    private void AddFine(NoiseField field, Span<float> scratch, Span<float> values, float x0, float dx, float y, float z)
    {
        field.Fill(scratch, x0, dx, y, z);
        for (int i = 0; i < values.Length; i++) values[i] += _fineAmplitude * scratch[i];
    }
}
