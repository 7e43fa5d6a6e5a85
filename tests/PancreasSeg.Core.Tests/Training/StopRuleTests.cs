using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public class StopRuleTests
{
    [Theory]
    [InlineData(2, 0, "0.5 - 0.4 - -", false)]
    [InlineData(2, 0, "0.5 - 0.4 - 0.5", true)]
    [InlineData(2, 0, "0.5 - 0.4 - 0.6 - 0.6 - -", false)]
    [InlineData(2, 0, "0.5 0.51 0.52", false)]
    [InlineData(2, 0.1, "0.5 0.51 0.52", true)]
    [InlineData(2, 0.1, "0.5 0.55 0.61", false)]
    [InlineData(1, 0, "- - -", false)]
    [InlineData(1, 0, "0 -", false)]
    [InlineData(null, 0, "0.5 0.4 0.4 0.4", false)]
    public void It_is_met_by_validations_without_gain_whatever_epochs_lie_between(int? patience, double minDelta, string dice, bool met) =>
        Assert.Equal(met, new StopRule { Patience = patience, MinDelta = minDelta }.IsMet(dice.Split(' ').Select(Epoch)));

    private static TrainingEpoch Epoch(string dice, int index) => new()
    {
        Epoch = index + 1,
        Loss = 1,
        Dice = 0,
        Recall = 0,
        Precision = 0,
        LearningRate = 1,
        Seconds = 1,
        ValidationDice = dice == "-" ? null : double.Parse(dice, System.Globalization.CultureInfo.InvariantCulture),
    };
}
