using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;
using TorchSharp;

namespace PancreasSeg.Core.Tests.Training;

[Collection(TorchTests.Name)]
public sealed class SourceTrainingTests
{
    private static readonly TrainingOptions s_tiny = new()
    {
        Network = new NetworkSpec { Filters = 4, Stages = 3, Classes = 3, Norm = NetworkNorm.Instance },
        Plan = new PreprocessPlan { Spacing = [2, 2, 5] },
        AuxiliaryClasses = [new AuxiliaryClass("other", [2, 9], 2)],
        LearningRate = 0.01,
        ForegroundWeight = 1,
        Loss = new LossOptions { PancreasWeight = 2, HeadWeights = [0.4, 0] },
        MaxEpoch = 3,
        Sampling = new SamplingOptions { StepsPerEpoch = 20 },
        Precision = Precision.Float32,
        ThreadCount = 1,
    };

    [Fact]
    public void A_source_teaches_a_class_beside_the_pancreas()
    {
        var source = new Balls();
        var epochs = new List<TrainingEpoch>();
        PancreasModel model = Trainer.Train(source, [Balls.Case(-1), Balls.Case(-2)], s_tiny, epochs.Add);
        Assert.Equal(Enumerable.Range(0, 60).Select(i => (long)i), source.Asked.Order().Take(60));
        Assert.Equal(source.Asked.Count, source.Asked.Distinct().Count());
        Assert.True(epochs[^1].Loss < 0.6 * epochs[0].Loss, $"{epochs[0].Loss} {epochs[^1].Loss}");
        Assert.True(epochs.Max(e => e.ValidationDice) > 0.7, $"{epochs.Max(e => e.ValidationDice)}");
        Assert.Equal((3, 2), (model.Network.Classes, model.Validation.Count));
    }

    [Fact]
    public void Same_seed_and_source_give_the_same_weights()
    {
        TrainingOptions options = s_tiny with { MaxEpoch = 1, Sampling = new SamplingOptions { StepsPerEpoch = 6 } };
        string[] hashes =
            [.. new[] { 1, 1, 2 }.Select(seed => Trainer.Train(new Balls(), [Balls.Case(-1)], options with { Seed = seed }).Sha256)];
        Assert.Equal(hashes[0], hashes[1]);
        Assert.NotEqual(hashes[0], hashes[2]);
    }

