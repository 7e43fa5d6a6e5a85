using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Segmentation;

/// <summary>A locator and a refiner that both call bright voxels pancreas, on an oblique volume with one bright ball.</summary>
public class TwoStagePipelineTests
{
    private const double Radius = 18;

    private static readonly PreprocessPlan s_whole = new() { Spacing = [5, 5, 5] },
        s_box = new() { Spacing = [2, 2, 2], BoxSize = [64, 64, 60] };
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
        Assert.Null(result.Location.Confidence);
        double expectedMl = 4 / 3.0 * Math.PI * Math.Pow(Radius, 3) / 1000;
        Assert.InRange(result.VolumeMl!.Value, 0.95 * expectedMl, 1.05 * expectedMl);
        Assert.True(s_grid.Matches(result.Mask!.Grid, 0));
        Assert.All(
            _engines[1].Passes.Select(pass => pass.Execution), size => Assert.Equal((30, 32, 32), (size.Depth, size.Height, size.Width)));

        // The box has the volume's own axes, so its voxels span as many mm as the box.
        VoxelBox box = result.Location.Box;
        Vector3D middle = s_grid.Affine.Apply(
            new((box.FirstColumn + box.LastColumn) / 2.0, (box.FirstRow + box.LastRow) / 2.0, (box.FirstSlice + box.LastSlice) / 2.0));
        Assert.InRange((middle - result.Location.Centre).Length, 0, 2.5);
        Assert.InRange((box.LastColumn - box.FirstColumn + 1) * s_grid.Spacing.X, 61, 67);
        Assert.InRange((box.LastSlice - box.FirstSlice + 1) * s_grid.Spacing.Z, 57, 63);
    }

    [Fact]
    public void Where_the_locator_is_surer_weighs_more()
    {
        VolumeGrid grid = new Preprocessor(s_whole).InputGrid(s_grid);
        using var pipeline = new SegmentationPipeline(Model(), stage => stage.IsTwoStage ? new FakeEngine(_ => 0)
            : new FakeEngine((input, _) =>
            {
                var answer = new float[input.Length];
                (answer[grid.IndexOf(10, 12, 8)], answer[grid.IndexOf(20, 16, 18)]) = (0.9f, 0.6f);
                return answer;
            }));
        PancreasLocation found = pipeline.Run(Ct(s_ball)).Location!;
        Assert.InRange((found.Centre - grid.Affine.Apply(new(14, 13.6, 12))).Length, 0, 1e-4);
        Assert.Equal(0.25, found.VolumeMl, 9);
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

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_gland_longer_than_the_box_is_a_warning(int axis)
    {
        SegmentationResult Segment(double halfMm)
        {
            var hu = new short[s_grid.VoxelCount];
            Vector3D along = axis switch { 0 => s_grid.Affine.ColumnStep, 1 => s_grid.Affine.RowStep, _ => s_grid.Affine.SliceStep };
            for (int i = 0; i < hu.Length; i++)
            {
                (int x, int y, int z) = s_grid.VoxelOf(i);
                Vector3D away = s_grid.Affine.Apply(new(x, y, z)) - s_ball;
                double far = (away.X * along.X + away.Y * along.Y + away.Z * along.Z) / along.Length;
                hu[i] = (short)(Math.Abs(far) < halfMm && (away - along * (far / along.Length)).Length < 12 ? 150 : -50);
            }
            hu[^1] = -1000;
            using SegmentationPipeline pipeline = Pipeline();
            return pipeline.Run(new CtVolume(s_grid, hu, new("bar")));
        }
        Assert.Contains(nameof(SegmentationReason.MaskTouchesBox), Segment(42).Reasons);
        Assert.DoesNotContain(nameof(SegmentationReason.MaskTouchesBox), Segment(24).Reasons);
    }

    [Fact]
    public void Nothing_located_is_Empty_and_the_refiner_does_not_run()
    {
        using SegmentationPipeline pipeline = Pipeline();
        SegmentationResult result = pipeline.Run(Ct(new(1000, 0, 0)));
        Assert.Equal(SegmentationStatus.Empty, result.Status);
        Assert.Equal([nameof(SegmentationReason.PancreasNotLocated), nameof(SegmentationReason.MaskEmpty)], result.Reasons);
        Assert.Null(result.Location);
        Assert.Equal(0, result.Mask!.Count(1));
        Assert.Equal((2, 0), (_engines[0].Passes.Count, _engines[1].Passes.Count));
    }

    [Theory]
    [InlineData(0, 0.0, true)]
    [InlineData(120, 0.5, true)]          // 15 mL of the 30 that count at most in 150 mm
    [InlineData(240, 1.0, false)]
    public void A_pancreas_without_an_aorta_beside_it_is_a_warning(int aortaVoxels, double confidence, bool expected)
    {
        using var pipeline = new SegmentationPipeline(OrganModel(), stage => stage.IsTwoStage ? Add(1)
            : new FakeEngine(v => v > 0.05f ? 1 : 0) { Classes = input => Organs(input.Length, aortaVoxels) });
        SegmentationResult result = pipeline.Run(Ct(s_ball));
        Assert.Equal(confidence, result.Location!.Confidence!.Value, 6);
        Assert.Equal(expected, result.Reasons.Contains(nameof(SegmentationReason.PancreasOutOfView)));
    }

    [Theory]
    [InlineData(120, 240, 121, true)]
    [InlineData(120, 240, 120, false)]        // as much of a pancreas
    [InlineData(240, 240, 1000, false)]       // nothing is in doubt
    [InlineData(120, 239, 1000, false)]       // not sure of that either
    public void More_of_pancreas_and_aorta_with_front_and_back_exchanged_is_a_warning(
        int aorta, int turnedAorta, int turnedPancreas, bool expected)
    {
        // The locator's voxels have 0.125 mL; its first pass sees 15 mL of pancreas, its second one the mirror image.
        var pancreas = new Queue<int>([120, 0, turnedPancreas]);
        var aortas = new Queue<int>([aorta, turnedAorta]);
        var inputs = new List<float[]>();
        using var pipeline = new SegmentationPipeline(OrganModel(), stage => stage.IsTwoStage ? Add(1)
            : new FakeEngine((input, _) =>
            {
                inputs.Add(input.ToArray());
                var answer = new float[input.Length];
                answer.AsSpan(0, pancreas.Dequeue()).Fill(1);
                return answer;
            })
            {
                Classes = input => Organs(input.Length, aortas.Dequeue()),
            });
        SegmentationResult result = pipeline.Run(Ct(s_ball));
        Assert.Equal(expected, result.Reasons.Contains(nameof(SegmentationReason.OrientationDoubtful)));
        Assert.Equal(expected ? ["the first stage sees more of pancreas and aorta with front and back exchanged"] : [], result.Remarks);
        Assert.Equal(aorta == 240 ? 2 : 3, inputs.Count);
        if (inputs.Count < 3) return;

        // The third pass saw the rows of each slice from the other end.
        VolumeGrid seen = new Preprocessor(s_whole).InputGrid(s_grid);
        Assert.Equal(Enumerable.Range(0, seen.VoxelCount).Select(i =>
        {
            (int x, int y, int z) = seen.VoxelOf(i);
            return inputs[0][seen.IndexOf(x, seen.Rows - 1 - y, z)];
        }), inputs[2]);
    }

    [Theory]
    [InlineData(240, 121, true)]
    [InlineData(240, 119, false)]        // less than 15 mL of pancreas
    [InlineData(239, 121, false)]        // not sure
    public void A_liver_below_kidneys_and_bowel_is_a_warning_where_the_pancreas_is_seen(int aorta, int pancreas, bool expected)
    {
        using var pipeline = new SegmentationPipeline(OrganModel(), stage => stage.IsTwoStage ? Add(1)
            : new FakeEngine((input, _) =>
            {
                var answer = new float[input.Length];
                answer.AsSpan(0, pancreas).Fill(1);
                return answer;
            })
            {
                Classes = input =>
                {
                    byte[] classes = Organs(input.Length, aorta);
                    classes.AsSpan(5000, 400).Fill(5);
                    classes.AsSpan(input.Length - 400, 400).Fill(6);
                    return classes;
                },
            });
        SegmentationResult result = pipeline.Run(Ct(s_ball));
        Assert.Equal(expected, result.Reasons.Contains(nameof(SegmentationReason.OrientationDoubtful)));
        Assert.Equal(expected ? ["what the first stage takes for the liver lies below kidneys and bowel"] : [], result.Remarks);
    }

    [Fact]
    public void More_of_a_pancreas_in_the_mirror_image_is_a_warning()
    {
        // An engine that sees pancreas only in the half where columns count up, as a network that knows left from right does.
        using var pipeline = new SegmentationPipeline(Model(), _ => new FakeEngine((input, size) =>
            [.. input.ToArray().Select((v, i) => v > 0.05f && i % size.Width > size.Width / 2 ? 1f : 0f)]));
        Assert.Contains(nameof(SegmentationReason.PossiblyMirrored), pipeline.Run(Ct(new(-40, -20, 140))).Reasons);
        Assert.DoesNotContain(nameof(SegmentationReason.PossiblyMirrored), pipeline.Run(Ct(new(45, -20, 140))).Reasons);
    }

    [Theory]
    [InlineData(200, 400, false)]
    [InlineData(200, 401, true)]
    [InlineData(1, 119, false)]
    [InlineData(1, 121, true)]
    public void The_mirror_image_must_show_more_than_twice_as_much_and_more_than_15_mL(int voxels, int mirrored, bool expected)
    {
        // The locator's voxels have 0.125 mL; its second pass sees the mirror image.
        var counts = new Queue<int>([voxels, mirrored]);
        using var pipeline = new SegmentationPipeline(Model(), stage => stage.IsTwoStage ? new FakeEngine(_ => 0)
            : new FakeEngine((input, _) =>
            {
                var answer = new float[input.Length];
                answer.AsSpan(0, counts.Dequeue()).Fill(1);
                return answer;
            }));
        Assert.Equal(expected, pipeline.Run(Ct(s_ball)).Reasons.Contains(nameof(SegmentationReason.PossiblyMirrored)));
    }

    [Fact]
    public void The_phase_is_read_from_the_pass_over_the_box()
    {
        // A refiner of three classes that takes all that is bright for the aorta, of 150 HU.
        PancreasModel two = BrightTissueModel.Create(60, s_box);
        ModelHeader three = two.Header with
        {
            Network = two.Network with { Classes = 3 },
            ClassNames = ["background", "pancreas", VesselClasses.Aorta],
        };
        PancreasModel model = new PancreasModel(three, two.Weights).WithLocator(BrightTissueModel.Create(60, s_whole));
        var engine = new FakeEngine(v => v > 0.05f ? 1 : 0)
        {
            Classes = input => [.. input.ToArray().Select(v => v > 0.05f ? (byte)2 : (byte)0)],
        };
        using var pipeline = new SegmentationPipeline(model, stage => stage.IsTwoStage ? engine : Add(1));
        SegmentationResult result = pipeline.Run(Ct(s_ball));
        Assert.Equal(ContrastPhase.PortalVenous, result.Phase);
        Assert.Equal([true], engine.Passes.Select(pass => pass.WithClasses));
    }

    [Fact]
    public void What_the_caller_holds_counts_for_both_stages_and_for_this_case_only()
    {
        using SegmentationPipeline pipeline = Pipeline();
        foreach (long held in new[] { 0L, 1_000_000, 0 }) pipeline.Run(Ct(s_ball), heldMemory: held);
        Assert.All(_engines, engine => Assert.Equal([0L, 1_000_000, 0], engine.Held.Select(bytes => bytes - engine.Held[0])));
        Assert.True(_engines[0].Held[0] >= Ct(s_ball).Bytes);
    }

    [Fact]
    public void Strays_beside_the_gland_are_dropped()
    {
        using SegmentationPipeline pipeline = Pipeline();
        CtVolume plain = Ct(s_ball), strewn = Ct(s_ball, stray: s_ball + new Vector3D(0, 26, 0));
        Assert.Equal(pipeline.Run(plain).Mask!.Labels.ToArray(), pipeline.Run(strewn).Mask!.Labels.ToArray());
    }

    [Theory]
    [InlineData(14, true)]
    [InlineData(10, false)]
    public void A_second_part_of_three_tenths_of_the_first_moves_the_centre(double radius, bool expected)
    {
        short[] hu = Ct(s_ball).Integers.ToArray();
        for (int i = 0; i < hu.Length; i++)
        {
            (int x, int y, int z) = s_grid.VoxelOf(i);
            if ((s_grid.Affine.Apply(new(x, y, z)) - new Vector3D(-30, -20, 140)).Length < radius) hu[i] = 150;
        }
        using SegmentationPipeline pipeline = Pipeline();
        double x0 = pipeline.Run(new CtVolume(s_grid, hu, new("two"))).Location!.Centre.X;
        Assert.InRange(x0, expected ? 7 : 28, expected ? 16 : 34);
    }

    [Fact]
    public void Each_engine_is_made_once_and_released()
    {
        using (SegmentationPipeline pipeline = Pipeline())
        {
            pipeline.Run(Ct(s_ball));
            pipeline.Run(Ct(s_ball));
        }
        Assert.Equal([(4, true), (2, true)], _engines.Select(e => (e.Passes.Count, e.IsDisposed)));
    }

    [Fact]
    public void The_locators_engine_is_released_when_the_second_cannot_be_made()
    {
        Assert.Throws<InvalidOperationException>(
            () => new SegmentationPipeline(Model(), stage => stage.IsTwoStage ? throw new InvalidOperationException() : Add(1)));
        Assert.True(_engines.Single().IsDisposed);
    }

    [Fact]
    public void A_refiner_alone_and_a_single_engine_for_two_stages_are_refused()
    {
        Assert.Equal(Fault.ModelPlanMismatch,
            Assert.Throws<CoreException>(() => new SegmentationPipeline(BrightTissueModel.Create(60, s_box), Add(1))).Fault);
        Assert.Throws<ArgumentException>(() => new SegmentationPipeline(Model(), Add(1)));
    }

    private static PancreasModel Model() => BrightTissueModel.Create(60, s_box).WithLocator(BrightTissueModel.Create(60, s_whole));

    /// <summary>With a locator that also tells other organs apart.</summary>
    private static PancreasModel OrganModel()
    {
        PancreasModel two = BrightTissueModel.Create(60, s_whole);
        string[] names = ["background", "pancreas", VesselClasses.Aorta, "spleen", "kidney", "liver", "bowel"];
        return BrightTissueModel.Create(60, s_box).WithLocator(new PancreasModel(
            two.Header with { Network = two.Network with { Classes = names.Length }, ClassNames = names }, two.Weights));
    }

    /// <summary>As much of the aorta as is said, low down 100 mL of spleen, and as much of the kidneys high up.</summary>
    private static byte[] Organs(int length, int aortaVoxels)
    {
        var classes = new byte[length];
        classes.AsSpan(0, aortaVoxels).Fill(2);
        classes.AsSpan(1000, 800).Fill(3);
        classes.AsSpan(length - 2000, 800).Fill(4);
        return classes;
    }

    private SegmentationPipeline Pipeline(float probability = 1) => new(Model(), _ => Add(probability));

    private FakeEngine Add(float probability)
    {
        // -50 HU lies at -0.45 and 150 HU at 0.55 of the window [-160, 240].
        _engines.Add(new FakeEngine(v => v > 0.05f ? probability : 0));
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
}
