namespace PancreasSeg.Training;

/// <summary>When a training ends before its epochs and its time are over: once validation gains nothing more.</summary>
public sealed record StopRule
{
    private const string Group = "StopRule";

    /// <summary>Validations without a better one after which training ends; null for never.</summary>
    public int? Patience { get; init; }

    /// <summary>A validation is better when it gains more than this over the best before.</summary>
    public double MinDelta { get; init; }

    /// <summary>Whether the last validations gained nothing; epochs without one do not count.</summary>
    internal bool IsMet(IEnumerable<TrainingEpoch> epochs)
    {
        double best = double.NegativeInfinity;
        int without = 0;
        foreach (TrainingEpoch epoch in epochs)
        {
            if (epoch.ValidationDice is not { } dice) continue;
            bool better = dice > best + MinDelta;
            (best, without) = better ? (dice, 0) : (best, without + 1);
        }
        return without >= Patience;
    }

    internal void Validate()
    {
        Setting.Require(Patience is null or > 0, Group, nameof(Patience), "is positive");
        Setting.Require(MinDelta >= 0 && double.IsFinite(MinDelta), Group, nameof(MinDelta), "is 0 or more");
    }
}
