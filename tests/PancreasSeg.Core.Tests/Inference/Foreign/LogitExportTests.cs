using PancreasSeg.Inference.Foreign;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Core.Tests.Inference.Foreign;

public class LogitExportTests
{
    private static readonly ResamplingScheme s_linear = new(ResamplingKind.Spline, 1, null);

    [Fact]
    public void Rows_are_interpolated_in_float64_and_rounded_once_to_float16()
    {
        // Every pair of neighbours and every part of the way: against .NET's own rounding, which is to the nearest, ties to even.
        var random = new Random(8);
        double[] values = [.. Enumerable.Range(0, 40_003)
            .Select(i => i % 3 == 0 ? Math.ScaleB(random.NextDouble() - 0.5, random.Next(-26, 17))
                : (random.Next(-9000, 9000) + 0.5) / 1024 * (1 << random.Next(4)))];
        var rounded = new float[values.Length];
        LineKernels.RoundToHalf(values, rounded);
        Assert.All(values.Zip(rounded), pair => Assert.Equal((float)(Half)pair.First, pair.Second));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Logits_are_resampled_as_images_are(int? separate)
    {
        int[] from = [5, 6, 7], to = [8, 9, 40];
        VoxelArray<float>[] channels = [Halves(from, 1), Halves(from, 2)];
        float[][] made = Resample(channels, to, s_linear, separate);
        int i = 0;
        for (int a = 0; a < to[0]; a++)
            for (int b = 0; b < to[1]; b++)
                for (int c = 0; c < to[2]; c++, i++)
                {
                    double x = Place(0, a), y = Place(1, b), z = Place(2, c);
                    for (int channel = 0; channel < channels.Length; channel++)
                    {
                        double exact = ArrayResamplerTests.Trilinear(channels[channel], x, y, z);
                        // Where the exact value lies between two float16 numbers its last bit decides.
                        Assert.Contains(made[channel][i], new[] { exact - 1e-9, exact + 1e-9 }.Select(v => (float)(Half)v));
                    }
                }

        double Place(int axis, int index)
        {
            double at = ArrayResamplerTests.Place(index, from[axis], to[axis]);
            return axis == separate ? Math.Min(Math.Floor(at + 0.5), from[axis] - 1) : at;
        }
    }

    [Theory]
    [InlineData(17, null)]
    [InlineData(17, 0)]
    [InlineData(5, null)]
    [InlineData(2, null)]
    [InlineData(2, 0)]
    [InlineData(1, null)]
    public void However_many_slices_come_at_a_time_the_rows_are_the_same(int depth, int? separate)
    {
        int[] from = [5, 6, 7], to = [depth, 9, 11];
        VoxelArray<float>[] channels = [Halves(from, 3), Halves(from, 4)];
        float[][] whole = Resample(channels, to, s_linear, separate, slab: 5);
        foreach (int slab in (int[])[1, 2, 3, 4]) Assert.Equal(whole, Resample(channels, to, s_linear, separate, slab));
    }

    [Fact]
    public void Torchs_interpolation_stays_in_float32()
    {
        int[] from = [5, 6, 7], to = [8, 9, 12];
        VoxelArray<float>[] channels = [Halves(from, 1)];
        float[][] made = Resample(channels, to, new ResamplingScheme(ResamplingKind.Linear, 1, null), null);
        float[] expected = ArrayResampler.Resample(channels[0], to, s_linear, null, default).Values;
        Assert.All(expected.Zip(made[0]), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
        Assert.Contains(made[0], v => (float)(Half)v != v);
        Assert.Equal(channels[0].Values, Resample(channels, from, new ResamplingScheme(ResamplingKind.Linear, 1, null), null)[0]);
    }

    [Fact]
    public void Of_equal_logits_the_first_channel_wins()
    {
        NnUNetLabels labels = Labels("""{ "background": 0, "a": 1, "b": 2 }""");
        float[] logits = [1, 0, 0, 5, .. new float[] { 1, 2, 0, 5 }, .. new float[] { 0, 2, 3, 6 }];
        var result = new byte[4];
        var probabilities = new float[4];
        new LabelDecision(labels, result, 2, probabilities).Take(0, 4, logits);
        Assert.Equal([0, 1, 2, 2], result);
        Assert.Equal(Math.Exp(3) / (2 + Math.Exp(3)), probabilities[2], 1e-6);
    }

    [Fact]
    public void Later_regions_overwrite_earlier_ones()
    {
        NnUNetLabels labels =
            Labels("""{ "background": 0, "gland": [1, 2], "tumour": 2, "ignore": 3 }""", """, "regions_class_order": [1, 2]""");
        Assert.Equal(["gland", "tumour"], labels.Classes.Select(c => c.Name));
        Assert.Equal(2, labels.Channels);
        float[] logits = [-1, 1, 1, -1, 0, .. new float[] { -1, -1, 1, 1, 1e-8f }];
        var result = new byte[5];
        var probabilities = new float[5];
        new LabelDecision(labels, result, 0, probabilities).Take(0, 5, logits);
        Assert.Equal([0, 1, 2, 2, 0], result);                                   // a half is not above a half
        Assert.Equal(1 / (1 + Math.Exp(-1)), probabilities[1], 1e-6);
    }

    [Fact]
    public void An_ignored_label_has_no_channel()
    {
        NnUNetLabels labels = Labels("""{ "background": 0, "pancreas": 1, "ignore": 2 }""");
        Assert.Equal(2, labels.Channels);
        Assert.Equal("pancreas", labels.Find("Pancreas")!.Name);
    }

    private static NnUNetLabels Labels(string labels, string more = "") =>
        NnUNetLabels.Parse(
            System.Text.Encoding.UTF8.GetBytes($$"""{ "channel_names": { "0": "CT" }, "labels": {{labels}}{{more}} }"""), "dataset.json");

    private static float[][] Resample(VoxelArray<float>[] channels, int[] to, ResamplingScheme scheme, int? separate,
        int slab = 2)
    {
        float[][] made = [.. channels.Select(_ => new float[to[0] * to[1] * to[2]])];
        var resampler = new LogitResampler(channels[0].Shape, to, scheme, separate, (start, width, rows) =>
        {
            for (int c = 0; c < made.Length; c++) rows.Slice(c * width, width).CopyTo(made[c].AsSpan(start));
        });
        int plane = channels[0].Shape[1] * channels[0].Shape[2], depth = channels[0].Shape[0];
        for (int first = 0, next; first < depth; first = next)
        {
            next = Math.Min(first + slab, depth);
            Range part = (first * plane)..(next * plane);
            resampler.Take(new LogitMap([.. channels.Select(c => c.Values[part].Select(v => (Half)v).ToArray())],
                [next - first, channels[0].Shape[1], channels[0].Shape[2]]), default);
        }
        return made;
    }

    private static VoxelArray<float> Halves(int[] shape, int seed)
    {
        VoxelArray<float> noise = ArrayResamplerTests.Noise(shape, seed);
        return noise with { Values = [.. noise.Values.Select(v => (float)(Half)(10 * v - 5))] };
    }
}
