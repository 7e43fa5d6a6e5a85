using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public class VoxelCountsTests
{
    [Fact]
    public void Figures_of_all_cases_together_are_those_of_the_summed_counts()
    {
        // TP 3, FN 1, FP 2, then TP 1, FN 0, FP 4: together P = 4/10, R = 4/5, F1 = 2 * 0.32 / 1.2.
        VoxelCounts a = VoxelCounts.Of([0.9f, 0.8f, 0.6f, 0.2f, 0.7f, 0.9f, 0.1f], [1, 1, 1, 1, 0, 0, 0], 0.5);
        VoxelCounts b = VoxelCounts.Of([0.9f, 0.9f, 0.9f, 0.9f, 0.9f], [1, 0, 0, 0, 0], 0.5);
        Assert.Equal((new VoxelCounts(3, 1, 2), new VoxelCounts(1, 0, 4)), (a, b));
        VoxelCounts both = a + b;
        Assert.Equal(0.4, both.Precision, 12);
        Assert.Equal(0.8, both.Recall, 12);
        Assert.Equal(2 * 0.4 * 0.8 / 1.2, both.Dice, 12);
    }

    [Fact]
    public void A_tie_is_background() => Assert.Equal(new VoxelCounts(0, 1, 0), VoxelCounts.Of([0.5f, 0.5f], [1, 0], 0.5));

    [Fact]
    public void Nothing_over_nothing_is_zero()
    {
        VoxelCounts none = VoxelCounts.Of([0.1f, 0.2f], [0, 0], 0.5);
        Assert.Equal((0.0, 0.0, 0.0), (none.Dice, none.Recall, none.Precision));
    }
}
