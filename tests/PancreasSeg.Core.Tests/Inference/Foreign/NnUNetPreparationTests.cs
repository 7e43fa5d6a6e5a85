using PancreasSeg.Inference.Foreign;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Core.Tests.Inference.Foreign;

public class NnUNetPreparationTests
{
    [Fact]
    public void The_box_holds_what_is_not_zero_and_all_where_all_is_zero()
    {
        var values = new float[4 * 5 * 6];
        var image = new VoxelArray<float>(values, [4, 5, 6]);
        (int[] start, int[] shape) = BodyMask.Box(image, default);
        Assert.Equal([0, 0, 0], start);
        Assert.Equal([4, 5, 6], shape);
        values[(1 * 5 + 2) * 6 + 3] = -1;
        values[(2 * 5 + 4) * 6 + 1] = 7;
        (start, shape) = BodyMask.Box(image, default);
        Assert.Equal([1, 2, 1], start);
        Assert.Equal([2, 3, 3], shape);
    }

    [Fact]
    public void What_is_enclosed_belongs_to_the_body()
    {
        // A shell of ones round a zero, and a zero that reaches the border through an open corner's face.
        float[] values = [.. Enumerable.Repeat(1f, 125)];
        values[(2 * 5 + 2) * 5 + 2] = 0;
        values[(1 * 5 + 1) * 5 + 4] = 0;
        bool[] body = BodyMask.Of(new VoxelArray<float>(values, [5, 5, 5]));
        Assert.Equal([(1 * 5 + 1) * 5 + 4], Enumerable.Range(0, 125).Where(i => !body[i]));
    }

    [Fact]
    public void Ct_values_are_clipped_then_scaled()
    {
        var image = new VoxelArray<float>([-500, 0, 100, 900], [1, 1, 4]);
        IntensityScaling.Apply(image, new IntensityScheme(IntensityKind.Ct, -100, 200, 50, 25, false), [1, 1, 4], default);
        Assert.Equal([-6f, -2, 2, 6], image.Values);
    }

    [Fact]
    public void Rescaling_brings_the_range_to_one()
    {
        var image = new VoxelArray<float>([-100, 0, 100, 300], [1, 2, 2]);
        IntensityScaling.Apply(image, new IntensityScheme(IntensityKind.UnitRange, 0, 0, 0, 1, false), [1, 2, 2], default);
        Assert.Equal([0f, 0.25f, 0.5f, 1], image.Values);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(100)]
    [InlineData(1000)]
    public void Values_are_standardised_by_their_own_mean_and_deviation(int count)
    {
        VoxelArray<float> image = ArrayResamplerTests.Noise([1, 1, count]);
        double mean = image.Values.Average(v => (double)v), deviation = Math.Sqrt(image.Values.Average(v => (v - mean) * (v - mean)));
        float[] before = [.. image.Values];
        IntensityScaling.Apply(image, new IntensityScheme(IntensityKind.ZScore, 0, 0, 0, 1, false), image.Shape, default);
        Assert.All(image.Values.Zip(before), pair => Assert.Equal((pair.Second - mean) / deviation, pair.First, 1e-5));
    }

    [Fact]
    public void With_a_mask_only_the_body_counts_and_changes()
    {
        var image = new VoxelArray<float>([0, 0, 0, 0, 10, 30, 0, 0, 0], [1, 3, 3]);
        IntensityScaling.Apply(image, new IntensityScheme(IntensityKind.ZScore, 0, 0, 0, 1, true), [1, 3, 3], default);
        Assert.Equal([0f, 0, 0, 0, -1, 1, 0, 0, 0], image.Values);
    }

    [Fact]
    public void Float32_is_added_in_pairs()
    {
        // 0.1 a million times: one by one float32 arrives at 100958.
        Assert.Equal(1_000_003 * (double)0.1f, IntensityScaling.PairwiseSum([.. Enumerable.Repeat(0.1f, 1_000_003)]), 0.05);
    }

    [Theory]
    [InlineData(40, 40, 0.5, new[] { 0 })]
    [InlineData(41, 40, 0.5, new[] { 0, 1 })]
    [InlineData(95, 64, 0.5, new[] { 0, 31 })]
    [InlineData(100, 40, 0.5, new[] { 0, 20, 40, 60 })]
    [InlineData(72, 48, 0.5, new[] { 0, 24 })]
    [InlineData(147, 128, 0.8, new[] { 0, 19 })]
    [InlineData(105, 40, 0.5, new[] { 0, 16, 32, 49, 65 })]
    public void Patches_are_spread_evenly(int size, int patch, double step, int[] expected) =>
        Assert.Equal(expected, PatchGrid.Starts(size, patch, step));

    [Fact]
    public void Weights_are_a_gaussian_in_float16_that_nowhere_vanishes()
    {
        float[] weights = PatchGrid.Weights([64, 64, 8]);
        Assert.Equal(10, weights[(32 * 64 + 32) * 8 + 4]);
        Assert.Equal((float)(Half)(10 * Math.Exp(-0.5 * Math.Pow(3 / 8.0, 2))), weights[(35 * 64 + 32) * 8 + 4]);
        Assert.Equal((float)Half.Epsilon, weights.Min());
        Assert.All(weights, w => Assert.Equal(w, (float)(Half)w));
    }
}
