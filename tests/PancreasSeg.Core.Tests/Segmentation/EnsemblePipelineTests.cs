using PancreasSeg.Batch;
using PancreasSeg.Core.Tests.Evaluation;
using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Postprocess;
using PancreasSeg.Preprocess;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Segmentation;

[Collection(TorchTests.Name)]
public sealed class EnsemblePipelineTests : IDisposable
{
    private static readonly VolumeGrid s_grid = VolumeGrid.Axial(60, 60, 30, new(5, 5, 5));
    private static readonly VolumeGrid s_small = VolumeGrid.Axial(24, 24, 8, new(5, 5, 5));
    private static readonly PreprocessPlan s_plan = new() { Spacing = [5, 5, 5] };

    private readonly TemporaryFolder _folder = new();
    private readonly List<FakeEngine> _engines = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Equal_members_give_the_mask_of_one_byte_for_byte()
    {
        PancreasModel one = TestModels.Model();
        CtVolume ct = Noise();
        // The probabilities of drawn weights lie close together: their middle divides the voxels.
        double threshold = Median(Run(one, ct).Probability!);
        SegmentationResult single = Run(one, ct, threshold);
        foreach (SegmentationEngineKind engine in (SegmentationEngineKind[])[SegmentationEngineKind.Torch, SegmentationEngineKind.Onnx])
        {
            PancreasModel five = Saved(ModelEnsemble.Of("five", [one, one, one, one, one]));
            SegmentationResult all = Run(five, ct, threshold, SegmentationEffort.Full, engine);
            SegmentationResult alone = Run(one, ct, threshold, kind: engine);
            Assert.Equal(alone.Mask!.Labels.ToArray(), all.Mask!.Labels.ToArray());
            Assert.Equal(alone.Probability!.Values.ToArray(), all.Probability!.Values.ToArray());
            Assert.Equal((5, 1.0), (all.MembersUsed!.Value, all.MemberAgreement!.Value));
        }
        Assert.InRange(single.Mask!.Count(1), 1000, s_small.VoxelCount - 1000);
        Assert.Null(single.MembersUsed);
    }

    [Fact]
    public void The_order_of_members_changes_the_last_bits_at_most()
    {
        PancreasModel[] members = [.. Enumerable.Range(1, 4).Select(seed =>
            TestModels.Model(weights: TestModels.Weights(TestModels.Small, seed)))];
        CtVolume ct = Noise();
        float[] a = Values(members), b = Values([.. members.Reverse()]);
        float[][] each = [.. members.Select(m => Run(m, ct).Probability!.Values.ToArray())];
        for (int i = 0; i < a.Length; i++)
        {
            Assert.InRange(Math.Abs(a[i] - b[i]), 0, 3e-7f);
            Assert.InRange(Math.Abs(a[i] - each.Average(p => (double)p[i])), 0, 3e-7);
        }
        Assert.NotEqual(each[0], a);

        float[] Values(PancreasModel[] all) =>
            [.. Run(ModelEnsemble.Of("e", all), ct, effort: SegmentationEffort.Full).Probability!.Values.Span];
    }

    [Theory]
    [InlineData(SegmentationEffort.Normal, 0f, 0f, 2)]            // the first two agree
    [InlineData(SegmentationEffort.Normal, 0f, 0.4f, 4)]          // they do not
    [InlineData(SegmentationEffort.Fast, 0f, 0.4f, 1)]
    [InlineData(SegmentationEffort.Full, 0f, 0f, 4)]
    public void As_many_members_are_asked_as_the_case_is_worth(SegmentationEffort effort, float first, float second, int used)
    {
        float[] cuts = [first, second, 0, 0];
        using SegmentationPipeline pipeline = Pipeline(cuts);
        SegmentationResult result = Segment(pipeline, effort);
        Assert.Equal(used, result.MembersUsed);
        Assert.Equal(used, _engines.Count(e => e.Passes.Count > 0));
        if (used == 1) Assert.Null(result.MemberAgreement);
        else Assert.Equal(second == 0, result.MemberAgreement >= 0.97);
    }

    [Fact]
    public void Two_members_that_find_nothing_do_not_speak_for_the_others()
    {
        using SegmentationPipeline pipeline = Pipeline([1000, 1000, 0, 0]);
        SegmentationResult result = Segment(pipeline);
        Assert.Equal((4, 1.0), (result.MembersUsed!.Value, result.MemberAgreement!.Value));
    }

    [Fact]
    public void Post_processing_of_the_file_is_done_stated_and_switched_off()
    {
        PancreasModel one = BrightTissueModel.Create(20, s_plan);
        var choice = new PostprocessChoice(new(PostprocessKind.LargestComponent), 40, 0.01, 0.005, 0.02, 0);
        using var pipeline = new SegmentationPipeline(
            ModelEnsemble.Of("e", [one, one], null, choice), _ => new FakeEngine(v => v > 0 ? 1 : 0));
        SegmentationResult done = Segment(pipeline);
        SegmentationResult plain = pipeline.Run(Balls(), new SegmentationOptions { NoPostprocess = true, AcceptAnyInput = true });
        Assert.Equal((choice.Rule, null), (done.Postprocess, plain.Postprocess));
        Assert.Equal(plain.Mask!.Count(1), 2 * done.Mask!.Count(1));
    }

