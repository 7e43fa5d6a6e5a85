using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PancreasSeg.Network;

/// <summary>Loss functions. Logits are float32 1 x K x D x H x W, labels are int64 classes 1 x D x H x W or
/// <see cref="Ignored"/>.</summary>
internal static class Losses
{
    /// <summary>Label of a voxel whose answer does not matter.</summary>
    public const long Ignored = -1;

    /// <summary>
    /// One voxel's worth of overlap, added above and below the fraction: where there is neither label nor prediction the loss is
    /// 0 and not 0 / 0, and in a volume without pancreas false positives still cost.
    /// </summary>
    private const double Smooth = 1;

    /// <summary>The chosen loss.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="logits">Float32 1 x K x D x H x W.</param>
    /// <param name="labels">Classes 1 x D x H x W.</param>
    /// <param name="pancreasChannel">The pancreas' class.</param>
    /// <param name="weight">What a missed voxel of pancreas costs against a false one.</param>
    /// <param name="classWeights">Weight of each of K classes in cross-entropy and in the auxiliary Dice; null weighs all alike.</param>
    public static Tensor Of(LossKind kind, Tensor logits, Tensor labels, int pancreasChannel, double weight, double[]? classWeights = null)
    {
        int classes = (int)logits.shape[1];
        classWeights ??= [.. Enumerable.Repeat(1.0, classes)];
        if (kind == LossKind.WeightedCrossEntropy)
            return WeightedCrossEntropy(logits, labels, [.. classWeights.Select((w, k) => k == pancreasChannel ? weight : w)]);
        Tensor loss = WeightedDice(logits, labels, pancreasChannel, weight);
        if (kind == LossKind.DiceCrossEntropy) loss = loss.Plus(WeightedCrossEntropy(logits, labels, classWeights));
        return classes == 2 ? loss : loss.Plus(AuxiliaryDice(logits, labels, pancreasChannel, classWeights));
    }

    /// <summary>
    /// <c>1 - ((1+w) TP + s) / ((1+w) TP + w FN + FP + s)</c> with TP = sum(p y), FN = sum((1-p) y), FP = sum(p (1-y)): the
    /// Tversky loss (Salehi et al. 2017) with alpha = 1 / (1+w) on FP and beta = w / (1+w) on FN; w = 1 is the soft Dice loss
    /// (Milletari et al. 2016).
    /// </summary>
    public static Tensor WeightedDice(Tensor logits, Tensor labels, int pancreasChannel, double weight)
    {
        Tensor p = logits.softmax(1).select(1, pancreasChannel) * IsKnown(labels); // 1 x D x H x W
        Tensor y = labels.Is(pancreasChannel).to(p.dtype);
        Tensor tp = (p * y).sum();
        Tensor fn = y.sum() - tp;
        Tensor fp = p.sum() - tp;
        Tensor overlap = tp.Times(1 + weight).Plus(Smooth);
        return (overlap / overlap.Plus(fn.Times(weight)).Plus(fp)).FromOne();
    }

    /// <summary>
    /// Mean over the auxiliary classes that occur in the labels, each with its weight, of the soft Dice loss
    /// <c>1 - (2 TP + s) / (P + Y + s)</c>, P and Y the sums of its probabilities and of its labels; 0 where none occurs.
    /// </summary>
    public static Tensor AuxiliaryDice(Tensor logits, Tensor labels, int pancreasChannel, double[] classWeights)
    {
        int classes = classWeights.Length;
        Tensor p = logits.softmax(1);                                           // 1 x K x D x H x W
        Tensor known = IsKnown(labels).to(p.dtype);                             // 1 x D x H x W
        Tensor own = labels.Replaced(labels.Is(Ignored), 0);                    // 1 x D x H x W
        Tensor right = p.gather(1, own.unsqueeze(1)).squeeze(1) * known;        // 1 x D x H x W: probability of the voxel's own class
        Tensor none = zeros(classes, p.dtype, p.device);
        Tensor tp = none.PlusAt(own.flatten(), right.flatten());                // K
        Tensor y = none.PlusAt(own.flatten(), known.flatten());
        Tensor all = (p * known.unsqueeze(1)).sum([0, 2, 3, 4]);
        double[] auxiliary = [.. classWeights.Select((w, k) => k == 0 || k == pancreasChannel ? 0 : w)];
        Tensor weights = tensor(auxiliary, p.dtype, p.device) * y.Exceeds(0);
        Tensor losses = (tp.Times(2).Plus(Smooth) / all.Plus(y).Plus(Smooth)).FromOne();
        return (weights * losses).sum() / weights.sum().AtLeast(1e-12);
    }

    /// <summary>
    /// <c>1/N sum_i w[label_i] (-log p_i[label_i])</c> over all N voxels; w is 0 for ignored voxels. Divided by the number of all
    /// voxels, ignored ones included, not by the sum of the weights.
    /// </summary>
    public static Tensor WeightedCrossEntropy(Tensor logits, Tensor labels, double[] classWeights) =>
        functional.cross_entropy(logits, labels, tensor(classWeights, logits.dtype, logits.device), ignore_index: Ignored,
            reduction: Reduction.Sum).Over(labels.numel());

    private static Tensor IsKnown(Tensor labels) => labels.Is(Ignored).logical_not();
}
