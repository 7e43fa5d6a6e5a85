using PancreasSeg.Evaluation;
using PancreasSeg.Network;

namespace PancreasSeg.Segmentation;

/// <summary>What can be expected of a mask, where the model's file says how to tell.</summary>
internal static class ExpectedQuality
{
    /// <summary>Signs of a scan such as no cross-validation holds.</summary>
    private static readonly SegmentationReason[] s_strange =
    [
        SegmentationReason.PancreasOutOfView, SegmentationReason.OrientationDoubtful, SegmentationReason.PossiblyMirrored,
        SegmentationReason.MaskEmpty, .. InputGate.Rejecting,
    ];

    /// <summary>The prediction; null where the model has none, where the mask is another than the one it is of, and for scans that are
    /// strange.</summary>
    public static QualityPrediction? Of(
        PancreasModel model, SegmentationOptions options, CaseAnswer answer, IReadOnlyList<SegmentationReason> reasons)
    {
        bool isDefault = (options.Threshold ?? model.Threshold) == model.Threshold && !options.LargestComponent
            && !(options.NoPostprocess && model.Postprocess is not null);
        return isDefault && answer.Signs is { } signs && !reasons.Any(s_strange.Contains) ? model.Quality?.Predict(signs) : null;
    }
}
