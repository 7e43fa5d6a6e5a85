using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Segmentation;

public class EnhancedBoundsTests
{
    private static readonly PreprocessPlan s_plan = new() { Spacing = [3, 3, 3], BoxSize = [96, 96, 96], EnhancedHu = [20, 130] };

    [Theory]
    [InlineData(ContrastPhase.PortalVenous, true)]
    [InlineData(ContrastPhase.Arterial, true)]
    [InlineData(ContrastPhase.Delayed, true)]
    [InlineData(ContrastPhase.Native, false)]
    [InlineData(null, false)]
    public void They_apply_to_enhanced_scans_of_models_that_have_them(ContrastPhase? phase, bool applies)
    {
        Assert.Equal(applies ? s_plan.EnhancedHu : null, EnhancedBounds.For(s_plan, phase));
        Assert.Null(EnhancedBounds.For(s_plan with { EnhancedHu = null }, phase));
    }

    [Fact]
    public void Each_bound_holds_to_half_a_HU()
    {
        float[] hu = [-100, 19.5f, 20.5f, 75, 129.5f, 130.5f, 240];
        float[] input = [.. hu.Select(value => (value + 160) / 200 - 1)];
        float[] kept = EnhancedBounds.Keep([0.9f, 0.9f, 0.8f, 0.7f, 0.6f, 0.9f, 0.9f], input, s_plan, s_plan.EnhancedHu!);
        Assert.Equal([0, 0, 0.8f, 0.7f, 0.6f, 0, 0], kept);
    }

    /// <summary>A ball of 90 HU with a core of 160 HU, and a vessel by which the network tells the phase; the network calls all of it
    /// pancreas.</summary>
    [Theory]
    [InlineData(150, true)]
    [InlineData(50, false)]
    public void The_core_is_cut_out_of_the_mask_in_an_enhanced_scan_and_the_result_says_so(double blood, bool applies)
    {
        var grid = VolumeGrid.Axial(40, 40, 40, new(3, 3, 3));
        CtVolume ct = Ball(grid, blood);
        PancreasModel two = BrightTissueModel.Create(60, s_plan);
        ModelHeader three = two.Header with
        {
            Network = two.Network with { Classes = 3 },
            ClassNames = ["background", "pancreas", VesselClasses.Aorta],
        };
        PancreasModel model = new PancreasModel(three, two.Weights).WithLocator(
            BrightTissueModel.Create(60, new PreprocessPlan { Spacing = [5, 5, 5] }));
        float vessel = (float)((blood + 160) / 200 - 1);
        using var pipeline = new SegmentationPipeline(model, stage => new FakeEngine(v => v > 0 && MathF.Abs(v - vessel) > 0.01f ? 1 : 0)
        {
            Classes = stage.IsTwoStage ? input => [.. input.ToArray().Select(v => MathF.Abs(v - vessel) < 0.01f ? (byte)2 : (byte)0)] : null,
        });
        SegmentationResult result = pipeline.Run(ct, new SegmentationOptions { AcceptAnyInput = true });
        Assert.Equal(applies ? ContrastPhase.PortalVenous : ContrastPhase.Native, result.Phase);
        Assert.Equal(applies ? [20.0, 130] : null, result.HuBounds);
        Assert.Equal(applies ? 0 : 1, result.Mask!.Labels.Span[grid.IndexOf(20, 20, 20)]);
        Assert.Equal(1, result.Mask.Labels.Span[grid.IndexOf(20, 27, 20)]);
    }

    private static CtVolume Ball(VolumeGrid grid, double blood)
    {
        var hu = new short[grid.VoxelCount];
        for (int i = 0; i < hu.Length; i++)
        {
            (int column, int row, int slice) = grid.VoxelOf(i);
            double r = Math.Sqrt(Math.Pow(column - 20, 2) + Math.Pow(row - 20, 2) + Math.Pow(slice - 20, 2));
            hu[i] = (short)(r < 4 ? 160 : r < 10 ? 90 : column is > 3 and < 9 && row is > 3 and < 9 ? blood : -50);
        }
        return new CtVolume(grid, hu, new("ball"));
    }
}
