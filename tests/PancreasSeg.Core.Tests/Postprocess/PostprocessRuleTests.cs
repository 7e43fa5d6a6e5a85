using CsCheck;
using PancreasSeg.Postprocess;

namespace PancreasSeg.Core.Tests.Postprocess;

public class PostprocessRuleTests
{
    private static readonly VolumeSource s_source = new("test");

    private static readonly Gen<(int C, int R, int S, double Density, int Seed)> s_masks =
        Gen.Select(Gen.Int[1, 8], Gen.Int[1, 8], Gen.Int[1, 8], Gen.Double[0.3, 0.95], Gen.Int);

    [Fact]
    public void A_hole_is_what_no_way_over_faces_leads_out_of() => s_masks.Sample(m =>
    {
        LabelVolume mask = Random(m);
        VolumeGrid grid = mask.Grid;
        // By growing what is outside until nothing more is reached, on the whole volume and not on a box.
        bool[] outside = new bool[grid.VoxelCount];
        for (bool grows = true; grows;)
        {
            grows = false;
            for (int i = 0; i < outside.Length; i++)
                if (!outside[i] && mask.Labels.Span[i] == 0 && Neighbours(grid, i).Any(n => n < 0 || outside[n])) grows = outside[i] = true;
        }
        Assert.Equal(outside.Select(o => o ? 0 : 1),
            Apply(new(PostprocessKind.FillHoles), mask).Labels.ToArray().Select(v => v == 0 ? 0 : 1));
    }, iter: 300);

    [Fact]
    public void Opening_keeps_the_voxels_of_every_cross_that_fits() => s_masks.Sample(m =>
    {
        LabelVolume mask = Random(m);
        VolumeGrid grid = mask.Grid;
        var expected = new byte[grid.VoxelCount];
        for (int i = 0; i < expected.Length; i++)
        {
            int[] cross = [i, .. Neighbours(grid, i)];
            if (cross.All(n => n >= 0 && mask.Labels.Span[n] != 0)) foreach (int n in cross) expected[n] = 1;
        }
        byte[] opened = [.. Apply(new(PostprocessKind.Opening), mask).Labels.ToArray().Select(v => v == 0 ? (byte)0 : (byte)1)];
        Assert.Equal(expected.Contains((byte)1) ? expected : [.. mask.Labels.ToArray().Select(v => v == 0 ? (byte)0 : (byte)1)], opened);
    }, iter: 300);

    [Fact]
    public void Work_on_a_large_mask_ends_when_it_is_told_to()
    {
        var mask = new LabelVolume(VolumeGrid.Axial(64, 64, 64, new(1, 1, 1)), [.. Enumerable.Repeat((byte)1, 64 * 64 * 64)], s_source);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        foreach (PostprocessKind kind in (PostprocessKind[])[PostprocessKind.FillHoles, PostprocessKind.Opening])
            Assert.Throws<OperationCanceledException>(() => new PostprocessRule(kind).Apply(mask, _ => mask, stop.Token));
    }

    [Fact]
    public void Labels_other_than_one_stay_what_they_are()
    {
        // A corner of four voxels is no cross; the seven in the middle are.
        VolumeGrid grid = VolumeGrid.Axial(9, 5, 5, new(1, 1, 1));
        byte[] labels = new byte[grid.VoxelCount];
        foreach ((int c, int r, int s) in ((int, int, int)[])[(2, 2, 2), (1, 2, 2), (3, 2, 2), (2, 1, 2), (2, 3, 2), (2, 2, 1), (2, 2, 3)])
            labels[grid.IndexOf(c, r, s)] = 7;
        byte[] cross = [.. labels];
        foreach ((int c, int r, int s) in ((int, int, int)[])[(7, 0, 0), (8, 0, 0), (7, 1, 0), (7, 0, 1)])
            labels[grid.IndexOf(c, r, s)] = 3;
        Assert.Equal(cross, Apply(new(PostprocessKind.Opening), new LabelVolume(grid, labels, s_source)).Labels.ToArray());
    }

    [Fact]
    public void Parts_of_the_volume_and_the_largest_are_kept()
    {
        // 1 mL a voxel.
        var grid = VolumeGrid.Axial(12, 1, 1, new(10, 10, 10));
        byte[] mask = [1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 0, 1];
        Assert.Equal([0, 0, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0], Kept(2));
        Assert.Equal([0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0], Kept(50));
        Assert.Equal(mask, Kept(1));

        byte[] Kept(double ml) =>
            Apply(new(PostprocessKind.ComponentVolume, ml), new LabelVolume(grid, mask, s_source)).Labels.ToArray();
    }

    [Fact]
    public void Parts_that_reach_the_seed_are_kept_and_all_where_none_does()
    {
        var grid = VolumeGrid.Axial(9, 1, 1, new(1, 1, 1));
        var mask = new LabelVolume(grid, [1, 1, 1, 0, 1, 1, 0, 1, 0], s_source);
        Assert.Equal([0, 0, 0, 0, 1, 1, 0, 1, 0], Kept([0, 0, 0, 0, 0, 1, 0, 1, 1]));
        Assert.Equal(mask.Labels.ToArray(), Kept([0, 0, 0, 1, 0, 0, 0, 0, 1]));

        byte[] Kept(byte[] seeds) => new PostprocessRule(PostprocessKind.Hysteresis, 0.7).Apply(mask, above =>
        {
            Assert.Equal(0.7, above);
            return new LabelVolume(grid, seeds, s_source);
        }).Labels.ToArray();
    }

    [Fact]
    public void No_rule_takes_a_mask_away_and_an_empty_one_stays_empty()
    {
        var grid = VolumeGrid.Axial(5, 5, 5, new(1, 1, 1));
        var one = new byte[grid.VoxelCount];
        one[62] = 1;
        foreach (PostprocessRule rule in PostprocessRule.Candidates)
        {
            Assert.True(rule.IsValid, $"{rule}");
            Assert.Equal(1, Apply(rule, new LabelVolume(grid, one, s_source)).Count(1));
            Assert.Equal(0, Apply(rule, new LabelVolume(grid, new byte[grid.VoxelCount], s_source)).Count(1));
        }
        Assert.All((PostprocessRule[])[new(PostprocessKind.ComponentVolume), new(PostprocessKind.ComponentVolume, 0),
            new(PostprocessKind.Hysteresis, 1), new(PostprocessKind.Opening, 1), new((PostprocessKind)9)],
            rule => Assert.False(rule.IsValid));
    }

    private static LabelVolume Apply(PostprocessRule rule, LabelVolume mask) => rule.Apply(mask, _ => mask);

    private static LabelVolume Random((int C, int R, int S, double Density, int Seed) m)
    {
        var random = new Random(m.Seed);
        var grid = VolumeGrid.Axial(m.C, m.R, m.S, new(1, 1, 1));
        return new LabelVolume(grid, (byte[])[.. Enumerable.Range(0, grid.VoxelCount).Select(_ =>
            random.NextDouble() < m.Density ? (byte)1 : (byte)0)], s_source);
    }

    /// <summary>The six, -1 for one outside of the volume.</summary>
    private static IEnumerable<int> Neighbours(VolumeGrid grid, int at)
    {
        (int c, int r, int s) = grid.VoxelOf(at);
        foreach ((int dc, int dr, int ds) in ((int, int, int)[])[(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)])
        {
            (int x, int y, int z) = (c + dc, r + dr, s + ds);
            yield return x < 0 || y < 0 || z < 0 || x >= grid.Columns || y >= grid.Rows || z >= grid.Slices ? -1 : grid.IndexOf(x, y, z);
        }
    }
}
