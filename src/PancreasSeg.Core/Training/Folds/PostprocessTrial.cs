using PancreasSeg.Evaluation;
using PancreasSeg.Postprocess;

namespace PancreasSeg.Training;

/// <summary>What each rule of post-processing does to the masks of a cross-validation.</summary>
internal sealed class PostprocessTrial
{
    /// <summary>Cases below which an interval says too little to choose by.</summary>
    private const int FewestCases = 20;

    /// <summary>Mean gain of Dice below which a rule is not worth what it does to a mask that no case here has shown.</summary>
    private const double SmallestGain = 0.002;

    /// <summary>Loss of Dice that counts as harm, and the part of the cases that may come to it.</summary>
    private const double Harm = 0.02, MostHarmed = 0.02;

    private readonly List<double[]> _dice = [];

    /// <summary>Dice of each case without a rule, then with each of <see cref="PostprocessRule.Candidates"/>.</summary>
    public IReadOnlyList<double[]> Dice => _dice;

    /// <summary>Takes a case.</summary>
    /// <param name="item">The case.</param>
    /// <param name="threshold">Of the mask.</param>
    /// <param name="smallestPart">Of the largest part; smaller parts are left out. 0 keeps all.</param>
    /// <param name="cancellation">Looked at between rules.</param>
    public void Add(KeptCase item, double threshold, double smallestPart, CancellationToken cancellation)
    {
        LabelVolume plain = item.Mask(threshold, smallestPart, cancellation);
        _dice.Add([Of(plain), .. PostprocessRule.Candidates.Select(rule => Of(rule.Apply(plain, item.Above, cancellation)))]);

        double Of(LabelVolume mask)
        {
            VoxelCounts counts = item.Counts(mask);
            return new OverlapMetrics(counts.TruePositives, counts.FalsePositives, counts.FalseNegatives).Dice;
        }
    }

    /// <summary>What each rule did; empty for fewer than two cases.</summary>
    public IReadOnlyList<PostprocessChoice> Tried() => _dice.Count < 2 ? [] : [.. PostprocessRule.Candidates.Select((rule, i) =>
    {
        double[] gains = [.. _dice.Select(dice => dice[i + 1] - dice[0])];
        (double low, double high) = MeanInterval.Of(gains);
        return new PostprocessChoice(rule, gains.Length, gains.Average(), low, high, gains.Count(g => g < -Harm) / (double)gains.Length);
    })];

    /// <summary>The rule of the highest mean gain among those that gain enough, whose interval lies above 0 and that hardly ever harm; null
    /// where none is.</summary>
    public static PostprocessChoice? Best(IReadOnlyList<PostprocessChoice> tried) => tried
        .Where(c => c.Cases >= FewestCases && c.Gain >= SmallestGain && c.GainLow > 0 && c.WorseShare <= MostHarmed).MaxBy(c => c.Gain);
}
