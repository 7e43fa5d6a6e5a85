using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PancreasSeg.Network;

/// <summary>Loss functions. Logits are float32 1 x K x D x H x W, labels are int64 classes 1 x D x H x W or <see cref="Ignored"/>.</summary>
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
    public static Tensor Of(LossKind kind, Tensor logits, Tensor labels, int pancreasChannel, double weight) => kind switch
    {
        LossKind.WeightedDice => WeightedDice(logits, labels, pancreasChannel, weight),
        LossKind.DiceCrossEntropy => WeightedDice(logits, labels, pancreasChannel, weight) + WeightedCrossEntropy(logits, labels, pancreasChannel, 1),
        LossKind.WeightedCrossEntropy => WeightedCrossEntropy(logits, labels, pancreasChannel, weight),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>
    /// <c>1 - ((1+w) TP + s) / ((1+w) TP + w FN + FP + s)</c> with TP = sum(p y), FN = sum((1-p) y), FP = sum(p (1-y)): the
    /// Tversky loss (Salehi et al. 2017) with alpha = 1 / (1+w) on FP and beta = w / (1+w) on FN; w = 1 is the soft Dice loss
    /// (Milletari et al. 2016).
    /// </summary>
    public static Tensor WeightedDice(Tensor logits, Tensor labels, int pancreasChannel, double weight)
    {
        Tensor p = logits.softmax(1).select(1, pancreasChannel) * labels.ne(Ignored); // 1 x D x H x W
        Tensor y = labels.eq(pancreasChannel).to(p.dtype);
        Tensor tp = (p * y).sum();
        Tensor fn = y.sum() - tp;
        Tensor fp = p.sum() - tp;
        Tensor overlap = (1 + weight) * tp + Smooth;
        return 1 - overlap / (overlap + weight * fn + fp);
    }

    /// <summary>
    /// <c>1/N sum_i w_i (-log p_i[label_i])</c> over all N voxels, with w_i = w in the pancreas, 1 elsewhere and 0 for ignored
    /// voxels. Divided by the number of all voxels, ignored ones included, not by the sum of the weights.
    /// </summary>
    public static Tensor WeightedCrossEntropy(Tensor logits, Tensor labels, int pancreasChannel, double weight)
    {
        Tensor classWeights = ones(logits.shape[1], logits.dtype, logits.device);
        classWeights[pancreasChannel] = weight;
        return functional.cross_entropy(logits, labels, classWeights, ignore_index: Ignored, reduction: Reduction.Sum) / labels.numel();
    }
}
