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
        float[] probabilities = [0.9f, 0.9f, 0.9f, 0.9f], input = Input(20.5f, 60, 100, 140);
        (float[] kept, IReadOnlyList<double>? hu) = EnhancedBounds.Apply(probabilities, input, s_plan, phase, 0.5);
        Assert.Equal(applies ? s_plan.EnhancedHu : null, hu);
        Assert.Equal(applies ? 0 : 0.9f, kept[3]);
        Assert.Null(EnhancedBounds.Apply(probabilities, input, s_plan with { EnhancedHu = null }, phase, 0.5).Hu);
    }

    /// <summary>Of what the network found; what it did not find does not count.</summary>
    [Theory]
    [InlineData(3, true)]
    [InlineData(4, false)]
    public void They_do_not_fit_a_gland_of_which_more_than_a_third_lies_outside(int outside, bool applies)
    {
        float[] input = Input([.. Enumerable.Range(0, 30).Select(i => i < outside || i > 8 ? 0f : 80)]);
        float[] probabilities = [.. Enumerable.Range(0, 30).Select(i => i <= 8 ? 0.6f : 0.4f)];
        (float[] kept, IReadOnlyList<double>? hu) = EnhancedBounds.Apply(probabilities, input, s_plan, ContrastPhase.PortalVenous, 0.5);
        Assert.Equal(applies, hu is not null);
        Assert.Equal(applies ? 0 : 0.6f, kept[0]);
    }

    [Fact]
    public void Each_bound_holds_to_half_a_HU()
    {
        float[] input = Input(-100, 19.5f, 20.5f, 75, 129.5f, 130.5f, 240);
        float[] kept = EnhancedBounds.Apply(
            [0.4f, 0.4f, 0.8f, 0.7f, 0.6f, 0.4f, 0.4f], input, s_plan, ContrastPhase.Delayed, 0.5).Probabilities;
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
            Classes = !stage.IsTwoStage ? null
                : input => [.. input.ToArray().Select(v => MathF.Abs(v - vessel) < 0.01f ? (byte)2 : (byte)0)],
        });
        SegmentationResult result = pipeline.Run(ct, new SegmentationOptions { AcceptAnyInput = true });
        Assert.Equal(applies ? ContrastPhase.PortalVenous : ContrastPhase.Native, result.Phase);
        Assert.Equal(applies ? [20.0, 130] : null, result.HuBounds);
        Assert.Equal(applies ? 0 : 1, result.Mask!.Labels.Span[grid.IndexOf(20, 20, 20)]);
        Assert.Equal(1, result.Mask.Labels.Span[grid.IndexOf(20, 27, 20)]);
    }

    private static float[] Input(params float[] hu) => [.. hu.Select(value => (value + 160) / 200 - 1)];

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
