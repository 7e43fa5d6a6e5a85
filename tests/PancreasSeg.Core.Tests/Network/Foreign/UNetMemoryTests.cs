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

    // The answer and the same with channels outermost; the input's one.
    [Fact]
    public void With_many_classes_it_is_the_answer() =>
        Assert.Equal(4 * Voxels * (2 * 118 + 1), UNetMemory.Peak(s_two, 118, [64, 64, 64]));

    // A residual block by-passes its convolutions with its input; where channels change, through one more tensor.
    [Fact]
    public void Residual_blocks_take_more() =>
        Assert.True(UNetMemory.Peak(s_two with { IsResidual = true, StemFeatures = 96 }, 3, [64, 64, 64])
            > UNetMemory.Peak(s_two, 3, [64, 64, 64]));

    [Fact]
    public void A_patch_of_twice_the_length_takes_twice_as_much() =>
        Assert.Equal(2 * UNetMemory.Peak(s_two, 118, [64, 64, 64]), UNetMemory.Peak(s_two, 118, [128, 64, 64]));
}
