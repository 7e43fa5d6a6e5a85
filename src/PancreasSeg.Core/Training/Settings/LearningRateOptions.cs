namespace PancreasSeg.Training;

/// <summary>How the learning rate rises at the start and falls from its highest value.</summary>
public sealed record LearningRateOptions
{
    private const string Group = "Schedule";

    /// <summary>How it falls.</summary>
    public LearningRatePolicy Policy { get; init; } = LearningRatePolicy.Plateau;

    /// <summary>Steps over which it rises from nothing: Adam's first estimates of the gradient's size are poor.</summary>
    public int WarmUpSteps { get; init; } = 10;

    /// <summary>After the warm-up it never falls below this, or below the highest rate where that is lower.</summary>
    public double Minimum { get; init; } = 1e-6;

    /// <summary>Plateau: it is multiplied by this.</summary>
    public double Factor { get; init; } = 0.1;

    /// <summary>Plateau: after this many validations without a better one.</summary>
    public int Patience { get; init; } = 30;

    /// <summary>Plateau: validations after a reduction that do not count.</summary>
    public int Cooldown { get; init; } = 10;

    /// <summary>Plateau: a validation is better when it gains more than this.</summary>
    public double MinDelta { get; init; } = 1e-4;

    internal void Validate()
    {
        Setting.Require(Enum.IsDefined(Policy), Group, nameof(Policy), "this version knows");
        Setting.Require(WarmUpSteps >= 0, Group, nameof(WarmUpSteps), "is 0 or more");
        Setting.Require(Minimum >= 0 && double.IsFinite(Minimum), Group, nameof(Minimum), "is 0 or more");
        Setting.Require(Factor is > 0 and < 1, Group, nameof(Factor), "lies between 0 and 1");
        Setting.Require(Patience > 0, Group, nameof(Patience), "is positive");
        Setting.Require(Cooldown >= 0, Group, nameof(Cooldown), "is 0 or more");
        Setting.Require(MinDelta >= 0 && double.IsFinite(MinDelta), Group, nameof(MinDelta), "is 0 or more");
    }
}
