namespace PancreasSeg.Preprocess;

/// <summary>What the network sees: values in [-1, 1] on an LPS-ordered grid.</summary>
/// <param name="Grid">The grid the values lie on; its slices x rows x columns are the tensor's D x H x W.</param>
/// <param name="Values">D x H x W values, W fastest.</param>
public sealed record NetworkInput(VolumeGrid Grid, ReadOnlyMemory<float> Values);
