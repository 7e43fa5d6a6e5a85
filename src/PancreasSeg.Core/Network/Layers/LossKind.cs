namespace PancreasSeg.Network;

/// <summary>What training minimises. TP, FN and FP are soft counts over the pancreas probabilities; w is the foreground weight.</summary>
public enum LossKind
{
    /// <summary>Weighted Dice plus cross-entropy: overlap from the one, steady gradients everywhere from the other.</summary>
    DiceCrossEntropy,

    /// <summary><c>1 - (1+w) TP / ((1+w) TP + w FN + FP)</c>: w = 1 is Dice, a larger w favours recall.</summary>
    WeightedDice,

    /// <summary>Cross-entropy in which each voxel of the pancreas counts w times.</summary>
    WeightedCrossEntropy,
}
