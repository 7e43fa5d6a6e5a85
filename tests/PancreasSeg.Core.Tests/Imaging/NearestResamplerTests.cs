namespace PancreasSeg.Core.Tests.Imaging;

public class NearestResamplerTests
{
    [Fact]
    public void The_half_pixel_rule_from_512_to_160_and_back()
    {
        // Written out by hand: (i + 0.5) * 3.2 = 1.6, 4.8, 8, 11.2, 14.4, 17.6, ... 507.2, 510.4.
        int[] down = NearestResampler.Indices(512, 160);
        Assert.Equal([1, 4, 8, 11, 14, 17, 20, 24], down[..8]);
        Assert.Equal([507, 510], down[^2..]);
        // (i + 0.5) * 0.3125 = 0.156, 0.469, 0.781, 1.094, 1.406, 1.719, 2.031, ... 159.844.
        int[] up = NearestResampler.Indices(160, 512);
        Assert.Equal([0, 0, 0, 1, 1, 1, 2, 2], up[..8]);
        Assert.Equal(159, up[^1]);
    }

    [Theory]
    [InlineData(3, 2, new[] { 0, 2 })]
    [InlineData(3, 6, new[] { 0, 0, 1, 1, 2, 2 })]
    [InlineData(3, 9, new[] { 0, 0, 0, 1, 1, 1, 2, 2, 2 })]
    [InlineData(3, 4, new[] { 0, 1, 1, 2 })]
    [InlineData(3, 1, new[] { 1 })]
    [InlineData(1, 3, new[] { 0, 0, 0 })]
    public void Small_cases_by_hand(int from, int to, int[] expected) => Assert.Equal(expected, NearestResampler.Indices(from, to));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Three_cubed_enlarged_and_brought_back_is_itself(int factor)
    {
        VolumeGrid small = VolumeGrid.Axial(3, 3, 3, new(1, 2, 3)), large = small.WithSize(3 * factor, 3 * factor, 3 * factor);
        var cube = new CtVolume(small, [.. Enumerable.Range(0, 27).Select(i => (short)i)], new("cube"));
        CtVolume enlarged = NearestResampler.Resize(cube, large, default);
        for (int s = 0; s < large.Slices; s++)
            for (int r = 0; r < large.Rows; r++)
                for (int c = 0; c < large.Columns; c++)
                    Assert.Equal(cube.GetHu(c / factor, r / factor, s / factor), enlarged.GetHu(c, r, s));
        Assert.Equal(cube.Integers.ToArray(), NearestResampler.Resize(enlarged, small, default).Integers.ToArray());
    }

    [Fact]
    public void One_map_per_axis_is_the_two_passes_of_the_original()
    {
        VolumeGrid from = VolumeGrid.Axial(11, 7, 5, new(1, 1, 1)), to = from.WithSize(4, 9, 8);
        var random = new Random(3);
        float[] values = [.. Enumerable.Range(0, from.VoxelCount).Select(_ => random.NextSingle())];
        CtVolume resized = NearestResampler.Resize(new CtVolume(from, values, new("random")), to, default);

        // Arrays [row, column, slice]. First every slice to (rows, columns), then every row plane to (columns, slices): columns twice.
        float[,,] first = new float[9, 4, 5], second = new float[9, 4, 8];
        for (int s = 0; s < 5; s++)
            for (int r = 0; r < 9; r++)
                for (int c = 0; c < 4; c++) first[r, c, s] = values[from.IndexOf(Tf2(c, 11, 4), Tf2(r, 7, 9), s)];
        for (int r = 0; r < 9; r++)
            for (int c = 0; c < 4; c++)
                for (int s = 0; s < 8; s++) second[r, c, s] = first[r, Tf2(c, 4, 4), Tf2(s, 5, 8)];
        for (int s = 0; s < 8; s++)
            for (int r = 0; r < 9; r++)
                for (int c = 0; c < 4; c++) Assert.Equal(second[r, c, s], resized.GetHu(c, r, s));

        static int Tf2(int i, int from, int to) => Math.Min((int)Math.Floor((i + 0.5f) * ((float)from / to)), from - 1);
    }

    [Fact]
    public void Restoring_counts_along_the_axes_of_the_resized_volume()
    {
        // A scanner's grid with slices from head to feet and columns to the right; sizes with ties at whole numbers.
        var scanner = new VolumeGrid(16, 16, 16, new(new(-1, 0, 0), new(0, 1, 0), new(0, 0, -2), new(15, 0, 30)));
        VolumeGrid network = scanner.ToCanonical().WithSize(5, 5, 5);
        byte[] labels = [.. Enumerable.Range(0, 125).Select(i => (byte)i)];
        LabelVolume restored = NearestResampler.Restore(new LabelVolume(network, labels, new("mask")), scanner, default);
        int[] map = NearestResampler.Indices(5, 16);
        for (int s = 0; s < 16; s++)
            for (int r = 0; r < 16; r++)
                for (int c = 0; c < 16; c++)
                    Assert.Equal(labels[network.IndexOf(map[15 - c], map[r], map[15 - s])], restored.Labels.Span[scanner.IndexOf(c, r, s)]);
        Assert.Equal(scanner, restored.Grid);
    }
}
