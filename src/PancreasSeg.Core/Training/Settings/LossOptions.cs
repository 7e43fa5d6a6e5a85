using PancreasSeg.Network;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>What is minimised, beside the foreground weight.</summary>
public sealed record LossOptions
{
    private const string Group = "Loss";

    private static readonly double[] s_headWeights = [0.4, 0.2, 0.1, 0.05];

    /// <summary>The formula.</summary>
    public LossKind Kind { get; init; } = LossKind.DiceCrossEntropy;

    /// <summary>How much more a voxel of pancreas counts than one of background in the cross-entropy of DiceCrossEntropy.</summary>
    public double PancreasWeight { get; init; } = 1;

    /// <summary>
    /// Leaves voxels that the HU window clips out of the loss, air and bone with a soft-tissue window: their value no longer
    /// tells what they are. In the overlap figures they count as background.
    /// </summary>
    public bool IgnoreClipped { get; init; }

    /// <summary>
    /// Share of each decoder stage's own head beside the output's 1, finest first: coarse heads guide, fine ones decide. One number
    /// less than the network has stages; 0 leaves a head out. Null for 0.4, 0.2, 0.1, 0.05, as many as there are heads. Of a ResidualUNet
    /// the finest head is the output and the coarsest has none: three numbers less than stages, null for 0.5, 0.25 and so on. The heads of
    /// a SliceUNet have no loss.
    /// </summary>
    public IReadOnlyList<double>? HeadWeights { get; init; }

    /// <summary>The share of each head of a network, finest first.</summary>
    internal IReadOnlyList<double> HeadWeightsOf(NetworkSpec network) => HeadWeights
        ?? (network.MixesHeads ? s_headWeights[..network.GuidingHeads]
            : [.. Enumerable.Range(1, network.GuidingHeads).Select(stage => Math.Pow(0.5, stage))]);

    internal void Validate(NetworkSpec network, PreprocessPlan plan)
    {
        Setting.Require(Enum.IsDefined(Kind), Group, nameof(Kind), "this version knows");
        Setting.Require(PancreasWeight > 0 && double.IsFinite(PancreasWeight), Group, nameof(PancreasWeight), "is a positive number");
        bool knowsClipped = plan.Normalization == Normalization.Window && !plan.Transpose && network.Classes < PreparedCase.IgnoredClass;
        Setting.Require(!IgnoreClipped || knowsClipped, Group, nameof(IgnoreClipped),
            $"has an HU window as normalization, a plan that does not transpose and fewer than {PreparedCase.IgnoredClass} classes");
        IReadOnlyList<double> shares = HeadWeightsOf(network);
        Setting.Require(shares.Count == network.GuidingHeads && shares.All(w => w >= 0 && double.IsFinite(w)), Group, nameof(HeadWeights),
            $"has {network.GuidingHeads} numbers of 0 or more, one for each "
                + (network.MixesHeads ? "decoder stage" : "head beside the output"));
    }
}
