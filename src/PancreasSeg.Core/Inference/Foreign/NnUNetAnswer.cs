namespace PancreasSeg.Inference.Foreign;

/// <summary>What an nnU-Net model found.</summary>
/// <param name="Labels">The label of each voxel of the CT, on its own grid.</param>
/// <param name="Probability">The probability of one class, where asked for, on the CT's own grid.</param>
/// <param name="Orientation">The directions in which the image's axes ran when the model saw it.</param>
internal sealed record NnUNetAnswer(LabelVolume Labels, ProbabilityVolume? Probability, string Orientation);
