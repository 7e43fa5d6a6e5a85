using PancreasSeg.Network;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Core.Tests.Network;

/// <summary>
/// A real model file whose network is so simple that its answer is known: pancreas is whatever is brighter than a given HU.
/// All weights are zero but those that carry the input past the first stage to the output.
/// </summary>
internal static class BrightTissueModel
{
    /// <summary>HU at which the probability is 0.5 in the fixture.</summary>
    public const double FixtureHu = 120;

    private const float Steepness = 200;

    public static PreprocessPlan FixturePlan { get; } = new() { Size = [64, 64, 32] };

    public static PancreasModel Create(double hu, PreprocessPlan plan)
    {
        var spec = new NetworkSpec { Filters = 1, Stages = 2 };
        double cut = (hu - plan.WindowLow) / (plan.WindowHigh - plan.WindowLow) * 2 - 1;
        var weights = new ModelWeights([.. spec.Layout.Select(shape => new WeightTensor(shape, shape.Name switch
        {
            "decoder0.shortcut.weight" => [0, 1],                   // of upsampled and skip the skip, which is relu(x)
            "head0.weight" => [0, Steepness],
            "head0.bias" => [0, (float)(-Steepness * cut)],
            "output.weight" => [1, 0, 0, 1],
            _ => new float[shape.Count],
        }))]);
        return new PancreasModel(new ModelHeader
        {
            FormatVersion = ModelHeader.CurrentVersion,
            Name = "bright tissue",
            Network = spec,
            Plan = plan,
            Threshold = 0.5,
            Curve = [],
            Validation = [],
            TrainingData = FormattableString.Invariant($"None: marks whatever is brighter than {hu} HU. For tests."),
            License = "MIT",
            Sha256 = weights.Sha256(),
        }, weights);
    }
}
