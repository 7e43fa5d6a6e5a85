using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public class LearningRateScheduleTests
{
    [Fact]
    public void Plateau_falls_after_the_patience_waits_for_the_cooldown_and_stops_at_the_smallest_rate()
    {
        var options = new TrainingOptions { LearningRate = 1e-3, WarmUpSteps = 0, PlateauPatience = 3, PlateauCooldown = 2, MinLearningRate = 5e-5 };
        var schedule = new LearningRateSchedule(options);
        schedule.Validated(true);
        List<double> rates = [];
        for (int i = 0; i < 12; i++)
        {
            schedule.Validated(false);
            rates.Add(schedule.Rate(100, 0));
        }
        // Third failure reduces; one more is spent in cooldown, three count again; then the floor holds.
        double[] expected = [1e-3, 1e-3, 1e-4, 1e-4, 1e-4, 1e-4, 5e-5, 5e-5, 5e-5, 5e-5, 5e-5, 5e-5];
        Assert.Equal(expected, rates, (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void A_better_validation_starts_the_patience_anew()
    {
        var schedule = new LearningRateSchedule(new TrainingOptions { LearningRate = 1, WarmUpSteps = 0, PlateauPatience = 2 });
        foreach (bool better in new[] { true, false, true, false }) schedule.Validated(better);
        Assert.Equal(1, schedule.Rate(9, 0));
    }

    [Fact]
    public void Cosine_runs_from_the_full_to_the_smallest_rate_after_the_warm_up()
    {
        var schedule = new LearningRateSchedule(new TrainingOptions { LearningRate = 1, MinLearningRate = 0.2, WarmUpSteps = 3, Policy = LearningRatePolicy.Cosine });
        Assert.Equal([0.25, 0.5, 0.75, 1, 1], Enumerable.Range(0, 5).Select(step => schedule.Rate(step, 0)));
        Assert.Equal(0.6, schedule.Rate(100, 0.5), 12);
        Assert.Equal(0.2, schedule.Rate(100, 1), 12);
    }
}
