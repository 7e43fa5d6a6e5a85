namespace PancreasSeg.Inference;

/// <summary>How an engine runs volumes of one size: settled by <see cref="ISegmentationEngine.Settle"/>, given to each run.</summary>
/// <param name="Engine">What computes, and how it goes about it.</param>
/// <param name="Depth">D, slices.</param>
/// <param name="Height">H, rows.</param>
/// <param name="Width">W, columns.</param>
public sealed record Execution(EngineInfo Engine, int Depth, int Height, int Width)
{
    /// <summary>What a run takes at its peak; null where the engine does not tell.</summary>
    public MemoryEstimate? Memory { get; init; }

    /// <summary>How the volume is cut; whole unless an engine says otherwise.</summary>
    internal Slabs Slabs { get; init; } = new(Depth, 1, 0);

    /// <summary>Refuses an input of another size, or one that a network cannot halve as often as it must.</summary>
    internal void Check(ReadOnlyMemory<float> input, IReadOnlyList<int> divisors)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(input.Length, (long)Depth * Height * Width, nameof(input));
        ArgumentOutOfRangeException.ThrowIfNotEqual(Depth % divisors[2], 0, nameof(Depth));
        ArgumentOutOfRangeException.ThrowIfNotEqual(Height % divisors[1], 0, nameof(Height));
        ArgumentOutOfRangeException.ThrowIfNotEqual(Width % divisors[0], 0, nameof(Width));
    }
}
