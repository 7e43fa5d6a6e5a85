using PancreasSeg.Inference;
using PancreasSeg.Network;

namespace PancreasSeg.Core.Tests.Inference;

public class SlidingWindowTests
{
    [Theory]
    [InlineData(9, 10, 11, 4, 6, 5, 0.5)]
    [InlineData(4, 12, 7, 4, 3, 7, 0.25)]
    [InlineData(5, 5, 5, 5, 5, 5, 0.5)]
    [InlineData(8, 8, 8, 3, 3, 3, 0)]
    public void Each_voxel_is_the_weighted_mean_of_the_patches_that_see_it(int d, int h, int w, int pd, int ph, int pw, double overlap)
    {
        var random = new Random(2);
        float[] input = [.. Enumerable.Range(0, d * h * w).Select(_ => random.NextSingle())];
        // An answer that depends on where in the patch a voxel lies.
        float[] Answer(float[] patch) => [.. patch.Select((v, i) => v + i * 0.01f), .. patch.Select(v => 2 * v)];
        float[] mean = SlidingWindow.Run(
            input, (d, h, w), (pd, ph, pw), overlap, PatchWeighting.Gaussian, Answer, channels => channels[0] * channels[1]);

        for (int z = 0; z < d; z++)
            for (int y = 0; y < h; y++)
                for (int x = 0; x < w; x++)
                {
                    double sum = 0, weights = 0;
                    foreach (int sz in SlidingWindow.Starts(d, pd, overlap))
                        foreach (int sy in SlidingWindow.Starts(h, ph, overlap))
                            foreach (int sx in SlidingWindow.Starts(w, pw, overlap))
                            {
                                (int a, int b, int c) = (z - sz, y - sy, x - sx);
                                if (a < 0 || a >= pd || b < 0 || b >= ph || c < 0 || c >= pw) continue;
                                double weight = Math.Max(Bell(a, pd) * Bell(b, ph) * Bell(c, pw), 1e-3);
                                sum += weight * (input[(z * h + y) * w + x] + ((a * ph + b) * pw + c) * 0.01);
                                weights += weight;
                            }
                    Assert.True(weights > 0);
                    Assert.Equal(sum / weights * 2 * input[(z * h + y) * w + x], mean[(z * h + y) * w + x], 1e-4);
                }

        static double Bell(int i, int n) => Math.Exp(-Math.Pow((i - (n - 1) / 2.0) / (n / 8.0), 2) / 2);
    }

    [Theory]
    [InlineData(100, 40, 0.5, new[] { 0, 20, 40, 60 })]
    [InlineData(100, 60, 0.5, new[] { 0, 30, 40 })]
    [InlineData(24, 10, 0.25, new[] { 0, 7, 14 })]
    [InlineData(12, 10, 0.99, new[] { 0, 1, 2 })]
    [InlineData(40, 40, 0.5, new[] { 0 })]
    [InlineData(41, 40, 0.5, new[] { 0, 1 })]
    [InlineData(90, 30, 0, new[] { 0, 30, 60 })]
    public void Patches_are_a_step_apart_and_the_last_one_ends_with_the_volume(int size, int patch, double overlap, int[] starts) =>
        Assert.Equal(starts, SlidingWindow.Starts(size, patch, overlap));
}
