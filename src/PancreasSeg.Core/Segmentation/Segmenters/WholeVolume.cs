using PancreasSeg.Inference;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Segmentation;

/// <summary>All of a CT, gone over once.</summary>
internal sealed record WholeVolume(VolumeGrid Grid) : Region(Grid)
{
    public override Prediction Run(ISegmentationEngine engine, NetworkInput input, Execution execution, bool withClasses,
        IProgress<ProgressStep>? progress, CancellationToken cancellation) =>
        engine.Run(input.Values, execution, withClasses, progress, cancellation);
}
