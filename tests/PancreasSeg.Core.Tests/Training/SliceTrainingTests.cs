using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

[Collection(TorchTests.Name)]
public class SliceTrainingTests
{
    private static readonly TrainingOptions s_original = new()
    {
        Network = new NetworkSpec { Kind = NetworkKind.SliceUNet, Filters = 4 },
        Plan = PreprocessPlan.Original with { Size = [32, 32, 8] },
        Loss = new LossOptions { Kind = LossKind.WeightedCrossEntropy },
        LearningRate = 0.003,
        Schedule = new LearningRateOptions { WarmUpSteps = 0 },
        Optimizer = new OptimizerOptions { GradientClip = double.PositiveInfinity },
        MaxEpoch = 30,
        Validation = new ValidationOptions { Fraction = 0, Average = ValidationAverage.Voxel },
        Augmentation = null,
        Precision = Precision.Float32,
    };

    [Fact]
    public void The_original_settings_learn_a_bright_box()
    {
        var epochs = new List<TrainingEpoch>();
        PancreasModel model = Trainer.Train([Case("a", 10), Case("b", 14)], s_original, onEpoch: epochs.Add);
        Assert.Equal(NetworkKind.SliceUNet, model.Network.Kind);
        Assert.True(epochs[^1].Loss < 0.3 * epochs[0].Loss, $"{epochs[0].Loss} -> {epochs[^1].Loss}");
        Assert.True(epochs.Max(e => e.ValidationDice) > 0.8);
        Assert.True(epochs.Where(e => e.IsBest).Select(e => e.ValidationDice!.Value)
            .Zip(epochs.Where(e => e.IsBest).Skip(1).Select(e => e.ValidationDice!.Value)).All(p => p.Second > p.First));
    }

    [Fact]
    public void A_transposing_plan_trains_on_the_transposed_mask()
    {
        TrainingCase item = Case("a", 10);
        static PreparedCase Prepared(TrainingCase item, PreprocessPlan plan) =>
            TrainingSet.Create([TrainingCaseSource.Of(item)], [], new TrainingOptions { Plan = plan }, new TrainingHost(), default)
                .Training[0];
        PreparedCase plain = Prepared(item, s_original.Plan), transposed = Prepared(item, s_original.Plan with { Transpose = true });
        Assert.Equal(plain.Input.Values.ToArray(), transposed.Input.Values.ToArray());
        for (int s = 0; s < 8; s++)
            for (int r = 0; r < 32; r++)
                for (int c = 0; c < 32; c++)
                    Assert.Equal(plain.Classes.Span[(s * 32 + r) * 32 + c], transposed.Classes.Span[(s * 32 + c) * 32 + r]);
    }

    [Fact]
    public void Clipped_voxels_can_be_left_out_of_the_loss_only_with_a_window() =>
        Assert.Equal(Fault.SettingInvalid,
            Assert.Throws<CoreException>((s_original with { Loss = new LossOptions { IgnoreClipped = true } }).Validate).Fault);

    [Fact]
    public void Clipped_voxels_left_out_lower_the_loss()
    {
        TrainingOptions options = s_original with { Plan = new PreprocessPlan { Size = [32, 32, 8], WindowLow = 0 }, MaxEpoch = 1 };
        double LossWith(bool ignore)
        {
            double loss = 0;
            Trainer.Train(
                [Case("a", 10)], options with { Loss = options.Loss with { IgnoreClipped = ignore } }, onEpoch: e => loss = e.Loss);
            return loss;
        }
        // All but the bright box is at or below 0 HU.
        Assert.InRange(LossWith(true), 0, 0.5 * LossWith(false));
    }

    private static TrainingCase Case(string name, int first)
    {
        VolumeGrid grid = VolumeGrid.Axial(64, 64, 12, new(1, 1, 3));
        var hu = new short[grid.VoxelCount];
        var labels = new byte[grid.VoxelCount];
        var random = new Random(first);
        for (int s = 0; s < 12; s++)
            for (int r = 0; r < 64; r++)
                for (int c = 0; c < 64; c++)
                {
                    int i = grid.IndexOf(c, r, s);
                    bool inside = c >= first && c < first + 30 && r >= 20 && r < 34 && s is >= 2 and < 10;
                    (hu[i], labels[i]) = ((short)((inside ? 150 : -40) + random.Next(30)), inside ? (byte)1 : (byte)0);
                }
        var source = new VolumeSource(name);
        return new TrainingCase(new CtVolume(grid, hu, source), new LabelVolume(grid, labels, source), name);
    }
}
