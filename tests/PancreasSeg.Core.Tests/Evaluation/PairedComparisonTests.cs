using PancreasSeg.Evaluation;

namespace PancreasSeg.Core.Tests.Evaluation;

public class PairedComparisonTests
{
    [Fact]
    public void The_interval_is_close_to_that_of_a_normal_mean_and_cases_come_largest_loss_first()
    {
        var random = new Random(2);
        PairedScore[] cases =
            [.. Enumerable.Range(0, 200).Select(i =>
                new PairedScore($"{i}", 0.5, 0.52 + 0.1 * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5)))];
        PairedComparison result = PairedComparison.Of("a", "b", cases);
        double mean = cases.Average(c => c.Gain), deviation = Math.Sqrt(cases.Sum(c => (c.Gain - mean) * (c.Gain - mean)) / 199 / 200);
        Assert.Equal(mean, result.MeanGain, 12);
        Assert.Equal(mean - 1.96 * deviation, result.Low, 0.1 * deviation);
        Assert.Equal(mean + 1.96 * deviation, result.High, 0.1 * deviation);
        Assert.Equal(cases.Min(c => c.Gain), result.Cases[0].Gain);
        Assert.Equal(result.Cases.Select(c => c.Gain).Order(), result.Cases.Select(c => c.Gain));
        Assert.Equal(result.Low > 0, result.IsSignificant);
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(5, false)]
    [InlineData(6, true)]
    public void Fewer_than_six_gains_of_one_sign_are_an_interval_but_no_significance(int count, bool significant)
    {
        PairedScore[] cases = [.. Enumerable.Range(1, count).Select(i => new PairedScore($"{i}", 0.5, 0.5 + 0.01 * i))];
        PairedComparison gains = PairedComparison.Of("a", "b", cases),
            losses = PairedComparison.Of("b", "a", [.. cases.Select(c => new PairedScore(c.Case, c.Difference, c.Reference))]);
        Assert.InRange(gains.Low, 0.01 - 1e-12, gains.High);
        Assert.Equal((significant, significant), (gains.IsSignificant, losses.IsSignificant));
    }

    [Fact]
    public void Equal_measurements_differ_by_nothing_and_one_case_is_too_few()
    {
        PairedComparison same = PairedComparison.Of("a", "b", [new("1", 0.5, 0.5), new("2", 0.7, 0.7)]);
        Assert.Equal((0, 0, 0, false), (same.MeanGain, same.Low, same.High, same.IsSignificant));
        Assert.Throws<ArgumentException>(() => PairedComparison.Of("a", "b", [new("1", 0.5, 0.6)]));
    }
}
