using PancreasSeg.Evaluation;

namespace PancreasSeg.Core.Tests.Evaluation;

public class SegmentationMeasureTests
{
    private static readonly VolumeGrid s_grid = VolumeGrid.Axial(40, 36, 20, new(0.78, 0.85, 2.5), new(-10, 20, 30));

    /// <summary>Two ellipsoids (centre, radii in voxels) and what scipy says of them; surface_distances.py prints the table.</summary>
    public static TheoryData<string, double[], double[], double[]> Pairs => new()
    {
        { "overlapping", [18, 17, 9, 12, 9, 6], [20.5, 16, 10, 11, 10, 5],
            [0.759091822, 0.820590791, 0.706168224, 5, 1.57950227, 0.690874036] },
        { "at the border", [0, 0, 0, 14, 12, 7], [3, 2, 1, 13, 14, 6],
            [0.725612686, 0.569811321, 0.998677249, 3.65525649, 0.971020012, 0.736479843] },
        { "nested", [20, 18, 10, 15, 14, 8], [20, 18, 10, 9, 8, 4], [0.287934863, 1, 0.168179853, 8.93241849, 6.44167124, 0] },
        { "apart", [6, 6, 4, 5, 5, 3], [30, 28, 15, 6, 5, 3], [0, 0, 0, 37.3755043, 32.7893528, 0] },
        { "identical", [20, 18, 10, 9, 8, 4], [20, 18, 10, 9, 8, 4], [1, 1, 1, 0, 0, 1] },
        { "single voxels", [3, 4, 5, 0.5, 0.5, 0.5], [10, 4, 6, 0.5, 0.5, 0.5], [0, 0, 0, 6.00513114, 6.00513114, 0] },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Scores_are_those_of_scipy(string name, double[] a, double[] b, double[] expected)
    {
        SegmentationScore score = SegmentationMeasure.Compare(Ellipsoid(a, name: name), Ellipsoid(b), toleranceMm: 2);
        Assert.Equal(expected[0], score.Dice, 1e-8);
        Assert.Equal(expected[1], score.Recall!.Value, 1e-8);
        Assert.Equal(expected[2], score.Precision!.Value, 1e-8);
        Assert.Equal(expected[3], score.Hd95Mm!.Value, 1e-5);
        Assert.Equal(expected[4], score.AssdMm!.Value, 1e-5);
        Assert.Equal(expected[5], score.Nsd!.Value, 1e-8);
        Assert.Equal(2, score.NsdToleranceMm);
        Assert.Equal(name, score.Name);
        Assert.Null(score.Note);
    }

    [Fact]
    public void Volumes_and_labels_are_told_apart()
    {
        LabelVolume mask = Ellipsoid([18, 17, 9, 12, 9, 6], 7, "mask"), reference = Ellipsoid([20, 16, 10, 11, 10, 5], 200, "truth");
        SegmentationScore score = SegmentationMeasure.Compare(mask, reference, 7, 200);
        Assert.Equal(mask.VolumeMl(7), score.VolumeMl, 1e-9);
        Assert.Equal(reference.VolumeMl(200), score.ReferenceVolumeMl, 1e-9);
        Assert.Equal(mask.VolumeMl(7) - reference.VolumeMl(200), score.VolumeDifferenceMl, 1e-9);
        Assert.Equal("truth", score.ReferenceName);
    }

    [Fact]
    public void Swapping_the_masks_swaps_recall_and_precision_and_keeps_the_rest()
    {
        LabelVolume a = Ellipsoid([18, 17, 9, 12, 9, 6]), b = Ellipsoid([20.5, 16, 10, 11, 10, 5]);
        SegmentationScore ab = SegmentationMeasure.Compare(a, b), ba = SegmentationMeasure.Compare(b, a);
        Assert.Equal((ab.Dice, ab.Recall, ab.Precision, ab.Hd95Mm, ab.Nsd), (ba.Dice, ba.Precision, ba.Recall, ba.Hd95Mm, ba.Nsd));
        Assert.Equal(ab.AssdMm!.Value, ba.AssdMm!.Value, 1e-12);
    }

    [Fact]
    public void The_same_voxels_in_another_order_score_the_same()
    {
        LabelVolume mask = Ellipsoid([18, 17, 9, 12, 9, 6]), reference = Ellipsoid([20.5, 16, 10, 11, 10, 5]);
        var sagittalRas =
            new VolumeGrid(36, 20, 40, new(new(0, -0.85, 0), new(0, 0, 2.5), new(-0.78, 0, 0), s_grid.Affine.Apply(new(39, 35, 0))));
        Assert.NotEqual(s_grid.Orientation, sagittalRas.Orientation);
        Assert.Equal(SegmentationMeasure.Compare(mask, reference), SegmentationMeasure.Compare(mask, reference.To(sagittalRas)));
        Assert.Equal(SegmentationMeasure.Compare(mask, reference).Hd95Mm!.Value,
            SegmentationMeasure.Compare(mask.To(sagittalRas), reference).Hd95Mm!.Value, 1e-5);
    }

    [Fact]
    public void Rounding_in_a_file_does_not_make_another_grid()
    {
        var rounded = VolumeGrid.Axial(40, 36, 20, new((float)0.78, 0.85001, 2.5), new(-10.001, 20, 30));
        LabelVolume mask = Ellipsoid([18, 17, 9, 12, 9, 6]);
        Assert.Equal(1, SegmentationMeasure.Compare(mask, new LabelVolume(rounded, mask.Labels.ToArray(), new("r"))).Dice);
    }

    [Fact]
    public void Other_voxels_are_refused_and_the_message_says_what_to_do()
    {
        LabelVolume mask = Ellipsoid([18, 17, 9, 12, 9, 6], name: "mine");
        foreach (VolumeGrid other in (VolumeGrid[])[s_grid.WithSize(40, 36, 10), s_grid.WithMargin(2, 0, 0),
            VolumeGrid.Axial(40, 36, 20, new(0.78, 0.85, 2.5), new(-9.5, 20, 30)),
                VolumeGrid.Axial(40, 36, 20, new(0.78, 0.85, 2.5), new(-10 + 0.78, 20, 30))])
        {
            CoreException e = Assert.Throws<CoreException>(
                () => SegmentationMeasure.Compare(mask, new LabelVolume(other, new byte[other.VoxelCount], new("truth"))));
            Assert.Equal(Fault.GridMismatch, e.Fault);
            Assert.Contains("'mine'", e.Message, StringComparison.Ordinal);
            Assert.Contains("'truth'", e.Message, StringComparison.Ordinal);
            Assert.Contains("Resample", e.Remedy, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(true, true, 1.0, null, null, null)]
    [InlineData(true, false, 0.0, 0.0, null, 0.0)]
    [InlineData(false, true, 0.0, null, 0.0, 0.0)]
    public void What_an_empty_mask_leaves_undefined_is_null_and_explained(
        bool maskEmpty, bool referenceEmpty, double dice, double? recall, double? precision, double? nsd)
    {
        LabelVolume full = Ellipsoid([18, 17, 9, 12, 9, 6]), empty = new(s_grid, new byte[s_grid.VoxelCount], new("empty"));
        SegmentationScore score = SegmentationMeasure.Compare(maskEmpty ? empty : full, referenceEmpty ? empty : full);
        Assert.Equal((dice, recall, precision, nsd), (score.Dice, score.Recall, score.Precision, score.Nsd));
        Assert.Null(score.Hd95Mm);
        Assert.Null(score.AssdMm);
        Assert.Contains("empty", score.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_that_is_absent_among_others_is_an_error_not_an_empty_mask()
    {
        CoreException e = Assert.Throws<CoreException>(
            () => SegmentationMeasure.Compare(Ellipsoid([18, 17, 9, 12, 9, 6]), Ellipsoid([18, 17, 9, 12, 9, 6], 7, "organs")));
        Assert.Equal(Fault.LabelMissing, e.Fault);
        Assert.Contains("'organs' does not hold label 1; it holds 7", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void On_a_sheared_grid_overlap_is_measured_and_distances_are_withheld()
    {
        var sheared = new VolumeGrid(40, 36, 20, new(new(1, 0, 0), new(0, 1, 0), new(0, 0.4, 2), default));
        var mask = new LabelVolume(sheared, Ellipsoid([18, 17, 9, 12, 9, 6]).Labels.ToArray(), new("tilted"));
        SegmentationScore score = SegmentationMeasure.Compare(mask, mask);
        Assert.Equal(1, score.Dice);
        Assert.Null(score.Hd95Mm);
        Assert.Null(score.Nsd);
        Assert.Contains("sheared", score.Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void An_impossible_tolerance_is_refused(double tolerance) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => SegmentationMeasure.Compare(Ellipsoid([1, 1, 1, 1, 1, 1]), Ellipsoid([1, 1, 1, 1, 1, 1]), toleranceMm: tolerance));

    [Fact]
    public void Measuring_can_be_cancelled() => Assert.ThrowsAny<OperationCanceledException>(() =>
        SegmentationMeasure.Compare(
            Ellipsoid([9, 9, 9, 5, 5, 5]), Ellipsoid([9, 9, 9, 4, 4, 4]), cancellation: new CancellationToken(true)));

    private static LabelVolume Ellipsoid(double[] shape, byte label = 1, string name = "mask")
    {
        var labels = new byte[s_grid.VoxelCount];
        for (int i = 0; i < labels.Length; i++)
        {
            double x = (i % 40 - shape[0]) / shape[3], y = (i / 40 % 36 - shape[1]) / shape[4], z = (i / 1440 - shape[2]) / shape[5];
            if (x * x + y * y + z * z <= 1) labels[i] = label;
        }
        return new LabelVolume(s_grid, labels, new VolumeSource(name));
    }
}