    [Fact]
    public void Expected_quality_is_of_the_default_mask_alone()
    {
        PancreasModel one = BrightTissueModel.Create(20, s_plan);
        var choice = new PostprocessChoice(new(PostprocessKind.FillHoles), 40, 0.01, 0.005, 0.02, 0);
        PancreasModel Model(double millilitres) =>
            ModelEnsemble.Of("e", [one, one], null, choice, QualityModels.ByVolume(millilitres));
        // Two boxes of 13 x 13 x 11 voxels of 0.125 mL.
        const double Volume = 2 * 13 * 13 * 11 * 0.125;
        using var usual = new SegmentationPipeline(Model(Volume), _ => Bright());
        using var odd = new SegmentationPipeline(Model(Volume / 4), _ => Bright());
        SegmentationResult good = Run(usual, new()), bad = Run(odd, new());
        Assert.Equal((1 / (1 + Math.Exp(-2)), 1 / (1 + Math.Exp(-1.5)), null),
            (good.ExpectedDice, good.ExpectedDiceLow, good.ReviewReason));
        Assert.Equal(("VolumeUnusual", true), (bad.ReviewReason, bad.ExpectedDice < 0.6));

        foreach (SegmentationOptions other in (SegmentationOptions[])[new() { Threshold = 0.6 }, new() { LargestComponent = true },
            new() { NoPostprocess = true }])
            Assert.Null(Run(usual, other).ExpectedDice);
        Assert.NotNull(Run(usual, new() { Threshold = 0.5 }).ExpectedDice);
        using var empty = new SegmentationPipeline(Model(Volume), _ => new FakeEngine(_ => 0));
        SegmentationResult nothing = Run(empty, new());
        Assert.Equal((null, null, SegmentationStatus.Empty), (nothing.ExpectedDice, nothing.ReviewReason, nothing.Status));
    }

    [Fact]
    public void What_speaks_against_a_mask_of_which_nothing_can_be_expected_is_its_probability()
    {
        PancreasModel one = BrightTissueModel.Create(20, s_plan), low = new(one.Header with { Threshold = 0.3 }, one.Weights);
        using var faint = new SegmentationPipeline(
            ModelEnsemble.Of("e", [low, low], null, null, QualityModels.ByVolume(100)), _ => new FakeEngine(v => v > 0 ? 0.4f : 0));
        SegmentationResult result = faint.Run(Balls());
        Assert.True(result.VolumeMl > 0);
        Assert.Equal((null, "ProbabilityLow"), (result.ExpectedDice, result.ReviewReason));
    }

    [Fact]
    public void Masks_that_no_fit_has_seen_the_like_of_have_no_expected_quality()
    {
        PancreasModel one = BrightTissueModel.Create(20, s_plan);
        PancreasModel told = ModelEnsemble.Of("e", [one, one], null, null, QualityModels.ByVolume(100));
        PancreasModel bounded = told.Planned(s_plan with { EnhancedHu = [0, 90] });
        PancreasModel located = told.Planned(s_plan with { BoxSize = [150, 150, 150] }).WithLocator(one);
        foreach (PancreasModel model in (PancreasModel[])[bounded, located, ModelEnsemble.Of("e", [one, one])])
        {
            using var pipeline = new SegmentationPipeline(model, _ => new FakeEngine(v => v > 0 ? 1 : 0));
            SegmentationResult result = pipeline.Run(Balls());
            Assert.True(result.VolumeMl > 0);
            Assert.Equal((null, null), (result.ExpectedDice, result.ReviewReason));
        }
    }

    private static SegmentationResult Run(SegmentationPipeline pipeline, SegmentationOptions options) => pipeline.Run(Balls(), options);

    private static FakeEngine Bright() => new(v => v > 0 ? 1 : 0);

    [Fact]
    public void One_member_at_a_time_is_loaded()
    {
        int alive = 0, most = 0;
        PancreasModel model = Ensemble(3);
        using (var pipeline = new SegmentationPipeline(model, stage =>
        {
            most = Math.Max(most, ++alive);
            return new Counted(new FakeEngine(v => v > 0 ? 1 : 0), () => alive--);
        }))
            for (int i = 0; i < 3; i++) Assert.Equal(3, Segment(pipeline, SegmentationEffort.Full).MembersUsed);
        Assert.Equal((1, 0), (most, alive));
    }

    [Fact]
    public void Members_count_in_the_memory_that_is_settled_by_their_weights_and_the_mean()
    {
        long Held(PancreasModel model)
        {
            var engine = new FakeEngine(v => v > 0 ? 1 : 0);
            using var pipeline = new SegmentationPipeline(model, _ => engine);
            pipeline.Run(Balls());
            return engine.Held[0];
        }
        PancreasModel one = BrightTissueModel.Create(20, s_plan);
        long voxels = new Preprocessor(s_plan).InputGrid(Balls().Grid).VoxelCount;
        Assert.Equal(sizeof(float) * (voxels + 2 * one.ParameterCount), Held(Ensemble(3)) - Held(one));
    }

