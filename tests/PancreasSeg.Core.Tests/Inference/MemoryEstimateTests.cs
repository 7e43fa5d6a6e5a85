using PancreasSeg.Inference;
using PancreasSeg.Network;

namespace PancreasSeg.Core.Tests.Inference;

public class MemoryEstimateTests
{
    private const long Voxels = 160 * 160 * 160;

    private static readonly NetworkSpec s_full = new();

    // The second convolution of the last block: joined features 2f, the block's two answers f each, the input and the summed logits.
    [Theory]
    [InlineData(false, 4 * (4 * 16 + 2))]
    [InlineData(true, 2 * 4 * 16 + 4 + 2 + 4)]                                  // the input is there in both formats
    public void Peak_of_the_full_network_is_in_its_last_block(bool half, long bytesPerVoxel) =>
        Assert.Equal(bytesPerVoxel * Voxels, MemoryOperations.Peak(s_full, 160, 160, 160, half));

    // Its first convolution: joined features of 16 channels, in bfloat16 and as float32, 8 channels of answer in both.
    [Fact]
    public void Convolutions_that_cannot_take_bfloat16_need_more_than_float32() =>
        Assert.Equal(Voxels * (16 * 2 + 16 * 4 + 8 * 4 + 8 * 2 + 4 + 2 + 4),
            MemoryOperations.Peak(s_full with { Filters = 8 }, 160, 160, 160, half: true));

    [Fact]
    public void Normalisation_takes_one_tensor_more_in_bfloat16_alone()
    {
        NetworkSpec normalised = s_full with { Norm = NetworkNorm.Instance };
        Assert.Equal(MemoryOperations.Peak(s_full, 160, 160, 160, true) + Voxels * 16 * 2,
            MemoryOperations.Peak(normalised, 160, 160, 160, true));
        Assert.Equal(MemoryOperations.Peak(s_full, 160, 160, 160, false), MemoryOperations.Peak(normalised, 160, 160, 160, false));
    }

    // Bytes for each voxel of the last stage but one: the input, 4; the skip of the first stage, 8 channels, 32; this stage's features,
    // 16 of them on a quarter of the voxels, 16; the bottleneck, 128 on 1 of 256, 2; its 15 logits there, 15; those at full size, 60;
    // the sum so far, 60, and the new one, 60.
    [Fact]
    public void With_many_classes_the_peak_comes_while_the_first_skip_waits() =>
        Assert.Equal(Voxels * 249,
            MemoryOperations.Peak(s_full with { Filters = 8, Classes = 15 }, 160, 160, 160, half: false, allClasses: true));

    // A convolution of few rows: 27 neighbours of each of 16 channels and a copy of the input, beside skip, joined features and answer.
    [Fact]
    public void Small_float32_convolutions_are_unrolled() =>
        Assert.InRange(MemoryOperations.Peak(s_full, 8, 160, 160, false), 28L * 16 * 4 * 8 * 160 * 160, 36L * 16 * 4 * 8 * 160 * 160);

    [Fact]
    public void Slices_take_as_much_for_any_depth()
    {
        var spec = new NetworkSpec { Kind = NetworkKind.SliceUNet };
        Assert.Equal(MemoryEstimate.Of(spec, 16, 64, 64).Network, MemoryEstimate.Of(spec, 400, 64, 64).Network);
    }

    [Fact]
    public void Parts_add_up_and_more_channels_of_answer_take_more()
    {
        MemoryEstimate two = MemoryEstimate.Of(s_full, 400, 64, 64, Precision.Float32),
            many = MemoryEstimate.Of(s_full with { Classes = 40 }, 400, 64, 64, Precision.Float32);
        Assert.Equal(two.Process + two.Network + two.Volumes, two.Total);
        Assert.Equal(2 * 4 * 400 * 64 * 64, two.Volumes);
        Assert.True(many.Network > two.Network + 38 * 4 * 400 * 64 * 64);
        Assert.Contains("process", two.ToString(), StringComparison.Ordinal);
    }
}
