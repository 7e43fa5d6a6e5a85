using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public class LearningRateScheduleTests
{
    /// <summary>Keras' ReduceLROnPlateau (mode max) as its documentation and source describe it, step by step.</summary>
    private sealed class Keras(double rate, double factor, int patience, int cooldown, double minDelta, double minRate)
    {
        private double _best = double.NegativeInfinity;
        private int _wait, _cooldown;

        public double Rate { get; private set; } = rate;

        public void EpochEnd(double measure)
        {
            if (_cooldown > 0)
            {
                _cooldown--;
                _wait = 0;
            }
            if (measure > _best + minDelta)
            {
                _best = measure;
                _wait = 0;
            }
            else if (_cooldown == 0 && ++_wait >= patience && Rate > minRate)
            {
                Rate = Math.Max(Rate * factor, minRate);
                _cooldown = cooldown;
                _wait = 0;
            }
        }
    }

    [Theory]
    [InlineData(30, 10, 1e-4)]
    [InlineData(3, 2, 0.01)]
    [InlineData(2, 0, 0)]
    [InlineData(1, 5, 1e-4)]
    public void Plateau_falls_when_keras_lets_it_fall(int patience, int cooldown, double minDelta)
    {
        var schedule = new LearningRateSchedule(
            0.001, new LearningRateOptions { Patience = patience, Cooldown = cooldown, MinDelta = minDelta, WarmUpSteps = 0 });
        var keras = new Keras(0.001, 0.1, patience, cooldown, minDelta, 1e-6);
        var random = new Random(patience);
        for (int epoch = 0; epoch < 400; epoch++)
        {
            // A curve that climbs, stalls and sometimes gains less than counts.
            double measure = 0.7 * (1 - Math.Exp(-epoch / 20.0)) + 0.02 * random.NextDouble();
            schedule.Validated(measure);
            keras.EpochEnd(measure);
            Assert.Equal(keras.Rate, schedule.Rate(epoch, 0), 1e-12);
        }
        Assert.InRange(keras.Rate, 1e-6, 1e-4);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.25, 0.77189)]     // 0.75^0.9
    [InlineData(0.5, 0.53589)]
    [InlineData(0.9, 0.12589)]
    [InlineData(1, 0)]
    public void Polynomial_falls_with_nnUNets_power_of_what_is_left(double done, double part)
    {
        var options = new LearningRateOptions { Minimum = 0, WarmUpSteps = 0, Policy = LearningRatePolicy.Polynomial };
        Assert.Equal(0.01 * part, new LearningRateSchedule(0.01, options).Rate(0, done), 1e-7);
        Assert.Equal(0.002 + 0.008 * part, new LearningRateSchedule(0.01, options with { Minimum = 0.002 }).Rate(0, done), 1e-7);
    }

    [Fact]
    public void Cosine_runs_from_the_full_to_the_smallest_rate_after_the_warm_up()
    {
        var schedule =
            new LearningRateSchedule(1, new LearningRateOptions { Minimum = 0.2, WarmUpSteps = 3, Policy = LearningRatePolicy.Cosine });
        Assert.Equal([0.25, 0.5, 0.75, 1, 1], Enumerable.Range(0, 5).Select(step => schedule.Rate(step, 0)));
        Assert.Equal(0.6, schedule.Rate(100, 0.5), 12);
        Assert.Equal(0.2, schedule.Rate(100, 1), 12);
        Assert.Equal(0.1, new LearningRateSchedule(0.1, new LearningRateOptions { Minimum = 0.2, WarmUpSteps = 0 }).Rate(0, 0));
    }
}
