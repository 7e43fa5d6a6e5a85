using CsCheck;
using PancreasSeg.Postprocess;

namespace PancreasSeg.Core.Tests.Postprocess;

public class ComponentsTests
{
    private static readonly VolumeSource s_source = new("test");

    [Fact]
    public void The_kept_part_is_the_one_a_flood_fill_finds() =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[1, 9], Gen.Double[0.02, 0.6], Gen.Int)
            .Sample((columns, rows, slices, density, seed) =>
        {
            var random = new Random(seed);
            var grid = VolumeGrid.Axial(columns, rows, slices, new(1, 1, 1));
            byte[] mask =
                [.. Enumerable.Range(0, grid.VoxelCount).Select(_ => random.NextDouble() < density ? (byte)random.Next(1, 4) : (byte)0)];
            Assert.Equal(FloodFill(grid, mask), Components.Largest(new LabelVolume(grid, mask, s_source)).Labels.ToArray());
        }, iter: 1000);

    [Fact]
    public void Corners_connect_and_gaps_separate()
    {
        var grid = VolumeGrid.Axial(5, 3, 3, new(1, 1, 1));
        byte[] Mask(params (int C, int R, int S)[] voxels)
        {
            var mask = new byte[grid.VoxelCount];
            foreach ((int c, int r, int s) in voxels) mask[grid.IndexOf(c, r, s)] = 1;
            return mask;
        }
        byte[] diagonal = Mask((1, 1, 1), (2, 0, 2), (3, 1, 1));
        Assert.Equal(diagonal, Components.Largest(new LabelVolume(grid, diagonal, s_source)).Labels.ToArray());
        Assert.Equal(Mask((0, 0, 0), (1, 1, 0)),
            Components.Largest(new LabelVolume(grid, Mask((0, 0, 0), (1, 1, 0), (4, 1, 2)), s_source)).Labels.ToArray());
    }

    [Fact]
    public void Of_equal_parts_the_first_in_the_array_is_kept()
    {
        var grid = VolumeGrid.Axial(5, 1, 1, new(1, 1, 1));
        Assert.Equal([2, 0, 0, 0, 0], Components.Largest(new LabelVolume(grid, [2, 0, 1, 0, 1], s_source)).Labels.ToArray());
    }

    [Fact]
    public void A_part_of_exactly_the_fraction_is_kept_and_a_smaller_one_is_not()
    {
        var grid = VolumeGrid.Axial(16, 1, 1, new(1, 1, 1));
        byte[] mask = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 0], kept = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 0];
        Assert.Equal(kept, Components.Large(new LabelVolume(grid, mask, s_source), 0.2).Labels.ToArray());
        Assert.Equal(mask, Components.Large(new LabelVolume(grid, mask, s_source), 0.1).Labels.ToArray());
        Assert.Equal(10, Components.Large(new LabelVolume(grid, mask, s_source), 0.21).Count(1));
    }

    [Fact]
    public void A_row_does_not_wrap_into_the_next()
    {
        var grid = VolumeGrid.Axial(4, 2, 1, new(1, 1, 1));
        Assert.Equal(
            [0, 0, 1, 1, 0, 0, 0, 0], Components.Largest(new LabelVolume(grid, [0, 0, 1, 1, 1, 0, 0, 0], s_source)).Labels.ToArray());
    }

    [Fact]
    public void A_mask_of_one_part_or_none_is_returned_as_it_is()
    {
        var grid = VolumeGrid.Axial(3, 3, 3, new(1, 1, 1));
        var empty = new LabelVolume(grid, new byte[27], s_source);
        var full = new LabelVolume(grid, Enumerable.Repeat((byte)9, 27).ToArray(), s_source);
        Assert.Same(empty, Components.Largest(empty));
        Assert.Same(full, Components.Largest(full));
    }

    [Fact]
    public void The_search_can_be_cancelled() => Assert.Throws<OperationCanceledException>(() =>
        Components.Largest(new LabelVolume(VolumeGrid.Axial(1, 1, 1, new(1, 1, 1)), [1], s_source), new CancellationToken(true)));

    private static byte[] FloodFill(VolumeGrid grid, byte[] mask)
    {
        var part = new int[mask.Length];
        var size = new List<int> { 0 };
        for (int seed = 0; seed < mask.Length; seed++)
        {
            if (mask[seed] == 0 || part[seed] != 0) continue;
            size.Add(0);
            var open = new Stack<int>([seed]);
            while (open.TryPop(out int i))
            {
                if (part[i] != 0) continue;
                part[i] = size.Count - 1;
                size[^1]++;
                (int c, int r, int s) = (i % grid.Columns, i / grid.Columns % grid.Rows, i / (grid.Columns * grid.Rows));
                for (int n = 0; n < 27; n++)
                {
                    (int nc, int nr, int ns) = (c + n % 3 - 1, r + n / 3 % 3 - 1, s + n / 9 - 1);
                    if (nc >= 0 && nr >= 0 && ns >= 0 && nc < grid.Columns && nr < grid.Rows && ns < grid.Slices
                        && mask[grid.IndexOf(nc, nr, ns)] != 0)
                        open.Push(grid.IndexOf(nc, nr, ns));
                }
            }
        }
        int largest = size.IndexOf(size.Max());
        return [.. mask.Select((label, i) => part[i] == largest ? label : (byte)0)];
    }
}
