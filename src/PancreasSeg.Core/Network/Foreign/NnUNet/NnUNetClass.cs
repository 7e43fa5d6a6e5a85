namespace PancreasSeg.Network.Foreign;

/// <summary>A class that an nnU-Net model tells apart.</summary>
/// <param name="Name">Its name in the model's dataset.json.</param>
/// <param name="Label">Its number in the label map.</param>
/// <param name="Channel">The network's channel for it.</param>
internal sealed record NnUNetClass(string Name, int Label, int Channel);
