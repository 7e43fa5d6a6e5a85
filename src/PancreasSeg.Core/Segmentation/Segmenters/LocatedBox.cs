using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Segmentation;

/// <summary>A box round the pancreas that a locator found, gone over from several places.</summary>
/// <param name="Grid">The box.</param>
/// <param name="Ct">The scanner's grid.</param>
/// <param name="Finding">What the locator found.</param>
internal sealed record LocatedBox(VolumeGrid Grid, VolumeGrid Ct, LocatorFinding Finding) : Region(Grid)
{
    public override VolumeGrid Reach { get; } = BoxAverage.Reach(Grid);

    public override PancreasLocation Location { get; } = new(
        Finding.Centre,
        new(Grid.Columns * Grid.Spacing.X, Grid.Rows * Grid.Spacing.Y, Grid.Slices * Grid.Spacing.Z),
        IndexBox.Around(Grid, Ct).ToVoxelBox(),
        Finding.Confidence,
        Finding.VolumeMl);

    public override double SmallestPart => BoxAverage.SmallestPart;

    public override Prediction Run(ISegmentationEngine engine, NetworkInput input, Execution execution, bool withClasses,
        IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        (float[] probabilities, byte[]? classes) = BoxAverage.Run((values, isMiddle) =>
        {
            Prediction answer = engine.Run(values, execution, withClasses && isMiddle, null, cancellation);
            return (answer.Probabilities, answer.Classes);
        }, input, progress);
        return new Prediction(probabilities, classes);
    }
}
