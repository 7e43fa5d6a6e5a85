namespace PancreasSeg.Common;

/// <summary>A mask and what it is compared with, both read when they are wanted.</summary>
/// <param name="Case">Name of the case; null for that of the mask.</param>
/// <param name="Target">What an error names.</param>
/// <param name="Mask">Reads the mask.</param>
/// <param name="Reference">Reads the reference.</param>
internal sealed record MaskPair(
    string? Case, object? Target, Func<CancellationToken, LabelVolume> Mask, Func<CancellationToken, LabelVolume> Reference)
{
    /// <summary>Dice that was expected, and the one that about nine in ten such masks reach; null where nothing was.</summary>
    public (double? Dice, double? Low) Expected { get; init; }
}