    [Fact]
    public void A_member_that_cannot_be_read_fails_the_case_and_not_the_next()
    {
        PancreasModel model = Ensemble(2);
        bool broken = true;
        using var pipeline = new SegmentationPipeline(model, stage => broken && stage == model.Members[1]
            ? throw new CoreException(Fault.ModelFormatUnknown, "damaged") : new FakeEngine(v => v > 0 ? 1 : 0));
        Assert.Throws<CoreException>(() => Segment(pipeline));
        broken = false;
        Assert.Equal(2, Segment(pipeline).MembersUsed);
    }

    [Fact]
    public void Effort_is_for_ensembles_and_part_of_what_a_batch_asks()
    {
        using var pipeline = new SegmentationPipeline(BrightTissueModel.Create(20, s_plan), new FakeEngine(v => v));
        Assert.Equal(Fault.SettingInvalid, Assert.Throws<CoreException>(
            () => Segment(pipeline, SegmentationEffort.Full)).Fault);
        PancreasModel model = Ensemble(2);
        Assert.Equal(3, Enum.GetValues<SegmentationEffort>().Select(Key).Distinct().Count());

        string Key(SegmentationEffort effort) => StudyKey.Of("a", "c0ffee", model,
            new BatchOptions { Path = "p", OutputPath = "o", Segmentation = new SegmentationOptions { Effort = effort } });
    }

    [Fact]
    public void The_two_engines_are_compared_member_by_member()
    {
        PancreasModel model = Saved(ModelEnsemble.Of("e",
            [.. ((int[])[1, 1, 2]).Select(seed => TestModels.Model(weights: TestModels.Weights(TestModels.Small, seed)))]));
        EngineComparison comparison = EngineComparison.Run(model, Noise(), 1);
        Assert.True(comparison.IsEqual);
        Assert.Equal(3, comparison.Runs);
    }

    private PancreasModel Saved(PancreasModel model)
    {
        string path = _folder.File("saved.safetensors");
        ModelFile.Write(model, path);
        return ModelFile.Read(path);
    }

    private static PancreasModel Ensemble(int members) =>
        ModelEnsemble.Of("e", [.. Enumerable.Repeat(BrightTissueModel.Create(20, s_plan), members)]);

    private SegmentationPipeline Pipeline(float[] cuts)
    {
        PancreasModel model = Ensemble(cuts.Length);
        return new SegmentationPipeline(model, stage =>
        {
            float cut = cuts[model.Members.ToList().IndexOf(stage)];
            _engines.Add(new FakeEngine(v => v > cut ? 1 : 0));
            return _engines[^1];
        });
    }

    private static SegmentationResult Run(PancreasModel model, CtVolume ct, double? threshold = null,
        SegmentationEffort effort = SegmentationEffort.Normal, SegmentationEngineKind kind = SegmentationEngineKind.Torch)
    {
        var options = new SegmentationOptions { Threshold = threshold, Effort = effort, KeepProbability = true, AcceptAnyInput = true };
        using var pipeline = SegmentationPipeline.Create(
            model, kind, new EngineOptions { Precision = Precision.Float32, ThreadCount = 1 }, options);
        return pipeline.Run(ct, options);
    }

    private static SegmentationResult Segment(SegmentationPipeline pipeline, SegmentationEffort effort = SegmentationEffort.Normal) =>
        pipeline.Run(Balls(), new SegmentationOptions { Effort = effort, AcceptAnyInput = true });

    private static double Median(ProbabilityVolume volume)
    {
        float[] sorted = [.. volume.Values.Span];
        Array.Sort(sorted);
        return sorted[sorted.Length / 2];
    }

    private static CtVolume Noise()
    {
        var random = new Random(3);
        short[] hu = [.. Enumerable.Range(0, s_small.VoxelCount).Select(_ => (short)random.Next(-100, 200))];
        return new CtVolume(s_small, hu, new("noise"));
    }

    /// <summary>Soft tissue with one bright box in it and one that is less so.</summary>
    private static CtVolume Balls()
    {
        short[] hu = new short[s_grid.VoxelCount];
        for (int i = 0; i < hu.Length; i++)
        {
            (int c, int r, int s) = (i % 60, i / 60 % 60, i / 3600);
            bool inside = r is > 20 and < 34 && s is > 8 and < 20;
            hu[i] = (short)(inside && c is > 10 and < 24 ? 150 : inside && c is > 34 and < 48 ? 70 : -50);
        }
        hu[^1] = -1000;
        return new CtVolume(s_grid, hu, new("balls"));
    }

    private sealed class Counted(ISegmentationEngine inner, Action freed) : ISegmentationEngine
    {
        public EngineInfo Info => inner.Info;

        public Prediction Run(ReadOnlyMemory<float> input, Execution execution, bool withClasses,
            IProgress<ProgressStep>? progress, CancellationToken cancellation) =>
            inner.Run(input, execution, withClasses, progress, cancellation);

        public void Dispose() => freed();
    }
}
