using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Network;
using static TorchSharp.torch;

namespace PancreasSeg.Core.Tests.Training;

[Collection(TorchTests.Name)]
public class LossTests
{
    public LossTests() => TorchRuntime.Start(ComputeDevice.Cpu, Precision.Float32, null);

    // Four voxels with pancreas probabilities 1/2, 3/4, 9/10, 1/4.
    private static Tensor Logits() => tensor([0f, 0f, 0f, 0f, 0f, MathF.Log(3), MathF.Log(9), -MathF.Log(3)]).reshape(1, 2, 1, 2, 2);

    private static Tensor Labels(params long[] labels) => tensor(labels).reshape(1, 1, 2, 2);

    [Fact]
    public void Weighted_cross_entropy_is_divided_by_all_voxels()
    {
        using var scope = NewDisposeScope();
        // Labels 0, 1, 0, 1: (ln 2 + 7 ln(4/3) + ln 10 + 7 ln 4) / 4.
        double expected = (Math.Log(2) + 7 * Math.Log(4 / 3.0) + Math.Log(10) + 7 * Math.Log(4)) / 4;
        Assert.Equal(3.6783921, expected, 1e-6);
        Assert.Equal(expected, Value(LossKind.WeightedCrossEntropy, Labels(0, 1, 0, 1), 7), 1e-6);
    }

    [Fact]
    public void Ignored_voxels_cost_nothing_but_are_counted()
    {
        using var scope = NewDisposeScope();
        double expected = (Math.Log(2) + 7 * Math.Log(4 / 3.0) + 7 * Math.Log(4)) / 4;
        Assert.Equal(expected, Value(LossKind.WeightedCrossEntropy, Labels(0, 1, Losses.Ignored, 1), 7), 1e-6);
    }

    [Fact]
    public void Ignored_voxels_are_no_false_positives_of_the_dice_loss()
    {
        using var scope = NewDisposeScope();
        // TP = 3/4 + 1/4, FN = 1/4 + 3/4, FP = 1/2; without the third voxel's 9/10.
        double expected = 1 - (2 * 1.0 + 1) / (2 * 1.0 + 1 + 1.0 + 0.5);
        Assert.Equal(expected, Value(LossKind.WeightedDice, Labels(0, 1, Losses.Ignored, 1), 1), 1e-6);
    }

    private static double Value(LossKind kind, Tensor labels, double weight) => Losses.Of(kind, Logits(), labels, 1, weight).item<float>();
}
