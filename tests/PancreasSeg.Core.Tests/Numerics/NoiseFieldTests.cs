using PancreasSeg.Numerics;

namespace PancreasSeg.Core.Tests.Numerics;

public class NoiseFieldTests
{
    [Fact]
    public void Mean_is_zero_and_variance_one()
    {
        var field = new NoiseField(77, 3);
        var row = new float[200];
        double sum = 0, squares = 0;
        int count = 0;
        for (int k = 0; k < 40; k++)
            for (int j = 0; j < 40; j++)
            {
                field.Fill(row, -300, 3.1f, j * 3.3f, k * 3.7f - 50);
                foreach (float value in row) (sum, squares, count) = (sum + value, squares + value * value, count + 1);
            }
        Assert.InRange(sum / count, -0.03, 0.03);
        Assert.InRange(squares / count, 0.94, 1.06);
    }

    [Fact]
    public void A_row_equals_its_points_and_is_continuous_along_every_axis()
    {
        var field = new NoiseField(5, 8);
        var row = new float[400];
        field.Fill(row, -17.3f, 0.21f, 4.4f, -9.1f);
        for (int i = 0; i < row.Length; i++) Assert.Equal(field.At(-17.3f + i * 0.21f, 4.4f, -9.1f), row[i], 3);
        for (float t = -20; t < 20; t += 0.1f)
        {
            Assert.InRange(field.At(1, t, 2) - field.At(1, t + 0.1f, 2), -0.15f, 0.15f);
            Assert.InRange(field.At(1, 2, t) - field.At(1, 2, t + 0.1f), -0.15f, 0.15f);
        }
    }

    [Fact]
    public void Gaussian_filter_equals_a_direct_sum()
    {
        const int width = 13, height = 9;
        var random = new SeededRandom(1);
        float[] image = [.. Enumerable.Range(0, width * height).Select(_ => random.Normal())], result = [.. image];
        float[] kx = GaussianFilter.Kernel(1.3f), ky = GaussianFilter.Kernel(0.8f);
        GaussianFilter.Smooth(result, new float[image.Length], width, kx, ky);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                float expected = 0;
                for (int j = 0; j < ky.Length; j++)
                    for (int i = 0; i < kx.Length; i++)
                        expected += ky[j] * kx[i] * image[Math.Clamp(x + i - kx.Length / 2, 0, width - 1)
                            + width * Math.Clamp(y + j - ky.Length / 2, 0, height - 1)];
                Assert.Equal(expected, result[x + width * y], 4);
            }
    }

    [Fact]
    public void Forks_depend_on_the_seed_and_name_only()
    {
        var a = new SeededRandom(9);
        ulong early = a.Fork("liver").Next();
        a.Next();
        Assert.Equal(early, a.Fork("liver").Next());
        Assert.NotEqual(early, a.Fork("spleen").Next());
        Assert.NotEqual(early, new SeededRandom(10).Fork("liver").Next());
    }
}
