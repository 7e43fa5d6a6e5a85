namespace PancreasSeg.Inference.Foreign;

/// <summary>What an nnU-Net model found.</summary>
/// <param name="Labels">The label of each voxel of the CT, on its own grid.</param>
/// <param name="Probability">The probability of one class, where asked for, on the CT's own grid.</param>
internal sealed record NnUNetAnswer(LabelVolume Labels, ProbabilityVolume? Probability)
{
    /// <summary>The directions in which the image's axes ran when the model saw it.</summary>
    public required string Orientation { get; init; }

    /// <summary>Whose steps went round the network; never <see cref="NnUNetPreparation.Auto"/>.</summary>
    public required NnUNetPreparation Preparation { get; init; }

    /// <summary>Part of a patch from one to the next at most.</summary>
    public required double Step { get; init; }
}
