namespace PancreasSeg.Network;

/// <summary>Which convolutions compute in bfloat16. Knows nothing of torch.</summary>
internal static class BFloat16Support
{
    /// <summary>
    /// oneDNN 3.7, the library under libtorch's convolutions, gives wrong numbers in bfloat16 where it has to pad channels to its
    /// blocks: on AMD's Zen 5 from one input channel, in transposed convolutions to 40, 48, 80 ... channels, in gradients at 24 and others.
    /// 16 channels and every multiple of 32 are right.
    /// A single input channel is right as long as nothing asks for its gradient.
    /// </summary>
    /// <param name="input">Channels of the input.</param>
    /// <param name="output">Channels of the result.</param>
    /// <param name="transposed">True for a transposed convolution.</param>
    /// <param name="anyBlocks">True for all counts that are right; false for powers of two alone, which own networks keep to: the same
    /// settings are to give the same training.</param>
    public static bool Fits(long input, long output, bool transposed = false, bool anyBlocks = false)
    {
        bool FillsBlocks(long channels) => anyBlocks ? channels == 16 || channels % 32 == 0 : channels >= 16 && long.IsPow2(channels);
        return FillsBlocks(output) && (FillsBlocks(input) || (input == 1 && !transposed));
    }
}