    [Fact]
    public void Steps_on_a_source_leave_no_tensor_behind()
    {
        long before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        Trainer.Train(new Balls(), [Balls.Case(-1)], s_tiny with { MaxEpoch = 1, Sampling = new SamplingOptions { StepsPerEpoch = 5 } });
        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void What_has_learnt_from_made_cases_alone_says_so_until_it_has_seen_others()
    {
        TrainingOptions brief = s_tiny with { MaxEpoch = 1, Sampling = new SamplingOptions { StepsPerEpoch = 1 } };
        PancreasModel simulated = Trainer.Train(new Balls(), [Balls.Case(-1)], brief);
        Assert.True(simulated.SimulatedOnly);
        Assert.True(Trainer.Train(new Balls(), [Balls.Case(-1)], brief with { Start = simulated }).SimulatedOnly);

        PancreasModel other = Trainer.Train([Balls.Case(1)], brief with { Start = simulated });
        Assert.False(other.SimulatedOnly);
        Assert.False(Trainer.Train(new Balls(), [Balls.Case(-1)], brief with { Start = other }).SimulatedOnly);
    }

    [Fact]
    public void A_trained_model_is_a_head_start_also_with_fewer_classes()
    {
        PancreasModel model = Trainer.Train(new Balls(), [Balls.Case(-1)], s_tiny);
        TrainingOptions two = s_tiny with
        {
            Network = s_tiny.Network with { Classes = 2 },
            AuxiliaryClasses = [],
            Start = model,
            MaxEpoch = 1,
            LearningRate = 1e-3
        };
        TrainingEpoch started = First(two), drawn = First(two with { Start = null });
        Assert.True(started.Loss < 0.5 * drawn.Loss, $"{started.Loss} {drawn.Loss}");
        Assert.Equal(
            Fault.SettingInvalid, Assert.Throws<CoreException>((two with { Network = two.Network with { Filters = 2 } }).Validate).Fault);

        static TrainingEpoch First(TrainingOptions options)
        {
            var epochs = new List<TrainingEpoch>();
            Trainer.Train(new Balls(), [Balls.Case(-1)], options, epochs.Add);
            return epochs[0];
        }
    }

    [Fact]
    public void Cancelling_ends_training_and_the_source()
    {
        using var stop = new CancellationTokenSource();
        var source = new Balls();
        Assert.ThrowsAny<OperationCanceledException>(
            () => Trainer.Train(source, [Balls.Case(-1)], s_tiny with { MaxEpoch = 1000 }, _ => stop.Cancel(), cancellation: stop.Token));
        int asked = source.Asked.Count;
        Thread.Sleep(50);
        Assert.Equal(asked, source.Asked.Count);
    }

    [Fact]
    public void A_source_needs_cases_to_choose_the_best_epoch_by() =>
        Assert.Equal(Fault.TrainingDataInvalid, Assert.Throws<CoreException>(() => Trainer.Train(new Balls(), [], s_tiny)).Fault);

    [Fact]
    public void Labels_and_classes_must_fit_each_other()
    {
        Assert.Equal(Fault.SettingInvalid, Assert.Throws<CoreException>((s_tiny with { AuxiliaryClasses = [] }).Validate).Fault);
        Assert.Equal(
            Fault.SettingInvalid, Assert.Throws<CoreException>((s_tiny with { AuxiliaryClasses = [new("x", [1])] }).Validate).Fault);
        Assert.Equal(
            Fault.SettingInvalid, Assert.Throws<CoreException>((s_tiny with { AuxiliaryClasses = [new("x", [0])] }).Validate).Fault);
        Assert.Equal(
            Fault.SettingInvalid, Assert.Throws<CoreException>((s_tiny with { AuxiliaryClasses = [new("x", [2], 0)] }).Validate).Fault);
    }

    [Fact]
    public void Every_label_becomes_its_class_whichever_channel_is_the_pancreas()
    {
        TrainingOptions options = s_tiny with
        {
            Network = s_tiny.Network with { Classes = 4, PancreasChannel = 2 },
            LabelValue = 7,
            AuxiliaryClasses = [new("x", [2, 9], 3), new("y", [4], 5)]
        };
        options.Validate();
        VolumeGrid grid = VolumeGrid.Axial(16, 16, 1, new(2, 2, 5));
        var labels = new byte[256];
        for (int i = 0; i < 256; i++) labels[i] = (byte)i;
        PreparedCase prepared = new CasePreparation(options)
            .Prepare(new(new CtVolume(grid, new short[256], new("x")), new LabelVolume(grid, labels, new("x")), "x"), default);
        byte[] expected = new byte[256];
        (expected[7], expected[2], expected[9], expected[4]) = (2, 1, 1, 3);
        Assert.Equal(expected, prepared.Classes.ToArray());
        Assert.Equal([1, 3, 2, 5], options.ClassWeights());
    }

    /// <summary>A bright ball (pancreas, 1) and a dim one (2 or 9) somewhere in noise.</summary>
    private sealed class Balls : ITrainingSource
    {
        public System.Collections.Concurrent.ConcurrentBag<long> Asked { get; } = [];

        public TrainingCase Create(long index, CancellationToken cancellation)
        {
            Asked.Add(index);
            return Case(index);
        }

        public static TrainingCase Case(long index)
        {
            VolumeGrid grid = VolumeGrid.Axial(32, 32, 4, new(2, 2, 5));
            var random = new Random((int)index);
            var hu = new short[grid.VoxelCount];
            var labels = new byte[grid.VoxelCount];
            (int bright, int dim) = (random.Next(6, 26), random.Next(6, 26));
            for (int k = 0; k < 4; k++)
                for (int j = 0; j < 32; j++)
                    for (int i = 0; i < 32; i++)
                    {
                        bool a = (i - bright) * (i - bright) + (j - 8) * (j - 8) < 30, b = (i - dim) * (i - dim) + (j - 24) * (j - 24) < 30;
                        hu[grid.IndexOf(i, j, k)] = (short)((a ? 150 : b ? 50 : -60) + random.Next(-20, 20));
                        labels[grid.IndexOf(i, j, k)] = a ? (byte)1 : b ? (byte)(index % 2 == 0 ? 2 : 9) : (byte)0;
                    }
            var source = new VolumeSource($"balls{index}");
            return new TrainingCase(new CtVolume(grid, hu, source), new LabelVolume(grid, labels, source), source.Name);
        }
    }
}
