namespace PancreasSeg.Network;

/// <summary>Which convolutions compute in bfloat16. Knows nothing of torch.</summary>
internal static class BFloat16Support
{
    /// <summary>
    /// oneDNN 3.7, the library under libtorch's convolutions, gives wrong numbers in bfloat16 where it has to pad channels to its
    /// blocks: on AMD's Zen 5, forward and backward, for every count that is not a power of two of 16 or more.
    /// A single input channel is right as long as nothing asks for its gradient.
    /// </summary>
    public static bool Fits(long input, long output, bool transposed = false)
    {
        static bool FillsBlocks(long channels) => channels >= 16 && long.IsPow2(channels);
        return FillsBlocks(output) && (FillsBlocks(input) || (input == 1 && !transposed));
    }
}
