namespace PancreasSeg.Training;

/// <summary>
/// Other tissue the network learns to tell apart beside the pancreas: it makes boundaries known that the pancreas' own mask
/// only implies.
/// </summary>
/// <param name="Name">What it is; stored in the model.</param>
/// <param name="Labels">Its values in the label volumes; several become one class.</param>
/// <param name="Weight">Its weight in cross-entropy and in the mean Dice of the auxiliary classes; the background's is 1.</param>
public sealed record AuxiliaryClass(string Name, IReadOnlyList<byte> Labels, double Weight = 1);
