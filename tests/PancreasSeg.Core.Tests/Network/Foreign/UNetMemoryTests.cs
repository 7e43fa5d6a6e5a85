using PancreasSeg.Network;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Core.Tests.Network.Foreign;

public class UNetMemoryTests
{
    private const long Voxels = 64 * 64 * 64;

    private static readonly UNetArchitecture s_two = new()
    {
        IsResidual = false,
        Features = [32, 64],
        StemFeatures = 32,
        Kernels = [[3, 3, 3], [3, 3, 3]],
        Strides = [[1, 1, 1], [2, 2, 2]],
        EncoderUnits = [2, 2],
        DecoderUnits = [2],
    };

    // The finest stage's second convolution: 64 joined channels, 32 before and after it, its weights once more; the input's one.
    [Fact]
    public void The_peak_of_few_classes_is_in_the_finest_stage() =>
        Assert.Equal(4 * (Voxels * (64 + 32 + 32 + 1) + 32 * 32 * 27), UNetMemory.Peak(s_two, 3, [64, 64, 64]));

    // The answer is made in pieces: of 2^16 voxels at a time here.
    [Fact]
    public void The_number_of_classes_does_not_move_it() =>
        Assert.Equal(UNetMemory.Peak(s_two, 3, [64, 64, 64]), UNetMemory.Peak(s_two, 118, [64, 64, 64]));

    // Half of it, but for the input, which stays in float32 too.
    [Fact]
    public void In_bfloat16_it_is_half() =>
        Assert.Equal(2 * (Voxels * (64 + 32 + 32 + 3) + 32 * 32 * 27), UNetMemory.Peak(s_two, 3, [64, 64, 64], half: true));

    // Of 24 channels the joined 48 are there in float32 too, and so is what they give.
    [Fact]
    public void Convolutions_that_cannot_take_bfloat16_need_more() =>
        Assert.Equal(2 * Voxels * (48 + 24 + 3) + 4 * Voxels * (48 + 24) + 4 * 48 * 24 * 27,
            UNetMemory.Peak(s_two with { Features = [24, 64], StemFeatures = 24 }, 3, [64, 64, 64], half: true));

    // A residual block by-passes its convolutions with its input; where channels change, through one more tensor.
    [Fact]
    public void Residual_blocks_take_more() =>
        Assert.True(UNetMemory.Peak(s_two with { IsResidual = true, StemFeatures = 96 }, 3, [64, 64, 64])
            > UNetMemory.Peak(s_two, 3, [64, 64, 64]));

    [Fact]
    public void A_patch_of_twice_the_length_takes_twice_as_much() =>
        Assert.InRange(UNetMemory.Peak(s_two, 118, [128, 64, 64]) / (double)UNetMemory.Peak(s_two, 118, [64, 64, 64]), 1.99, 2);
}
