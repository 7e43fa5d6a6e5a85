using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Evaluation;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Segmentation;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

[Collection(TorchTests.Name)]
public sealed class BoxTrainingTests
{
    private static readonly TrainingOptions s_refiner = new()
    {
        Network = new NetworkSpec { Filters = 4, Stages = 3 },
        Plan = new PreprocessPlan { Spacing = [3, 3, 4], BoxSize = [84, 90, 56] },
        LearningRate = 0.005,
        ForegroundWeight = 1,
        MaxEpoch = 20,
        Validation = new ValidationOptions { Interval = 5 },
        Augmentation = null,
        Precision = Precision.Float32,
        ThreadCount = 1,
    };

    private static readonly TrainingOptions s_locator = s_refiner with { Plan = new PreprocessPlan { Spacing = [6, 6, 8] } };

    [Fact]
    public void A_case_is_prepared_round_its_label_with_a_margin_and_measured_in_the_middle()
    {
        TrainingCase item = Ball(new(20, 30, 12));
        PreparedCase made = new CasePreparation(s_refiner).PrepareWithReference(item, default);
        Assert.Equal((32 + 2 * 5, 32 + 2 * 5, 14 + 2 * 4), (made.Width, made.Height, made.Depth));

        PreparedCase shown = TrainingBox.Shown(made, s_refiner.Plan);
        Assert.Equal((32, 32, 14), (shown.Width, shown.Height, shown.Depth));
        Vector3D middle = shown.Input.Grid.Affine.Apply(new(15.5, 15.5, 6.5));
        Assert.InRange((middle - item.Image.Grid.Affine.Apply(new(20, 30, 12))).Length, 0, 0.01);
        Assert.Same(made.Reference, shown.Reference);
        // Nothing is resampled twice.
        var box = new Preprocessor(s_refiner.Plan);
        NetworkInput direct = box.Prepare(item.Image, box.BoxGrid(item.Image.Grid, middle));
        Assert.Equal(direct.Values.ToArray(), shown.Input.Values.ToArray(), (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void A_step_sees_the_box_somewhere_round_the_label_and_all_places_occur()
    {
        PreparedCase made = new CasePreparation(s_refiner).PrepareWithReference(Ball(new(20, 30, 12)), default);
        var maker = new SampleMaker([made], s_refiner);
        PreparedCase[] samples = [.. Enumerable.Range(0, 60).Select(i => maker.Create(i, default))];
        Assert.All(samples, s => Assert.Equal((32, 32, 14), (s.Width, s.Height, s.Depth)));
        Assert.All(samples, s => Assert.Contains((byte)1, s.Classes.ToArray()));
        double[] shifts = [.. samples.Select(s => s.Input.Grid.Origin.X - made.Input.Grid.Origin.X)];
        Assert.Equal((0, 30), (Math.Round(shifts.Min()), Math.Round(shifts.Max())));
        Assert.Equal(11, shifts.Select(mm => Math.Round(mm)).Distinct().Count());
    }

    [Fact]
    public void A_patch_is_cut_out_of_the_boxs_surroundings_where_it_is_asked_for()
    {
        TrainingOptions options = s_refiner with { Sampling = new SamplingOptions { PatchSize = [16, 16, 8] } };
        PreparedCase made = new CasePreparation(options).PrepareWithReference(Ball(new(20, 30, 12)), default);
        PreparedCase sample = new SampleMaker([made], options).Create(0, default);
        Assert.Equal((16, 16, 8), (sample.Width, sample.Height, sample.Depth));
    }

    public static TheoryData<NetworkSpec> Refiners => new(
        s_refiner.Network,
        // The box of 14 slices becomes one of 16.
        new NetworkSpec { Kind = NetworkKind.ResidualUNet, Filters = 4, Strides = [[2, 2, 2], [2, 2, 2]] });

    [Theory]
    [MemberData(nameof(Refiners))]
    public void A_locator_and_a_refiner_learnt_from_the_same_cases_segment_together(NetworkSpec network)
    {
        TrainingOptions ofRefiner = s_refiner with { Network = network };
        TrainingCase[] cases = [Ball(new(20, 30, 12)), Ball(new(32, 22, 9)), Ball(new(26, 26, 14))];
        PancreasModel refiner = Trainer.Train(cases, ofRefiner), locator = Trainer.Train(cases, s_locator);
        Assert.Equal(s_refiner.Plan.BoxSize, refiner.Plan.BoxSize);
        PancreasModel model = refiner.WithLocator(locator);
        var engine = new EngineOptions { Precision = Precision.Float32, ThreadCount = 1 };
        using var pipeline = new SegmentationPipeline(model, stage => new TorchEngine(stage, engine));
        TrainingCase unseen = Ball(new(24, 21, 11));
        SegmentationResult result = pipeline.Run(unseen.Image, new SegmentationOptions { AcceptAnyInput = true });
        Assert.InRange(SegmentationMeasure.Compare(result.Mask!, unseen.Label).Dice, 0.8, 1);

        // Trained on, the refiner stays in its boxes, the locator is as it was, and the new model tells what it comes from.
        PancreasModel tuned = model.With(ModelStage.Refiner, Trainer.Train(cases, ofRefiner with { Start = model, MaxEpoch = 1 }));
        Assert.Equal(locator.Sha256, tuned.Locator!.Sha256);
        Assert.Equal(s_refiner.Plan.BoxSize, tuned.Plan.BoxSize);
        Assert.NotEqual(model.Sha256, tuned.Sha256);
        Assert.Equal((model.Name, model.Sha256), (tuned.Lineage.Single().Name, tuned.Lineage.Single().Sha256));

        PancreasModel found = model.With(ModelStage.Locator,
            Trainer.Train(cases, s_locator with { Start = model.Of(ModelStage.Locator), MaxEpoch = 1, Name = "again" }));
        Assert.Equal(refiner.Sha256, found.Header.Sha256);
        Assert.Equal(locator.Sha256, found.Locator!.Lineage.Single().Sha256);
        Assert.Empty(found.Lineage);
        Assert.Equal("again", found.Name);
    }

    [Fact]
    public void Lineage_grows_by_each_training_and_a_file_keeps_it()
    {
        TrainingCase[] cases = [Ball(new(20, 30, 12))];
        TrainingOptions once = s_refiner with { MaxEpoch = 1 };
        PancreasModel first = Trainer.Train(cases, once with { Name = "first", TrainingData = "balls", License = "CC0" });
        PancreasModel second = Trainer.Train(cases, once with { Name = "second", Start = first });
        PancreasModel third = Trainer.Train(cases, once with { Name = "third", Start = second });
        Assert.Empty(first.Lineage);
        string path = Path.Combine(Path.GetTempPath(), $"pancreasseg-{Guid.NewGuid():N}.safetensors");
        try
        {
            ModelFile.Write(third, path);
            // A version that does not know the entry says that the file is of a later one, not that it is damaged.
            Assert.Contains("formatVersion\\u0022:2", File.ReadAllText(path), StringComparison.Ordinal);
            IReadOnlyList<ModelAncestor> lineage = ModelFile.Read(path).Lineage;
            Assert.Equal([new("second", second.Sha256, "not stated", "not stated"), new("first", first.Sha256, "balls", "CC0")], lineage);
        }
        finally
        {
            File.Delete(path);
        }
        Assert.Equal(third.Identity, new PancreasModel(third.Header with { Lineage = null }, third.Weights).Identity);
    }

    [Fact]
    public void A_stage_that_a_model_does_not_have_is_refused_by_name()
    {
        PancreasModel refiner = Trainer.Train([Ball(new(20, 30, 12))], s_refiner with { MaxEpoch = 1 });
        Assert.Same(refiner, refiner.Of(ModelStage.Refiner));
        CoreException refused = Assert.Throws<CoreException>(() => refiner.Of(ModelStage.Locator));
        Assert.Equal(Fault.SettingInvalid, refused.Fault);
        Assert.Contains("Refiner", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cases_that_only_a_refiner_refuses_are_found_without_a_step()
    {
        TrainingCase one = Ball(new(20, 30, 12));
        short[] hu = one.Image.Integers.ToArray();
        for (int i = 0; i < 52; i++) hu[i] = 40;            // a row beyond what surrounds the box
        TrainingCase other = one with { Image = new CtVolume(one.Image.Grid, hu, one.Image.Source), Name = "other" };
        TrainingCaseSource[] cases = [TrainingCaseSource.Of(one), TrainingCaseSource.Of(other)];
        using var cache = new PreparedCache(null);
        var host = new TrainingHost { Cache = cache, OnEpoch = _ => Assert.Fail("It trained.") };
        Trainer.Check(cases, s_locator, host, default);
        CoreException refused = Assert.Throws<CoreException>(() => Trainer.Check(cases, s_refiner, host, default));
        Assert.Equal(Fault.TrainingDataInvalid, refused.Fault);
        Assert.Contains("show the same CT", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>A ball of 60 HU and 18 mm radius; centre in voxels.</summary>
    private static TrainingCase Ball(Vector3D centre)
    {
        VolumeGrid grid = VolumeGrid.Axial(52, 52, 24, new(3, 3, 4));
        var random = new Random((int)centre.X);
        var hu = new short[grid.VoxelCount];
        var labels = new byte[grid.VoxelCount];
        for (int i = 0; i < hu.Length; i++)
        {
            var at = new Vector3D(i % 52, i / 52 % 52, i / (52 * 52));
            Vector3D away = grid.Affine.Apply(at) - grid.Affine.Apply(centre);
            (hu[i], labels[i]) = away.Length <= 18 ? ((short)60, (byte)1) : ((short)-50, (byte)0);
            hu[i] += (short)random.Next(-20, 20);
        }
        var source = new VolumeSource($"{centre}");
        return new TrainingCase(new CtVolume(grid, hu, source), new LabelVolume(grid, labels, source), source.Name);
    }
}
