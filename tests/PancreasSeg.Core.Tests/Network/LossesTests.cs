using PancreasSeg.Network;
using static TorchSharp.torch;

namespace PancreasSeg.Core.Tests.Network;

[Collection(TorchTests.Name)]
public class LossesTests
{
    private const int Channel = 1;

    public LossesTests() => TorchRuntime.Start(ComputeDevice.Cpu, Precision.Float32, 1);

    [Theory]
    [InlineData(LossKind.WeightedDice, 1)]
    [InlineData(LossKind.WeightedDice, 7)]
    [InlineData(LossKind.WeightedCrossEntropy, 7)]
    [InlineData(LossKind.DiceCrossEntropy, 3)]
    public void Value_is_the_formulas(LossKind kind, double weight)
    {
        using var scope = NewDisposeScope();
        double[] logits = Logits(classes: 3);
        long[] labels = Labels(classes: 3);
        double expected = Expected(kind, logits, labels, classes: 3, weight);
        if (kind != LossKind.WeightedCrossEntropy) expected += Auxiliary(logits, labels, [1, 1, 1]);
        Assert.Equal(expected, Loss(kind, logits, labels, 3, weight).item<double>(), 10);
    }

    [Fact]
    public void Auxiliary_classes_count_by_their_weights_and_only_where_they_occur()
    {
        using var scope = NewDisposeScope();
        double[] weights = [1, 2.5, 3, 0.5, 7], logits = Logits(classes: 5);
        long[] labels = [.. Labels(classes: 5).Select((l, i) => l == 4 ? 0 : i == 5 ? Losses.Ignored : l)]; // no class 4
        double entropy = 0;
        for (int i = 0; i < 24; i++)
            if (labels[i] != Losses.Ignored)
                entropy -= weights[labels[i]] * Math.Log(P(logits, (int)labels[i], i, 5)) / 24;
        Tensor all = Losses.Of(LossKind.DiceCrossEntropy, Shaped(logits, 5), Shaped(labels), Channel, 1, weights);
        Tensor dice = Losses.WeightedDice(Shaped(logits, 5), Shaped(labels), Channel, 1);
        Assert.Equal(entropy + Auxiliary(logits, labels, weights), (all - dice).item<double>(), 10);
    }

    [Fact]
    public void Gradient_of_the_auxiliary_dice_is_the_difference_quotient()
    {
        using var scope = NewDisposeScope();
        double[] logits = Logits(classes: 4), weights = [1, 1, 2, 3];
        long[] labels = Labels(classes: 4);
        Tensor x = Shaped(logits, 4).requires_grad_();
        Losses.AuxiliaryDice(x, Shaped(labels), Channel, weights).backward();
        double[] gradient = x.grad!.data<double>().ToArray();
        for (int i = 0; i < logits.Length; i += 5)
        {
            double[] up = [.. logits], down = [.. logits];
            up[i] += 1e-6;
            down[i] -= 1e-6;
            Assert.Equal((Auxiliary(up, labels, weights) - Auxiliary(down, labels, weights)) / 2e-6, gradient[i], 7);
        }
    }

