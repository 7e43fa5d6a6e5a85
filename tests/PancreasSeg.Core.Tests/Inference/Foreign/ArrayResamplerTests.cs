using PancreasSeg.Inference.Foreign;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Core.Tests.Inference.Foreign;

/// <summary>Resampling against direct solutions: splines by a full matrix, linear interpolation by its definition.</summary>
public class ArrayResamplerTests
{
    private static readonly ResamplingScheme s_cubic = new(ResamplingKind.Spline, 3, null), s_linear = new(ResamplingKind.Spline, 1, null);

    public static TheoryData<int[], int[]> Shapes() => new()
    {
        { [7, 9, 5], [11, 6, 8] },
        { [3, 16, 40], [3, 20, 13] },                                            // an axis that stays, a line longer than a vector
        { [1, 4, 4], [2, 7, 3] },
        { [5, 5, 5], [1, 1, 1] },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Cubic_splines_are_those_of_the_solved_system(int[] from, int[] to)
    {
        VoxelArray<float> image = Noise(from);
        double[] expected = [.. image.Values.Select(v => (double)v)];
        int[] shape = [.. from];
        for (int axis = 0; axis < 3; axis++)
        {
            expected = Along(expected, shape, axis, to[axis], Spline(shape[axis], to[axis]));
            shape[axis] = to[axis];
        }
        (float low, float high) = (image.Values.Min(), image.Values.Max());
        VoxelArray<float> made = ArrayResampler.Resample(image, to, s_cubic, null, default);
        Assert.Equal(to, made.Shape);
        Assert.All(made.Values.Zip(expected), pair => Assert.Equal(Math.Clamp(pair.Second, low, high), pair.First, 1e-5));
        if (to.Max() > 5) Assert.Contains(expected, v => v < low || v > high);   // else clipping was not tried
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Linear_interpolation_keeps_to_its_definition(int[] from, int[] to)
    {
        VoxelArray<float> image = Noise(from);
        VoxelArray<float> made = ArrayResampler.Resample(image, to, s_linear, null, default);
        int i = 0;
        for (int a = 0; a < to[0]; a++)
            for (int b = 0; b < to[1]; b++) for (int c = 0; c < to[2]; c++) Assert.Equal(Trilinear(image, Place(a, from[0], to[0]),
                Place(b, from[1], to[1]), Place(c, from[2], to[2])), made.Values[i++], 1e-6);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_separate_axis_takes_the_nearest_slice_and_each_slice_its_own_range(int axis)
    {
        int[] from = [6, 7, 8], to = [9, 10, 11];
        VoxelArray<float> image = Noise(from);
        VoxelArray<float> made = ArrayResampler.Resample(image, to, s_cubic, axis, default);
        int[] others = [.. Enumerable.Range(0, 3).Where(a => a != axis)];
        for (int n = 0; n < to[axis]; n++)
        {
            int nearest = Math.Clamp((int)Math.Floor((n + 0.5) * from[axis] / to[axis] - 0.5 + 0.5), 0, from[axis] - 1);
            float[] slice = Slice(image, axis, nearest);
            int[] shape = [.. others.Select(a => from[a])];
            double[] expected = Along([.. slice.Select(v => (double)v)], [1, shape[0], shape[1]], 1, to[others[0]],
                Spline(shape[0], to[others[0]]));
            expected = Along(expected, [1, to[others[0]], shape[1]], 2, to[others[1]], Spline(shape[1], to[others[1]]));
            Assert.All(Slice(made, axis, n).Zip(expected),
                pair => Assert.Equal(Math.Clamp(pair.Second, slice.Min(), slice.Max()), pair.First, 1e-5));
        }
    }

    [Fact]
    public void An_image_of_the_right_shape_is_handed_through()
    {
        VoxelArray<float> image = Noise([4, 5, 6]);
        Assert.Same(image, ArrayResampler.Resample(image, [4, 5, 6], s_cubic, null, default));
        Assert.Same(image, ArrayResampler.Resample(image, [9, 9, 9], new ResamplingScheme(ResamplingKind.None, 3, null), null, default));
    }

    [Theory]
    [InlineData(null, new[] { 3.0, 1, 1 }, new[] { 1.0, 1, 1 }, null)]           // three times is not more than three times
    [InlineData(null, new[] { 3.1, 1, 1 }, new[] { 1.0, 1, 1 }, 0)]
    [InlineData(null, new[] { 1.0, 3.1, 1 }, new[] { 5.0, 1, 1 }, 1)]            // the image's own axis comes first
    [InlineData(null, new[] { 1.0, 1, 1 }, new[] { 1.0, 1, 5 }, 2)]
    [InlineData(null, new[] { 4.0, 4, 1 }, new[] { 1.0, 1, 5 }, null)]           // two coarsest axes: none, and the plan is not asked
    [InlineData(true, new[] { 1.0, 1.2, 1 }, new[] { 5.0, 1, 1 }, 1)]
    [InlineData(false, new[] { 9.0, 1, 1 }, new[] { 9.0, 1, 1 }, null)]
    public void The_separate_axis_is_the_coarsest(bool? force, double[] from, double[] to, int? expected) =>
        Assert.Equal(expected, (s_cubic with { ForceSeparate = force }).SeparateAxis(from, to));

    internal static VoxelArray<float> Noise(int[] shape, int seed = 3)
    {
        var random = new Random(seed);
        return new VoxelArray<float>([.. Enumerable.Range(0, shape[0] * shape[1] * shape[2]).Select(_ => random.NextSingle())], shape);
    }

    internal static double Place(int i, int n, int m) => Math.Clamp((i + 0.5) * n / m - 0.5, 0, n - 1);

    internal static double Trilinear(VoxelArray<float> image, double a, double b, double c)
    {
        double sum = 0;
        for (int i = 0; i < image.Values.Length; i++)
        {
            int z = i / image.Shape[2] / image.Shape[1], y = i / image.Shape[2] % image.Shape[1], x = i % image.Shape[2];
            sum += Math.Max(0, 1 - Math.Abs(a - z)) * Math.Max(0, 1 - Math.Abs(b - y)) * Math.Max(0, 1 - Math.Abs(c - x)) * image.Values[i];
        }
        return sum;
    }

    private static float[] Slice(VoxelArray<float> image, int axis, int index) =>
        [.. image.Values.Where((_, i) => (axis switch { 0 => i / image.Shape[2] / image.Shape[1], 1 => i / image.Shape[2] % image.Shape[1],
            _ => i % image.Shape[2] }) == index)];

    private static double[] Along(double[] values, int[] shape, int axis, int target, double[,] matrix)
    {
        int inner = shape[(axis + 1)..].Aggregate(1, (a, b) => a * b), outer = values.Length / inner / shape[axis];
        var result = new double[outer * target * inner];
        for (int o = 0; o < outer; o++)
            for (int t = 0; t < target; t++) for (int s = 0; s < shape[axis]; s++) for (int i = 0; i < inner; i++) result[(o * target
                + t) * inner + i] += matrix[t, s] * values[(o * shape[axis] + s) * inner + i];
        return result;
    }

    /// <summary>
    /// Interpolation as a matrix: the spline's coefficients over the axis with 12 end values to each side, mirrored beyond, solve
    /// (c[i-1] + 4 c[i] + c[i+1]) / 6 = value[i]; Gaussian elimination.
    /// </summary>
    private static double[,] Spline(int n, int m)
    {
        const int pad = 12;
        int size = n + 2 * pad;
        var system = new double[size, size + n];
        for (int i = 0; i < size; i++)
        {
            system[i, i] += 4.0 / 6;
            system[i, Math.Max(i - 1, 0)] += 1.0 / 6;
            system[i, Math.Min(i + 1, size - 1)] += 1.0 / 6;
            system[i, size + Math.Clamp(i - pad, 0, n - 1)] = 1;
        }
        for (int p = 0; p < size; p++)
            for (int r = 0; r < size; r++)
            {
                if (r == p || system[r, p] == 0) continue;
                double factor = system[r, p] / system[p, p];
                for (int c = p; c < size + n; c++) system[r, c] -= factor * system[p, c];
            }
        var matrix = new double[m, n];
        for (int t = 0; t < m; t++)
        {
            double x = (t + 0.5) * n / m - 0.5 + pad;
            for (int i = 0; i < size; i++)
            {
                double d = Math.Abs(x - i), weight = d < 1 ? (4 - 6 * d * d + 3 * d * d * d) / 6 : d < 2 ? Math.Pow(2 - d, 3) / 6 : 0;
                for (int s = 0; s < n; s++) matrix[t, s] += weight * system[i, size + s] / system[i, i];
            }
        }
        return matrix;
    }
}
