namespace PancreasSeg.Inference;

/// <summary>What a network says of one volume.</summary>
/// <param name="Probabilities">D x H x W probabilities of the pancreas in [0, 1], W fastest.</param>
/// <param name="Classes">
/// D x H x W channels, the most probable one of each voxel, 0 for the background; null unless asked for, and null where the network
/// tells pancreas and background apart only or the engine does not tell.
/// </param>
public sealed record Prediction(float[] Probabilities, byte[]? Classes = null);
