using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public class SettingsTests
{
    public static TheoryData<string, TrainingOptions> Refused() => new()
    {
        { "Training LearningRate", new() { LearningRate = 0 } },
        { "Training ForegroundWeight", new() { ForegroundWeight = double.PositiveInfinity } },
        { "Training Network", new() { Network = new NetworkSpec { Classes = 3 } } },
        { "Training MaxEpoch", new() { MaxEpoch = 0 } },
        { "Training MaxDuration", new() { MaxDuration = TimeSpan.Zero } },
        { "Training MaxDuration", new() { MaxDuration = TimeSpan.FromSeconds(-1) } },
        { "Training LabelValue", new() { LabelValue = 0 } },
        { "Optimizer Kind", new() { Optimizer = new() { Kind = (OptimizerKind)9 } } },
        { "Optimizer WeightDecay", new() { Optimizer = new() { WeightDecay = -1 } } },
        { "Optimizer Beta2", new() { Optimizer = new() { Beta2 = 1 } } },
        { "Optimizer Momentum", new() { Optimizer = new() { Momentum = 0 } } },
        { "Optimizer GradientClip", new() { Optimizer = new() { GradientClip = 0 } } },
        { "Optimizer AverageDecay", new() { Optimizer = new() { AverageDecay = 1 } } },
        { "Schedule WarmUpSteps", new() { Schedule = new() { WarmUpSteps = -1 } } },
        { "Schedule Minimum", new() { Schedule = new() { Minimum = double.NaN } } },
        { "Schedule Factor", new() { Schedule = new() { Factor = 1 } } },
        { "Schedule Patience", new() { Schedule = new() { Patience = 0 } } },
        { "Schedule Cooldown", new() { Schedule = new() { Cooldown = -1 } } },
        { "Schedule MinDelta", new() { Schedule = new() { MinDelta = -1e-9 } } },
        { "Loss PancreasWeight", new() { Loss = new() { PancreasWeight = 0 } } },
        { "Loss HeadWeights", new() { Loss = new() { HeadWeights = [1] } } },
        { "Loss IgnoreClipped", new() { Plan = PreprocessPlan.Original, Loss = new() { IgnoreClipped = true } } },
        { "Validation Fraction", new() { Validation = new() { Fraction = 1 } } },
        { "Validation Folds", new() { Validation = new() { Folds = 1 } } },
        { "Validation Fold", new() { Validation = new() { Folds = 3, Fold = 4 } } },
        { "Validation SimulatedCases", new() { Validation = new() { SimulatedCases = 0 } } },
        { "Validation Interval", new() { Validation = new() { Interval = 0 } } },
        { "Validation Threshold", new() { Validation = new() { Threshold = 0 } } },
        { "StopRule Patience", new() { StopRule = new() { Patience = 0 } } },
        { "StopRule MinDelta", new() { StopRule = new() { MinDelta = -1 } } },
        { "Sampling PatchSize", new() { Sampling = new() { PatchSize = [16, 24, 16] } } },
        { "Sampling ForegroundFraction", new() { Sampling = new() { ForegroundFraction = 1.5 } } },
        { "Sampling StepsPerEpoch", new() { Sampling = new() { StepsPerEpoch = 0 } } },
        { "Augmentation Rotation", new() { Augmentation = new() { Rotation = 181 } } },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_setting_out_of_range_is_refused_by_its_groups_and_its_own_name(string name, TrainingOptions options)
    {
        CoreException error = Assert.Throws<CoreException>(options.Validate);
        Assert.Equal((Fault.SettingInvalid, name.Split(' ')[1]), (error.Fault, error.Target));
        Assert.StartsWith($"{name.Split(' ')[0]} needs a {name.Split(' ')[1]} that ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Defaults_train_networks_of_any_number_of_stages()
    {
        for (int stages = 2; stages <= 5; stages++)
        {
            var options = new TrainingOptions { Network = new NetworkSpec { Stages = stages } };
            options.Validate();
            Assert.Equal(((double[])[0.4, 0.2, 0.1, 0.05])[..(stages - 1)], options.Loss.HeadWeightsOf(options.Network));
        }
    }
}