    [Fact]
    public void Without_an_auxiliary_class_in_the_labels_their_dice_is_nothing()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0, Losses.AuxiliaryDice(Shaped(Logits(3), 3), Shaped(new long[24]), Channel, [1, 1, 1]).item<double>());
    }

    [Theory]
    [InlineData(LossKind.WeightedDice, 1)]
    [InlineData(LossKind.WeightedDice, 7)]
    [InlineData(LossKind.WeightedCrossEntropy, 7)]
    [InlineData(LossKind.DiceCrossEntropy, 7)]
    public void Gradient_is_the_difference_quotient(LossKind kind, double weight)
    {
        using var scope = NewDisposeScope();
        double[] logits = Logits(classes: 2);
        long[] labels = Labels(classes: 2);
        Tensor x = Shaped(logits, 2).requires_grad_();
        Losses.Of(kind, x, Shaped(labels), Channel, weight).backward();
        double[] gradient = x.grad!.data<double>().ToArray();
        const double h = 1e-6;
        for (int i = 0; i < logits.Length; i++)
        {
            double[] up = [.. logits], down = [.. logits];
            up[i] += h;
            down[i] -= h;
            double quotient = (Expected(kind, up, labels, 2, weight) - Expected(kind, down, labels, 2, weight)) / (2 * h);
            Assert.Equal(quotient, gradient[i], 7);
        }
    }

    [Fact]
    public void Dice_loss_is_zero_for_a_perfect_and_nearly_one_for_a_disjoint_mask()
    {
        using var scope = NewDisposeScope();
        long[] labels = [.. Enumerable.Range(0, 24).Select(i => i < 6 ? 1L : 0)];
        double[] perfect = [.. labels.Select(l => l == 1 ? -40.0 : 40), .. labels.Select(l => l == 1 ? 40.0 : -40)];
        double[] disjoint = [.. perfect.Select(v => -v)];
        Assert.Equal(0, Loss(LossKind.WeightedDice, perfect, labels, 2, 7).item<double>(), 9);
        Assert.Equal(1 - 1 / (7.0 * 6 + 18 + 1), Loss(LossKind.WeightedDice, disjoint, labels, 2, 7).item<double>(), 9);
    }

    [Fact]
    public void Larger_weight_makes_a_missed_voxel_dearer_than_a_false_one()
    {
        using var scope = NewDisposeScope();
        long[] labels = [.. Enumerable.Range(0, 24).Select(i => i < 6 ? 1L : 0)];
        double Masked(int from, int to, double weight)
        {
            double[] pancreas = [.. Enumerable.Range(0, 24).Select(i => i >= from && i < to ? 40.0 : -40)];
            return Loss(LossKind.WeightedDice, [.. pancreas.Select(v => -v), .. pancreas], labels, 2, weight).item<double>();
        }
        double missed = Masked(2, 6, 7), added = Masked(0, 8, 7);
        Assert.True(missed > 2 * added, $"{missed} {added}");
        Assert.InRange(Masked(2, 6, 1) / Masked(0, 8, 1), 1, 2);
    }

    [Fact]
    public void Volume_without_pancreas_gives_a_number_and_a_gradient()
    {
        using var scope = NewDisposeScope();
        Tensor x = Shaped(Logits(2), 2).requires_grad_();
        Tensor loss = Losses.Of(LossKind.WeightedDice, x, Shaped(new long[24]), Channel, 7);
        loss.backward();
        Assert.InRange(loss.item<double>(), 0.5, 1);
        Assert.True(x.grad!.isfinite().all().item<bool>());
    }

    /// <summary>Weighted mean Dice loss of the auxiliary classes that occur, one voxel after the other.</summary>
    private static double Auxiliary(double[] logits, long[] labels, double[] weights)
    {
        double sum = 0, total = 0;
        for (int k = 2; k < weights.Length; k++)
        {
            double tp = 0, p = 0, y = 0;
            for (int i = 0; i < labels.Length; i++)
            {
                if (labels[i] == Losses.Ignored) continue;
                p += P(logits, k, i, weights.Length);
                if (labels[i] == k) (tp, y) = (tp + P(logits, k, i, weights.Length), y + 1);
            }
            if (y == 0) continue;
            sum += weights[k] * (1 - (2 * tp + 1) / (p + y + 1));
            total += weights[k];
        }
        return total == 0 ? 0 : sum / total;
    }

    private static double P(double[] logits, int k, int voxel, int classes) =>
        Math.Exp(logits[k * 24 + voxel]) / Enumerable.Range(0, classes).Sum(c => Math.Exp(logits[c * 24 + voxel]));

    /// <summary>The formulas of docs and doc comments, one voxel after the other.</summary>
    private static double Expected(LossKind kind, double[] logits, long[] labels, int classes, double weight)
    {
        int n = labels.Length;
        double tp = 0, fn = 0, fp = 0, weighted = 0, plain = 0;
        for (int i = 0; i < n; i++)
        {
            double sum = Enumerable.Range(0, classes).Sum(c => Math.Exp(logits[c * n + i]));
            double P(long c) => Math.Exp(logits[c * n + i]) / sum;
            bool pancreas = labels[i] == Channel;
            tp += pancreas ? P(Channel) : 0;
            fn += pancreas ? 1 - P(Channel) : 0;
            fp += pancreas ? 0 : P(Channel);
            weighted -= (pancreas ? weight : 1) * Math.Log(P(labels[i])) / n;
            plain -= Math.Log(P(labels[i])) / n;
        }
        double dice = 1 - ((1 + weight) * tp + 1) / ((1 + weight) * tp + weight * fn + fp + 1);
        return kind switch { LossKind.WeightedDice => dice, LossKind.WeightedCrossEntropy => weighted, _ => dice + plain };
    }

    private static Tensor Loss(LossKind kind, double[] logits, long[] labels, int classes, double weight) =>
        Losses.Of(kind, Shaped(logits, classes), Shaped(labels), Channel, weight);

    private static Tensor Shaped(double[] logits, int classes) => tensor(logits, [1, classes, 2, 3, 4]);

    private static Tensor Shaped(long[] labels) => tensor(labels, [1, 2, 3, 4]);

    private static double[] Logits(int classes)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, classes * 24).Select(_ => random.NextDouble() * 4 - 2)];
    }

    private static long[] Labels(int classes)
    {
        var random = new Random(4);
        return [.. Enumerable.Range(0, 24).Select(_ => (long)random.Next(classes))];
    }
}
