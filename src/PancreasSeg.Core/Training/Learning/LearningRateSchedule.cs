namespace PancreasSeg.Training;

/// <summary>The learning rate of each step.</summary>
/// <param name="highest">The rate it starts from after the warm-up.</param>
/// <param name="options">How it falls.</param>
internal sealed class LearningRateSchedule(double highest, LearningRateOptions options)
{
    private readonly double _lowest = Math.Min(options.Minimum, highest);
    private double _plateau = 1;
    private double _best = double.NegativeInfinity;
    private int _validationsWithoutGain;
    private int _cooldown;

    /// <summary>Learning rate.</summary>
    /// <param name="step">Optimiser steps done so far.</param>
    /// <param name="done">Part of the run that is over, 0 to 1.</param>
    public double Rate(int step, double done)
    {
        double warmUp = Math.Min(1, (step + 1.0) / (options.WarmUpSteps + 1));
        double range = highest - _lowest;
        double left = 1 - Math.Clamp(done, 0, 1);
        double rate = options.Policy switch
        {
            LearningRatePolicy.Cosine => _lowest + range * 0.5 * (1 - Math.Cos(Math.PI * left)),
            LearningRatePolicy.Polynomial => _lowest + range * Math.Pow(left, 0.9),
            _ => Math.Max(highest * _plateau, _lowest),
        };
        return rate * warmUp;
    }

    /// <summary>Takes note of a validation: Keras' ReduceLROnPlateau.</summary>
    public void Validated(double measure)
    {
        bool better = measure > _best + options.MinDelta;
        if (better) _best = measure;
        if (_cooldown > 0) _cooldown--;
        _validationsWithoutGain = better || _cooldown > 0 ? 0 : _validationsWithoutGain + 1;
        if (_validationsWithoutGain < options.Patience) return;
        _plateau *= options.Factor;
        _validationsWithoutGain = 0;
        _cooldown = options.Cooldown;
    }
}
