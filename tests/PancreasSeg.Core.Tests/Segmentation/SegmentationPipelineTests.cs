using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Segmentation;

/// <summary>The whole order of work, with an engine that simply calls bright voxels pancreas.</summary>
public class SegmentationPipelineTests
{
    private static readonly VolumeGrid s_oblique = new(48, 40, 20,
        new(new(1.2, 0.2, 0), new(-0.2, 1.2, 0), new(0, 0, 3), new(-30, -25, 100)));

    [Fact]
    public void The_mask_lies_on_the_scanners_grid_where_the_bright_box_is()
    {
        SegmentationResult result = Pipeline().Run(Ct(s_oblique, inside: 200));

        Assert.True(s_oblique.Matches(result.Mask!.Grid, 0));
        int expected = 0, overlap = 0;
        for (int s = 0; s < 20; s++)
            for (int r = 0; r < 40; r++)
                for (int c = 0; c < 48; c++)
                {
                    bool bright = IsInBox(c, r, s), marked = result.Mask.Labels.Span[s_oblique.IndexOf(c, r, s)] == 1;
                    expected += bright ? 1 : 0;
                    overlap += bright && marked ? 1 : 0;
                }
        int found = result.Mask.Count(1);
        Assert.InRange(2.0 * overlap / (expected + found), 0.97, 1);
        Assert.Equal(found * s_oblique.VoxelVolume / 1000, result.VolumeMl!.Value, 9);
        Assert.InRange(result.MeanHu!.Value, 180, 200);
    }

    [Fact]
    public void Probabilities_are_kept_when_asked_for_and_are_what_the_mask_was_made_of()
    {
        CtVolume ct = Ct(s_oblique, inside: 150);
        Assert.Null(Pipeline().Run(ct).Probability);
        SegmentationResult result = Pipeline().Run(ct, new SegmentationOptions { Threshold = 0.3, KeepProbability = true });
        Assert.True(s_oblique.Matches(result.Probability!.Grid, 0));
        Assert.Equal(result.Mask!.Labels.ToArray(), result.Probability.Values.ToArray().Select(p => (byte)(p > 0.3f ? 1 : 0)));
        Assert.Equal(ct.Source, result.Probability.Source);
    }

    [Fact]
    public void Status_and_reasons_tell_an_implausible_hu()
    {
        SegmentationResult result = Pipeline().Run(Ct(s_oblique, inside: 240));
        Assert.Equal(SegmentationStatus.Warning, result.Status);
        Assert.Contains(nameof(SegmentationReason.MeanHuImplausible), result.Reasons);
    }

    [Fact]
    public void A_plausible_mask_is_ok_and_carries_model_engine_threshold_and_timings()
    {
        SegmentationResult result = Pipeline().Run(Ct(s_oblique, inside: 150), new SegmentationOptions { Threshold = 0.6 });
        Assert.Equal((SegmentationStatus.Ok, 0.6, "bright tissue", "Fake"),
            (result.Status, result.Threshold!.Value, result.Model, result.Engine!.Engine));
        Assert.Empty(result.Reasons);
        Assert.True(result.Timings!.Total > TimeSpan.Zero);
        Assert.True(result.PeakMemory > 0);
    }

    [Fact]
    public void No_mask_of_a_model_that_has_seen_simulations_alone_is_simply_ok()
    {
        PancreasModel model = Model();
        using var pipeline = new SegmentationPipeline(
            new PancreasModel(model.Header with { SimulatedOnly = true }, model.Weights), new FakeEngine(Bright));
        SegmentationResult result = pipeline.Run(Ct(s_oblique, inside: 150));
        Assert.Equal(SegmentationStatus.Warning, result.Status);
        Assert.Equal([nameof(SegmentationReason.TrainedOnSimulations)], result.Reasons);
    }

    [Fact]
    public void Nothing_found_is_Empty_not_an_ok_zero()
    {
        SegmentationResult result = Pipeline().Run(Ct(s_oblique, inside: -50));
        Assert.Equal(SegmentationStatus.Empty, result.Status);
        Assert.Equal([nameof(SegmentationReason.MaskEmpty)], result.Reasons);
        Assert.Null(result.MeanHu);
        Assert.Equal(0, result.Mask!.Count(1));
    }

    [Fact]
    public void A_mask_at_the_edge_of_the_volume_is_a_warning()
    {
        short[] hu = new short[s_oblique.VoxelCount];
        Array.Fill(hu, (short)150);
        hu[0] = -1000;
        SegmentationResult result = Pipeline().Run(new CtVolume(s_oblique, hu, new("all")));
        Assert.Equal(SegmentationStatus.Warning, result.Status);
        Assert.Contains(nameof(SegmentationReason.MaskTouchesBorder), result.Reasons);
    }

    [Fact]
    public void Cancellation_reaches_the_engine()
    {
        using var stop = new CancellationTokenSource();
        using var pipeline = new SegmentationPipeline(Model(), new FakeEngine(Bright) { OnRun = stop.Cancel });
        Assert.Throws<OperationCanceledException>(() => pipeline.Run(Ct(s_oblique, 150), cancellation: stop.Token));
    }

    private static bool IsInBox(int c, int r, int s) => c is >= 15 and < 33 && r is >= 12 and < 28 && s is >= 5 and < 15;

    private static CtVolume Ct(VolumeGrid grid, short inside)
    {
        short[] hu = new short[grid.VoxelCount];
        Array.Fill(hu, (short)-50);
        for (int s = 0; s < grid.Slices; s++)
            for (int r = 0; r < grid.Rows; r++)
                for (int c = 0; c < grid.Columns; c++)
                    if (IsInBox(c, r, s)) hu[grid.IndexOf(c, r, s)] = inside;
        hu[^1] = -1000;
        return new CtVolume(grid, hu, new("box"));
    }

    private static SegmentationPipeline Pipeline() => new(Model(), new FakeEngine(Bright));

    // -50 HU lies at -0.45 and 150 HU at 0.55 of the window [-160, 240].
    private static float Bright(float value) => value > 0.05f ? 1 : 0;

    private static PancreasModel Model() => BrightTissueModel.Create(hu: 60, new PreprocessPlan { Size = [96, 80, 20] });
}
