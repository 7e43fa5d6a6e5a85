using PancreasSeg.Numerics;

namespace PancreasSeg.Core.Tests.Numerics;

public class MedianFilterTests
{
    [Fact]
    public void Each_value_becomes_the_fourteenth_of_the_27_round_it()
    {
        const int columns = 5, rows = 4, slices = 3;
        var random = new Random(1);
        float[] values = [.. Enumerable.Range(0, columns * rows * slices).Select(_ => random.NextSingle())];
        float[] smooth = MedianFilter.Smooth(values, columns, rows);
        Assert.Equal(Enumerable.Range(0, values.Length).Select(i => Median(i % columns, i / columns % rows, i / (columns * rows))), smooth);

        float Median(int column, int row, int slice) => (
            from k in Enumerable.Range(slice - 1, 3)
            from j in Enumerable.Range(row - 1, 3)
            from i in Enumerable.Range(column - 1, 3)
            select values[Math.Min(columns - 1, Math.Max(0, i)) + columns * (Math.Min(rows - 1, Math.Max(0, j))
                + rows * Math.Min(slices - 1, Math.Max(0, k)))]).Order().ElementAt(13);
    }

    [Fact]
    public void A_step_stays_where_it_is_and_a_speck_goes()
    {
        float[] step = [.. Enumerable.Range(0, 8 * 6 * 4).Select(i => i % 8 < 3 ? -1f : 1f)];
        Assert.Equal(step, MedianFilter.Smooth(step, 8, 6));
        var speck = new float[8 * 6 * 4];
        speck[3 + 8 * (2 + 6)] = 5;
        Assert.Equal(new float[speck.Length], MedianFilter.Smooth(speck, 8, 6));
    }
}
