using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Segmentation;

/// <summary>A locator and a refiner that both call bright voxels pancreas, on an oblique volume with one bright ball.</summary>
public class TwoStagePipelineTests
{
    private const double Radius = 18;

    private static readonly PreprocessPlan s_whole = new() { Spacing = [5, 5, 5] }, s_box = new() { Spacing = [2, 2, 2], BoxSize = [64, 64, 60] };
    private static readonly Vector3D s_ball = new(31, -20, 140);

    private static readonly VolumeGrid s_grid = new(100, 90, 50, new(new(1.6, 0.2, 0), new(-0.2, 1.6, 0), new(0, 0, 3), new(-70, -90, 80)));

    private readonly List<FakeEngine> _engines = [];

    [Fact]
    public void The_refiner_works_in_a_box_round_what_the_locator_found()
    {
        using SegmentationPipeline pipeline = Pipeline();
        SegmentationResult result = pipeline.Run(Ct(s_ball));

        Assert.Equal(SegmentationStatus.Ok, result.Status);
        Assert.InRange((result.Location!.Centre - s_ball).Length, 0, 1.5);
        Assert.InRange((result.Location.BoxSize - new Vector3D(64, 64, 60)).Length, 0, 1e-9);
        Assert.Equal(1, result.Location.Confidence);
        double expectedMl = 4 / 3.0 * Math.PI * Math.Pow(Radius, 3) / 1000;
        Assert.InRange(result.VolumeMl!.Value, 0.95 * expectedMl, 1.05 * expectedMl);
        Assert.True(s_grid.Matches(result.Mask!.Grid, 0));
        Assert.Equal((30, 32, 32), _engines[1].Shape);

        // The box has the volume's own axes, so its voxels span as many mm as the box.
        VoxelBox box = result.Location.Box;
        Vector3D middle = s_grid.Affine.Apply(new((box.FirstColumn + box.LastColumn) / 2.0, (box.FirstRow + box.LastRow) / 2.0, (box.FirstSlice + box.LastSlice) / 2.0));
        Assert.InRange((middle - result.Location.Centre).Length, 0, 2.5);
        Assert.InRange((box.LastColumn - box.FirstColumn + 1) * s_grid.Spacing.X, 61, 67);
        Assert.InRange((box.LastSlice - box.FirstSlice + 1) * s_grid.Spacing.Z, 57, 63);
    }

    [Fact]
    public void A_box_at_the_edge_reaches_into_air_and_its_voxels_stay_inside()
    {
        using SegmentationPipeline pipeline = Pipeline();
        var near = new Vector3D(-48, -60, 95);
        SegmentationResult result = pipeline.Run(Ct(near));
        Assert.InRange((result.Location!.Centre - near).Length, 0, 4);
        Assert.Equal((0, 0), (result.Location.Box.FirstColumn, result.Location.Box.FirstSlice));
        Assert.True(result.TouchesBorder);
    }

    [Fact]
    public void Nothing_located_is_Empty_and_the_refiner_does_not_run()
    {
        using SegmentationPipeline pipeline = Pipeline();
        SegmentationResult result = pipeline.Run(Ct(new(1000, 0, 0)));
        Assert.Equal(SegmentationStatus.Empty, result.Status);
        Assert.Equal([SegmentationReason.PancreasNotLocated, SegmentationReason.MaskEmpty], result.Reason);
        Assert.Null(result.Location);
        Assert.Equal(0, result.Mask!.Count(1));
        Assert.Equal((2, 0), (_engines[0].Runs, _engines[1].Runs));
    }

    [Fact]
    public void Unsure_locations_are_a_warning()
    {
        using SegmentationPipeline pipeline = Pipeline(probability: 0.55f);
        SegmentationResult result = pipeline.Run(Ct(s_ball));
        Assert.Equal(0.55, result.Location!.Confidence, 6);
        Assert.Contains(SegmentationReason.LocationUnsure, result.Reason);
        Assert.Equal(SegmentationStatus.Warning, result.Status);
    }

