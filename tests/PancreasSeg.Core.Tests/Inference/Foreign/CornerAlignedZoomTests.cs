using PancreasSeg.Inference.Foreign;

namespace PancreasSeg.Core.Tests.Inference.Foreign;

public class CornerAlignedZoomTests
{
    /// <summary>Numbers of scipy 1.10.1's ndimage.zoom(mode="nearest") over the same values, cut to int32: every voxel of the result
    /// enters, in order.</summary>
    [Theory]
    [InlineData(new[] { 7, 9, 11 }, new[] { 5, 13, 8 }, 4147598950, 801783337, 188160750)]
    [InlineData(new[] { 6, 5, 4 }, new[] { 6, 10, 3 }, 142953696, 1198854282, 1218921252)]
    [InlineData(new[] { 1, 8, 9 }, new[] { 1, 5, 14 }, 4092324505, 1917647078, 2532967176)]
    [InlineData(new[] { 30, 41, 52 }, new[] { 37, 33, 61 }, 4050789396, 2865117057, 24525204)]
    public void Every_number_is_that_of_scipy(int[] from, int[] to, uint nearest, uint linear, uint cubic)
    {
        uint[] numbers = Numbers(from[0] * from[1] * from[2]);
        var labels = new VoxelArray<byte>([.. numbers.Select(n => (byte)(n % 118))], from);
        Assert.Equal(nearest, Hash(CornerAlignedZoom.Nearest(labels, to, default).Values.Select(v => (int)v)));
        // A quarter is air: one value throughout, of which interpolation may lose the last bit and the cut then a whole HU.
        var hu = new VoxelArray<float>(
            [.. numbers.Select((n, i) => i < numbers.Length / 4 ? -1024f : (float)Math.Floor(n / 16777216.0 * 1500) - 1000)], from);
        Assert.Equal(linear, Hash(CornerAlignedZoom.Resample(hu, to, 1, default).Values.Select(v => (int)v)));
        Assert.Equal(cubic, Hash(CornerAlignedZoom.Resample(hu, to, 3, default).Values.Select(v => (int)v)));
    }

    [Fact]
    public void Corners_stay_and_what_lies_between_is_on_the_line_between()
    {
        // x + 10 y + 100 z, which linear and cubic interpolation keep; places by the rule of corners, cut towards 0.
        int[] from = [4, 5, 6], to = [7, 3, 11];
        float[] values = [.. Enumerable.Range(0, 120).Select(i => 1000f * (i % 6 + 10 * (i / 6 % 5) + 100 * (i / 30)) - 9)];
        var ramp = new VoxelArray<float>(values, from);
        float[] made = CornerAlignedZoom.Resample(ramp, to, 1, default).Values;
        for (int i = 0; i < made.Length; i++)
        {
            decimal x = i % 11 * 5m / 10, y = i / 11 % 3 * 4m / 2, z = i / 33 * 3m / 6;
            Assert.Equal((double)(1000 * (x + 10 * y + 100 * z) - 9), made[i], 1);
        }
        Assert.Equal((ramp.Values[0], ramp.Values[^1]), (made[0], made[^1]));
    }

    /// <summary>A linear congruential generator's upper 24 bits.</summary>
    private static uint[] Numbers(int count)
    {
        uint state = 17;
        return [.. Enumerable.Range(0, count).Select(_ => (state = unchecked(state * 1664525 + 1013904223)) >> 8)];
    }

    private static uint Hash(IEnumerable<int> values) => values.Aggregate(0u, (hash, value) => unchecked(hash * 31 + (uint)value));
}
