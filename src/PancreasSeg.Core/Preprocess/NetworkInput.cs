namespace PancreasSeg.Preprocess;

/// <summary>What the network sees: values in [-1, 1].</summary>
/// <param name="Grid">The grid the values lie on; its slices x rows x columns are the tensor's D x H x W.</param>
/// <param name="Values">D x H x W values, W fastest.</param>
public sealed record NetworkInput(VolumeGrid Grid, ReadOnlyMemory<float> Values)
{
    /// <summary>The grid on which the network's output lies: <see cref="Grid"/>, or with a transposing plan the same with columns and rows
    /// exchanged.</summary>
    public VolumeGrid OutputGrid { get; init; } = Grid;
}
