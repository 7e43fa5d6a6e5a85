using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Evaluation;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Segmentation;
using PancreasSeg.Training;
using TorchSharp;

namespace PancreasSeg.Core.Tests.Training;

[Collection(TorchTests.Name)]
public sealed class TrainerTests
{
    private static readonly TrainingOptions s_tiny = new()
    {
        Network = new NetworkSpec { Filters = 4, Stages = 3 },
        Plan = new PreprocessPlan { Size = [32, 32, 6] },
        LearningRate = 0.005,
        ForegroundWeight = 1,
        MaxEpoch = 30,
        Validation = new ValidationOptions { Interval = 10 },
        LabelValue = 3,
        Augmentation = null,
        Schedule = new LearningRateOptions { Policy = LearningRatePolicy.Cosine },
        Precision = Precision.Float32,
        ThreadCount = 1,
    };

    [Fact]
    public void A_bottleneck_of_one_row_is_trained_in_float32_whatever_is_asked_for()
    {
        TrainingOptions options =
            s_tiny with { Network = new NetworkSpec { Filters = 2 }, Plan = new PreprocessPlan { Size = [32, 16, 8] }, MaxEpoch = 3 };
        string[] hashes =
            [.. new[] { Precision.BFloat16, Precision.Float32 }.Select(p =>
                Trainer.Train([Ball("ball", centre: 15)], options with { Precision = p }).Sha256)];
        Assert.Equal(hashes[1], hashes[0]);
    }

