namespace PancreasSeg.Network;

/// <summary>What another project's network puts out.</summary>
public enum ForeignOutput
{
    /// <summary>Logits of classes that exclude each other: softmax over the channels makes probabilities of them.</summary>
    Logits,

    /// <summary>One logit for each channel by itself: the sigmoid makes a probability of it.</summary>
    Sigmoid,

    /// <summary>Probabilities.</summary>
    Probabilities,
}
