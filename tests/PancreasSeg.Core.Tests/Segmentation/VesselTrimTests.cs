using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Segmentation;

public class VesselTrimTests
{
    /// <summary>A gland of 100 HU up to the volume's edges with a vein of 180 HU through it, and noise.</summary>
    [Fact]
    public void What_is_nearer_to_vessels_than_to_the_gland_after_smoothing_in_the_slice_is_left_out()
    {
        VolumeGrid grid = VolumeGrid.Axial(48, 42, 5, new(0.8, 1.3, 3));
        var random = new Random(3);
        var hu = new short[grid.VoxelCount];
        var labels = new byte[hu.Length];
        for (int at = 0; at < hu.Length; at++)
        {
            (int column, int row, int slice) = grid.VoxelOf(at);
            labels[at] = (byte)(column < 40 && row is > 2 and < 39 && slice is > 0 and < 4 ? 1 : 0);
            hu[at] = (short)((Math.Abs(column - row) < 4 ? 180 : 100) + random.Next(-35, 36));
        }
        var ct = new CtVolume(grid, hu, new("vein"));
        (LabelVolume trimmed, double? bound) = VesselTrim.Apply(new LabelVolume(grid, labels, ct.Source), ct, 180, default);
        double[] gland = [.. Enumerable.Range(0, hu.Length).Where(at => labels[at] == 1).Select(at => Smoothed(at, -1024)).Order()];
        double quartile = gland[(int)(0.75 * (gland.Length - 1))];
        Assert.Equal(0.5 * (quartile + 180), bound!.Value, 0.01);
        // Noise makes the gland brighter only where it is not smoothed.
        short[] noisy = [.. hu.Where((_, at) => labels[at] == 1).Order()];
        Assert.InRange(quartile, 100, noisy[(int)(0.75 * (noisy.Length - 1))] - 5);
        int removed = 0;
        for (int at = 0; at < hu.Length; at++)
        {
            double smooth = Smoothed(at, 2 * quartile - 180);
            if (Math.Abs(smooth - bound.Value) < 0.02) continue;
            byte expected = (byte)(labels[at] == 1 && smooth <= bound ? 1 : 0);
            Assert.Equal(expected, trimmed.Labels.Span[at]);
            if (labels[at] != expected) removed++;
        }
        Assert.InRange(removed, 0.05 * gland.Length, 0.4 * gland.Length);

        double Smoothed(int at, double darkest)
        {
            (int column, int row, int slice) = grid.VoxelOf(at);
            double sum = 0, weights = 0;
            int reachX = (int)Math.Ceiling(3 * 1.2 / 0.8), reachY = (int)Math.Ceiling(3 * 1.2 / 1.3);
            for (int y = -reachY; y <= reachY; y++)
                for (int x = -reachX; x <= reachX; x++)
                {
                    double weight = Math.Exp(-0.5 * (Math.Pow(0.8 * x / 1.2, 2) + Math.Pow(1.3 * y / 1.2, 2)));
                    int near = grid.IndexOf(Math.Clamp(column + x, 0, 47), Math.Clamp(row + y, 0, 41), slice);
                    sum += weight * Math.Clamp(hu[near], darkest, 180);
                    weights += weight;
                }
            return sum / weights;
        }
    }

    [Fact]
    public void Vessels_hardly_brighter_than_the_gland_and_an_empty_mask_change_nothing()
    {
        VolumeGrid grid = VolumeGrid.Axial(8, 8, 2, new(1, 1, 1));
        var ct = new CtVolume(grid, [.. Enumerable.Repeat((short)100, 128)], new("even"));
        var full = new LabelVolume(grid, [.. Enumerable.Repeat((byte)1, 128)], ct.Source);
        var empty = new LabelVolume(grid, new byte[128], ct.Source);
        Assert.Equal((full, null), VesselTrim.Apply(full, ct, 129.9, default));
        Assert.Equal((empty, null), VesselTrim.Apply(empty, ct, 180, default));
        Assert.Equal(115, VesselTrim.Apply(full, ct, 130, default).Hu);
    }

    /// <summary>A slice of a gland of 100 HU whose part of the given width is 180 HU, and a stent of 3000 HU in one voxel.</summary>
    [Theory]
    [InlineData(3, true)]
    [InlineData(9, false)]
    public void No_more_than_a_quarter_of_a_mask_is_vessel_and_metal_does_not_take_its_neighbours_along(int bright, bool trims)
    {
        VolumeGrid grid = VolumeGrid.Axial(20, 20, 1, new(1, 1, 1));
        short[] hu = [.. Enumerable.Range(0, 400).Select(at => (short)(at == 210 ? 3000 : at % 20 < bright ? 180 : 100))];
        var ct = new CtVolume(grid, hu, new("metal"));
        var full = new LabelVolume(grid, [.. Enumerable.Repeat((byte)1, 400)], ct.Source);
        (LabelVolume trimmed, double? bound) = VesselTrim.Apply(full, ct, 180, default);
        Assert.Equal(trims, bound is not null);
        Assert.Equal(trims ? 20 * bright : 0, trimmed.Labels.Span.ToArray().Count(label => label == 0));
    }

    /// <summary>A ball of 70 HU round a vein of 125 HU, which the model's own bounds let pass; both are called pancreas.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_result_tells_above_which_HU_vessels_were_left_out_where_bounds_apply(bool hasBounds)
    {
        var plan = new PreprocessPlan { Spacing = [3, 3, 3], BoxSize = [96, 96, 96], EnhancedHu = hasBounds ? [20, 130] : null };
        VolumeGrid grid = VolumeGrid.Axial(40, 40, 40, new(3, 3, 3));
        var hu = new short[grid.VoxelCount];
        for (int at = 0; at < hu.Length; at++)
        {
            (int column, int row, int slice) = grid.VoxelOf(at);
            double r = Math.Sqrt(Math.Pow(column - 20, 2) + Math.Pow(row - 20, 2) + Math.Pow(slice - 20, 2));
            hu[at] = (short)(r < 4 ? 125 : r < 10 ? 70 : column is > 3 and < 9 && row is > 3 and < 9 ? 150 : -50);
        }
        PancreasModel two = BrightTissueModel.Create(60, plan);
        ModelHeader three = two.Header with
        {
            Network = two.Network with { Classes = 3 },
            ClassNames = ["background", "pancreas", VesselClasses.Aorta],
        };
        PancreasModel model = new PancreasModel(three, two.Weights).WithLocator(
            BrightTissueModel.Create(60, new PreprocessPlan { Spacing = [5, 5, 5] }));
        using var pipeline = new SegmentationPipeline(model, stage => new FakeEngine(v => v > Scaled(60) && v < Scaled(140) ? 1 : 0)
        {
            Classes = !stage.IsTwoStage ? null
                : input => [.. input.ToArray().Select(v => (byte)(Is(v, 150) ? 2 : 0))],
        });
        SegmentationResult result =
            pipeline.Run(new CtVolume(grid, hu, new("ball")), new SegmentationOptions { AcceptAnyInput = true });
        double? expected = hasBounds ? 110 : null;
        Assert.Equal(expected, result.VesselHu is { } bound ? Math.Round(bound, 1) : null);
        Assert.Equal(hasBounds ? 0 : 1, result.Mask!.Labels.Span[grid.IndexOf(20, 20, 20)]);
        Assert.Equal(1, result.Mask.Labels.Span[grid.IndexOf(20, 27, 20)]);

        static float Scaled(double hu) => (float)((hu + 160) / 200 - 1);
        static bool Is(float value, double hu) => MathF.Abs(value - Scaled(hu)) < 0.01f;
    }
}
