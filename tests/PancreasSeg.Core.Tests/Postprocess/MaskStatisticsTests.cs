using CsCheck;
using PancreasSeg.Postprocess;

namespace PancreasSeg.Core.Tests.Postprocess;

public class MaskStatisticsTests
{
    private static readonly VolumeGrid s_grid = VolumeGrid.Axial(7, 5, 4, new(0.5, 2, 3));

    [Fact]
    public void Equals_a_count_over_all_voxels() =>
        Gen.Select(Gen.Byte[0, 1].Array[s_grid.VoxelCount], Gen.Short[-1024, 3000].Array[s_grid.VoxelCount]).Sample((labels, hu) =>
        {
            MaskStatistics actual = MaskStatistics.Measure(Mask(labels), new CtVolume(s_grid, hu, new("ct")));

            var inside = (from s in Enumerable.Range(0, 4)
                          from r in Enumerable.Range(0, 5)
                          from c in Enumerable.Range(0, 7)
                          where labels[s_grid.IndexOf(c, r, s)] == 1
                          select (c, r, s, hu: (int)hu[s_grid.IndexOf(c, r, s)])).ToList();
            Assert.Equal(inside.Count, actual.VoxelCount);
            Assert.Equal(inside.Count * 3.0 / 1000, actual.VolumeMl, 12);
            if (inside.Count == 0) return;
            Assert.Equal(inside.Average(v => v.hu), actual.MeanHu!.Value, 9);
            Assert.Equal(
                new VoxelBox(inside.Min(v => v.c), inside.Min(v => v.r), inside.Min(v => v.s), inside.Max(v => v.c), inside.Max(v => v.r),
                    inside.Max(v => v.s)),
                actual.BoundingBox);
            Assert.Equal(inside.Any(v => v.c is 0 or 6 || v.r is 0 or 4 || v.s is 0 or 3), actual.TouchesBorder);
        });

    [Theory]
    [InlineData(0, 2, 2, true)]
    [InlineData(6, 2, 2, true)]
    [InlineData(3, 0, 2, true)]
    [InlineData(3, 4, 2, true)]
    [InlineData(3, 2, 0, true)]
    [InlineData(3, 2, 3, true)]
    [InlineData(1, 1, 1, false)]
    [InlineData(5, 3, 2, false)]
    public void One_voxel_touches_the_border_on_each_of_the_six_faces_and_not_beside_them(int column, int row, int slice, bool expected)
    {
        var labels = new byte[s_grid.VoxelCount];
        labels[s_grid.IndexOf(column, row, slice)] = 1;
        Assert.Equal(expected, MaskStatistics.Measure(Mask(labels), Ct()).TouchesBorder);
    }

    [Fact]
    public void Each_label_of_a_map_is_measured_as_its_own_mask_would_be() =>
        Gen.Select(Gen.Byte[0, 3].Array[s_grid.VoxelCount], Gen.Short[-1024, 3000].Array[s_grid.VoxelCount]).Sample((labels, hu) =>
        {
            CtVolume ct = new(s_grid, hu, new("ct"));
            LabelVolume map = Mask(labels);
            IReadOnlyList<MaskStatistics> each = MaskStatistics.OfEach(map, ct, IndexBox.Whole(s_grid), default);
            foreach (byte label in (byte[])[1, 2, 3, 255]) Assert.Equal(MaskStatistics.Measure(map.Select(label), ct), each[label]);
        });

    [Fact]
    public void What_reaches_a_face_of_the_part_that_was_seen_is_cut()
    {
        var labels = new byte[s_grid.VoxelCount];
        labels[s_grid.IndexOf(2, 2, 2)] = 1;
        bool Cut(IndexBox seen) => MaskStatistics.OfEach(Mask(labels), Ct(), seen, default)[1].TouchesBorder;
        Assert.False(Cut(new IndexBox(1, 1, 1, 4, 4, 4)));
        Assert.True(Cut(new IndexBox(2, 1, 1, 4, 4, 4)));
        Assert.True(Cut(new IndexBox(1, 1, 1, 4, 4, 3)));
    }

    [Fact]
    public void An_empty_mask_has_no_mean_and_no_box()
    {
        MaskStatistics empty = MaskStatistics.Measure(Mask(new byte[s_grid.VoxelCount]), Ct());
        Assert.Equal(new MaskStatistics(0, 0, null, null, false), empty);
    }

    [Fact]
    public void A_mask_on_another_grid_is_refused()
    {
        VolumeGrid shifted = VolumeGrid.Axial(7, 5, 4, new(0.5, 2, 3), new(0, 0, 1));
        var mask = new LabelVolume(shifted, new byte[shifted.VoxelCount], new("mask"));
        Assert.Equal(Fault.GridMismatch, Assert.Throws<CoreException>(() => MaskStatistics.Measure(mask, Ct())).Fault);
    }

    private static LabelVolume Mask(byte[] labels) => new(s_grid, labels, new("mask"));

    private static CtVolume Ct() => new(s_grid, new short[s_grid.VoxelCount], new("ct"));
}
