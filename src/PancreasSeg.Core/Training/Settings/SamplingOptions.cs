using PancreasSeg.Network;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>What of a case a step sees, and how many steps make an epoch.</summary>
public sealed record SamplingOptions
{
    private const string Group = "Sampling";

    /// <summary>
    /// Voxels along columns, rows and slices of a patch that is cut out anew for each step; null trains on whole volumes. Each is a
    /// multiple of what the network halves it by, columns and rows of 16 for five stages.
    /// </summary>
    public IReadOnlyList<int>? PatchSize { get; init; }

    /// <summary>Part of the patches that are centred on a voxel of the pancreas.</summary>
    public double ForegroundFraction { get; init; } = 1.0 / 3;

    /// <summary>Steps that make an epoch; null for one of each case, or 200 where cases come from a source without end.</summary>
    public int? StepsPerEpoch { get; init; }

    internal void Validate(NetworkSpec network, PreprocessPlan plan)
    {
        bool fits = PatchSize is null
            || (PatchSize is [> 0, > 0, > 0] && PatchSize.Zip(network.Divisors).All(pair => pair.First % pair.Second == 0));
        Setting.Require(fits, Group, nameof(PatchSize), $"is three positive numbers, multiples of {string.Join(", ", network.Divisors)}");
        Setting.Require(PatchSize is null || !plan.Transpose, Group, nameof(PatchSize), "goes with a plan that does not transpose");
        Setting.Require(ForegroundFraction is >= 0 and <= 1, Group, nameof(ForegroundFraction), "lies between 0 and 1");
        Setting.Require(StepsPerEpoch is null or > 0, Group, nameof(StepsPerEpoch), "is positive");
    }
}