    /// <summary>Networks, and the part of their loss that is left at the end: normalised features grow certain slowly.</summary>
    public static TheoryData<NetworkSpec, double> Networks => new()
    {
        { s_tiny.Network, 0.3 },
        { new NetworkSpec { Kind = NetworkKind.SliceUNet, Filters = 4 }, 0.3 },
        { new NetworkSpec { Kind = NetworkKind.ResidualUNet, Filters = 4, Strides = [[2, 2, 1], [2, 2, 2], [2, 2, 1]] }, 0.6 },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Training_finds_a_bright_ball_and_the_saved_model_repeats_its_probabilities(NetworkSpec network, double left)
    {
        TrainingCase item = Ball("ball", centre: 15);
        var epochs = new List<TrainingEpoch>();
        PancreasModel model = Trainer.Train([item], s_tiny with { Network = network, MaxEpoch = 60 }, onEpoch: epochs.Add);

        Assert.Equal(Enumerable.Range(1, 60), epochs.Select(e => e.Epoch));
        Assert.True(epochs[^1].Loss < left * epochs[0].Loss, $"{epochs[0].Loss} {epochs[^1].Loss}");
        Assert.Equal(6, epochs.Count(e => e.ValidationDice is not null));
        double best = epochs.Max(e => e.ValidationDice!.GetValueOrDefault());
        Assert.InRange(best, 0.8, 1);
        Assert.Empty(model.Validation);

        float[] before = Probabilities(model, item.Image);
        string path = Path.Combine(Path.GetTempPath(), $"pancreasseg-{Guid.NewGuid():N}.safetensors");
        try
        {
            ModelFile.Write(model, path);
            Assert.Equal(before, Probabilities(ModelFile.Read(path), item.Image));
        }
        finally
        {
            File.Delete(path);
        }
        using var pipeline =
            new SegmentationPipeline(model, new TorchEngine(model, new EngineOptions { Precision = Precision.Float32, ThreadCount = 1 }));
        Assert.Equal(
            best, SegmentationMeasure.Compare(
                pipeline.Run(item.Image, new SegmentationOptions { AcceptAnyInput = true }).Mask!, item.Label, 1, 3).Dice, 6);
    }

    [Fact]
    public void Same_seed_gives_the_same_weights()
    {
        TrainingCase[] cases = [Ball("a", 12), Ball("b", 18), Ball("c", 15)];
        TrainingOptions options = s_tiny with
        {
            MaxEpoch = 3,
            Validation = new ValidationOptions { Fraction = 0.34, Interval = 10 },
            Schedule = new LearningRateOptions()
        };
        string first = Trainer.Train(cases, options).Sha256;
        Assert.Equal(first, Trainer.Train(cases, options).Sha256);
        Assert.NotEqual(first, Trainer.Train(cases, options with { Seed = 2 }).Sha256);
    }

    [Fact]
    public void Held_back_cases_are_scored_and_described_in_the_model()
    {
        TrainingCase[] cases = [Ball("a", 12), Ball("b", 18), Ball("c", 15)];
        PancreasModel model = Trainer.Train(
            cases[..2], s_tiny with { MaxEpoch = 2, TrainingData = "two balls", License = "CC0", Name = "balls" }, [cases[2]]);
        Assert.Equal(["c"], model.Validation.Select(s => s.Case));
        Assert.Equal(("balls", "two balls", "CC0", 0.5), (model.Name, model.TrainingData, model.License, model.Threshold));
        Assert.Equal(19, model.Curve.Count);
        Assert.Equal(model.Curve.Select(p => p.Recall).OrderDescending(), model.Curve.Select(p => p.Recall));
        OperatingPoint middle = model.Curve.Single(p => p.Threshold == 0.5);
        Assert.Equal((model.Validation[0].Recall, model.Validation[0].Precision), (middle.Recall, middle.Precision));
    }

    [Fact]
    public void Bfloat16_trains_too()
    {
        var epochs = new List<TrainingEpoch>();
        Trainer.Train([Ball("a", 15)], s_tiny with { Precision = Precision.BFloat16, MaxEpoch = 20 }, onEpoch: epochs.Add);
        Assert.True(epochs[^1].Loss < 0.7 * epochs[0].Loss, $"{epochs[0].Loss} {epochs[^1].Loss}");
    }

    [Fact]
    public void An_epoch_has_the_steps_asked_for_or_one_of_each_case()
    {
        int Steps(int? steps)
        {
            var told = new List<string>();
            Trainer.Train(
                [Ball("a", 15), Ball("b", 17)], s_tiny with
                {
                    MaxEpoch = 1,
                    Sampling = new SamplingOptions { StepsPerEpoch = steps },
                    Validation = new ValidationOptions { Fraction = 0 }
                }, progress: new Listener(told.Add));
            return told.Count(t => t.StartsWith("epoch 1 ", StringComparison.Ordinal));
        }
        Assert.Equal((2, 5), (Steps(null), Steps(5)));
    }

    [Fact]
    public void Steps_leave_no_tensor_behind()
    {
        var live = new List<long>();
        long before = LiveTensors();
        Trainer.Train([Ball("a", 15)], s_tiny with { Plan = new PreprocessPlan { Size = [16, 16, 3] }, MaxEpoch = 100 }, onEpoch: _ =>
            live.Add(LiveTensors()));
        Assert.Equal(live[9], live[99]);
        Assert.Equal(before, LiveTensors());
    }

    [Fact]
    public void Every_fault_of_the_set_is_told_at_once()
    {
        TrainingCase good = Ball("good", 15), other = Ball("other", 15, spacing: 2.5);
        TrainingCase shifted = new(good.Image, other.Label, "shifted");
        TrainingCase unlabelled =
            good with { Label = new LabelVolume(good.Label.Grid, new byte[good.Label.Grid.VoxelCount], new("none")), Name = "unlabelled" };

        var mixed = Assert.Throws<CoreException>(() => Trainer.Train([good, shifted, unlabelled], s_tiny));
        Assert.Equal(Fault.TrainingDataInvalid, mixed.Fault);
        Assert.Contains("'shifted'", mixed.Message, StringComparison.Ordinal);
        Assert.Contains("'unlabelled'", mixed.Message, StringComparison.Ordinal);
        Assert.Equal(Fault.GridMismatch, Assert.Throws<CoreException>(() => Trainer.Train([good, shifted], s_tiny)).Fault);
        Assert.Equal(Fault.LabelMissing, Assert.Throws<CoreException>(() => Trainer.Train([good], s_tiny, [unlabelled])).Fault);
        Assert.Equal(Fault.TrainingDataInvalid, Assert.Throws<CoreException>(() => Trainer.Train([good, good], s_tiny)).Fault);
        Assert.Equal(
            Fault.TrainingDataInvalid, Assert.Throws<CoreException>(() => Trainer.Train(Array.Empty<TrainingCase>(), s_tiny)).Fault);
    }

    [Fact]
    public void Pancreas_lost_on_the_networks_grid_is_refused()
    {
        TrainingCase item = Ball("small", 9, radius: 2);
        var error =
            Assert.Throws<CoreException>(() => Trainer.Train([item], s_tiny with { Plan = new PreprocessPlan { Spacing = [24, 24, 24] } }));
        Assert.Equal(Fault.TrainingDataInvalid, error.Fault);
        Assert.Contains("'small'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Loss_that_is_no_number_ends_training()
    {
        TrainingCase item = Ball("hot", 15);
        var hu = new float[item.Image.Grid.VoxelCount];
        Array.Fill(hu, 60);
        hu[0] = float.NaN;
        TrainingCase broken = item with { Image = new CtVolume(item.Image.Grid, hu, item.Image.Source) };
        var error = Assert.Throws<CoreException>(() => Trainer.Train([broken], s_tiny));
        Assert.Equal((Fault.TrainingDiverged, "hot"), (error.Fault, error.Target));
    }

    [Fact]
    public void Cancellation_ends_training_and_frees_every_tensor()
    {
        long before = LiveTensors();
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(
            () => Trainer.Train([Ball("a", 15)], s_tiny, onEpoch: _ => cancellation.Cancel(), cancellation: cancellation.Token));
        Assert.Equal(before, LiveTensors());
    }

    [Fact]
    public void Duration_ends_training_with_a_validated_epoch()
    {
        var epochs = new List<TrainingEpoch>();
        var moment = TimeSpan.FromTicks(1);
        Trainer.Train([Ball("a", 15)], s_tiny with { MaxDuration = moment, Validation = new ValidationOptions { Interval = 100 } },
            onEpoch: epochs.Add);
        Assert.NotNull(Assert.Single(epochs).ValidationDice);
    }

    // The callback makes epochs of 0.6 s, of which two go into 1.7 s, and a third would end after it.
    [Fact]
    public void An_epoch_that_does_not_fit_into_the_duration_is_not_begun()
    {
        var epochs = new List<TrainingEpoch>();
        var pause = new Pause();
        TrainingOptions options = s_tiny with { Validation = new ValidationOptions { Interval = 1 } };
        Trainer.Train([Ball("a", 15)], options with { MaxDuration = TimeSpan.FromSeconds(1.7) }, onEpoch: epochs.Add, progress: pause);
        Assert.InRange(epochs.Sum(e => e.Seconds), 0.6, 1.7);
        Assert.NotNull(epochs[^1].ValidationDice);
    }

    private static readonly NetworkSpec s_attention = new() { Filters = 2, Norm = NetworkNorm.Instance };

    private static readonly NetworkSpec s_residual =
        new() { Kind = NetworkKind.ResidualUNet, Filters = 2, Strides = [[2, 2, 2], [2, 2, 2], [2, 2, 2], [2, 2, 1]] };

    public static TheoryData<NetworkSpec, PreprocessPlan, int[]?> OfOneVoxel() => new()
    {
        { s_residual, new PreprocessPlan { Size = [16, 16, 8] }, null },
        { s_residual, new PreprocessPlan { Size = [32, 32, 8] }, [16, 16, 8] },
        { s_residual, new PreprocessPlan { Size = [16, 16, 8] }, [32, 32, 8] },
        { s_residual, new PreprocessPlan { Spacing = [4, 4, 5] }, null },
        { s_residual, new PreprocessPlan { Spacing = [4, 4, 5], BoxSize = [64, 64, 40] }, null },
        { s_attention, new PreprocessPlan { Size = [16, 16, 1] }, null },
        { s_attention, new PreprocessPlan { Spacing = [4, 4, 30] }, null },
    };

    [Theory]
    [MemberData(nameof(OfOneVoxel))]
    public void A_bottleneck_of_one_voxel_is_refused_before_the_first_step_where_it_is_normalised(
        NetworkSpec network, PreprocessPlan plan, int[]? patch)
    {
        TrainingOptions options = s_tiny with
        {
            Network = network,
            Plan = plan,
            MaxEpoch = 1,
            Sampling = new SamplingOptions { PatchSize = patch },
        };
        CoreException error = Assert.Throws<CoreException>(() => Trainer.Train([Ball("ball", 15)], options));
        Assert.Equal(Fault.ModelPlanMismatch, error.Fault);
        Assert.Matches("16 x 16 x [81] voxels are too few for this network: of 5 stages the coarsest has one voxel", error.Message);
    }

    [Fact]
    public void A_bottleneck_of_two_voxels_or_without_normalisation_is_trained()
    {
        foreach (NetworkSpec network in (NetworkSpec[])[s_residual, s_attention])
            Trainer.Train([Ball("ball", 15)],
                s_tiny with { Network = network, Plan = new PreprocessPlan { Size = [16, 16, 2 * network.Divisors[2]] }, MaxEpoch = 1 });
        // Without normalisation one voxel is enough.
        Trainer.Train([Ball("ball", 15)], s_tiny with
        {
            Network = s_attention with { Norm = NetworkNorm.None },
            Plan = new PreprocessPlan { Size = [16, 16, 1] },
            MaxEpoch = 1,
        });
    }

    [Fact]
    public void A_network_with_strides_takes_volumes_that_are_no_multiples_and_begins_with_its_own_model()
    {
        TrainingOptions options = s_tiny with
        {
            Network = new NetworkSpec { Kind = NetworkKind.ResidualUNet, Filters = 4, Strides = [[2, 2, 2], [2, 2, 2], [2, 2, 1]] },
            Plan = new PreprocessPlan { Spacing = [2, 2, 4] },                  // 32 x 32 x 8 voxels of 30 mm in 6 slices of 5 mm
            MaxEpoch = 2,
        };
        TrainingCase item = Ball("ball", centre: 15);
        Assert.Equal(8, new CasePreparation(options).Prepare(item, default).Depth);
        PancreasModel first = Trainer.Train([item], options), tuned = Trainer.Train([item], options with { Start = first });
        Assert.Equal(first.Network, tuned.Network);
        Assert.NotEqual(first.Sha256, tuned.Sha256);
        // What is prepared for it serves no network that fills up otherwise; those of the usual multiples share.
        Assert.NotEqual(TrainingJson.Preparation(options), TrainingJson.Preparation(options with { Network = s_tiny.Network }));
        Assert.Equal(TrainingJson.Preparation(s_tiny), TrainingJson.Preparation(s_tiny with { Network = new NetworkSpec() }));
        NetworkSpec less = options.Network with { Strides = [[2, 2, 1], [2, 2, 2], [2, 2, 1]] };
        TrainingOptions other = options with { Network = less, Start = first };
        Assert.Equal(Fault.SettingInvalid, Assert.Throws<CoreException>(() => Trainer.Train([item], other)).Fault);
    }

    private sealed class Pause : IProgress<ProgressStep>
    {
        public void Report(ProgressStep value)
        {
            if (value.Status.StartsWith("epoch", StringComparison.Ordinal)) Thread.Sleep(600);
        }
    }

    private static float[] Probabilities(PancreasModel model, CtVolume ct)
    {
        using var engine = new TorchEngine(model, new EngineOptions { Precision = Precision.Float32, ThreadCount = 1 });
        NetworkInput input = new Preprocessor(model.Plan, model.Network.Divisors).Prepare(ct);
        return engine.Run(input.Values, input.Grid.Slices, input.Grid.Rows, input.Grid.Columns);
    }

    /// <summary>A ball of 60 HU, label 3, in a body of -50 HU with noise.</summary>
    private static TrainingCase Ball(string name, int centre, double spacing = 2, int radius = 6)
    {
        VolumeGrid grid = VolumeGrid.Axial(32, 32, 6, new(spacing, spacing, 5));
        var random = new Random(centre);
        var hu = new short[grid.VoxelCount];
        var labels = new byte[grid.VoxelCount];
        for (int k = 0; k < grid.Slices; k++)
            for (int j = 0; j < grid.Rows; j++)
                for (int i = 0; i < grid.Columns; i++)
                {
                    bool inside = (i - centre) * (i - centre) + (j - 16) * (j - 16) + 4 * (k - 3) * (k - 3) <= radius * radius;
                    hu[grid.IndexOf(i, j, k)] = (short)((inside ? 60 : -50) + random.Next(-20, 20));
                    labels[grid.IndexOf(i, j, k)] = inside ? (byte)3 : (byte)1;
                }
        return new TrainingCase(
            new CtVolume(grid, hu, new VolumeSource(name)), new LabelVolume(grid, labels, new VolumeSource(name)), name);
    }

    private static long LiveTensors() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    private sealed class Listener(Action<string> told) : IProgress<ProgressStep>
    {
        public void Report(ProgressStep value) => told(value.Status);
    }
}
