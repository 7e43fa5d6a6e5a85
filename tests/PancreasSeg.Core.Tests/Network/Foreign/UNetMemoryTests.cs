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

    // Joining the finest stage: 32 channels from below, 32 of the skip, 64 of both; the input's one.
    [Fact]
    public void The_peak_of_few_classes_is_where_the_finest_stage_is_joined() =>
        Assert.Equal(4 * Voxels * (32 + 32 + 64 + 1), UNetMemory.Peak(s_two, 3, [64, 64, 64]));

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