    [Fact]
    public void More_of_a_pancreas_in_the_mirror_image_is_a_warning()
    {
        // An engine that sees pancreas only in the half where columns count up, as a network that knows left from right does.
        using var pipeline = new SegmentationPipeline(Model(), _ => new OneSidedEngine());
        Assert.Contains(SegmentationReason.PossiblyMirrored, pipeline.Run(Ct(new(-40, -20, 140))).Reason);
        Assert.DoesNotContain(SegmentationReason.PossiblyMirrored, pipeline.Run(Ct(new(45, -20, 140))).Reason);
    }

    [Fact]
    public void Strays_beside_the_gland_are_dropped()
    {
        using SegmentationPipeline pipeline = Pipeline();
        CtVolume plain = Ct(s_ball), strewn = Ct(s_ball, stray: s_ball + new Vector3D(0, 26, 0));
        Assert.Equal(pipeline.Run(plain).Mask!.Labels.ToArray(), pipeline.Run(strewn).Mask!.Labels.ToArray());
    }

    [Fact]
    public void Each_engine_is_made_once_and_released()
    {
        using (SegmentationPipeline pipeline = Pipeline())
        {
            pipeline.Run(Ct(s_ball));
            pipeline.Run(Ct(s_ball));
        }
        Assert.Equal([(4, true), (14, true)], _engines.Select(e => (e.Runs, e.Disposed)));
    }

    [Fact]
    public void The_locators_engine_is_released_when_the_second_cannot_be_made()
    {
        Assert.Throws<InvalidOperationException>(() => new SegmentationPipeline(Model(), stage => stage.IsTwoStage ? throw new InvalidOperationException() : Add(1)));
        Assert.True(_engines.Single().Disposed);
    }

    [Fact]
    public void A_refiner_alone_and_a_single_engine_for_two_stages_are_refused()
    {
        Assert.Equal(Fault.ModelPlanMismatch, Assert.Throws<CoreException>(() => new SegmentationPipeline(BrightTissueModel.Create(60, s_box), Add(1))).Fault);
        Assert.Throws<ArgumentException>(() => new SegmentationPipeline(Model(), Add(1)));
    }

    private static PancreasModel Model() => BrightTissueModel.Create(60, s_box).WithLocator(BrightTissueModel.Create(60, s_whole));

    private SegmentationPipeline Pipeline(float probability = 1) => new(Model(), _ => Add(probability));

    private FakeEngine Add(float probability)
    {
        _engines.Add(new FakeEngine(probability));
        return _engines[^1];
    }

    private static CtVolume Ct(Vector3D ball, Vector3D? stray = null)
    {
        var hu = new short[s_grid.VoxelCount];
        for (int i = 0; i < hu.Length; i++)
        {
            Vector3D p = s_grid.Affine.Apply(new(i % s_grid.Columns, i / s_grid.Columns % s_grid.Rows, i / (s_grid.Columns * s_grid.Rows)));
            hu[i] = (short)((p - ball).Length < Radius || (stray is { } s && (p - s).Length < 5) ? 150 : -50);
        }
        hu[^1] = -1000;
        return new CtVolume(s_grid, hu, new("ball"));
    }

    private sealed class OneSidedEngine : ISegmentationEngine
    {
        public EngineInfo Info { get; } = new("Fake", "cpu", "float32", 1);

        public float[] Run(ReadOnlyMemory<float> input, int depth, int height, int width, IProgress<ProgressStep>? progress, CancellationToken cancellation) =>
            [.. input.ToArray().Select((v, i) => v > 0.05f && i % width > width / 2 ? 1f : 0f)];

        public void Dispose()
        {
        }
    }

    private sealed class FakeEngine(float probability) : ISegmentationEngine
    {
        public int Runs { get; private set; }

        public bool Disposed { get; private set; }

        public (int Depth, int Height, int Width) Shape { get; private set; }

        public EngineInfo Info { get; } = new("Fake", "cpu", "float32", 1);

        public float[] Run(ReadOnlyMemory<float> input, int depth, int height, int width, IProgress<ProgressStep>? progress, CancellationToken cancellation)
        {
            (Runs, Shape) = (Runs + 1, (depth, height, width));
            // -50 HU lies at -0.45 and 150 HU at 0.55 of the window [-160, 240].
            return [.. input.ToArray().Select(v => v > 0.05f ? probability : 0f)];
        }

        public void Dispose() => Disposed = true;
    }
}
