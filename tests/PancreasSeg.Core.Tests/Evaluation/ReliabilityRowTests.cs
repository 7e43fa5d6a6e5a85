using PancreasSeg.Evaluation;

namespace PancreasSeg.Core.Tests.Evaluation;

public class ReliabilityRowTests
{
    [Fact]
    public void Expected_and_true_dice_go_side_by_side()
    {
        IReadOnlyList<ReliabilityRow> rows = ReliabilityRow.Of([Score(0.9, 0.8, 0.85), Score(0.7, 0.6, 0.5), Score(0.6, 0.5, 0.75),
            Score(1, 0.9, 1), new SegmentationScore { Dice = 0.2 }]);
        Assert.Equal(["all", "0.6 to 0.7", "0.7 to 0.8", "0.9 to 1.0"], rows.Select(r => r.Expected));
        Assert.Equal([4, 1, 1, 2], rows.Select(r => r.Count));
        Assert.Equal(0.75, rows[0].Coverage);
        Assert.Equal((0.05 + 0.2 + 0.15 + 0) / 4, rows[0].MeanAbsoluteError, 12);
        // Below 0.7 lies the second alone; of the three others two were expected to be better than it.
        Assert.Equal(2.0 / 3, rows[0].Auroc!.Value, 12);
        Assert.Null(rows[3].Auroc);
        Assert.Empty(ReliabilityRow.Of([new SegmentationScore { Dice = 1 }]));
    }

    private static SegmentationScore Score(double expected, double low, double dice) =>
        new() { ExpectedDice = expected, ExpectedDiceLow = low, Dice = dice };
}
