using PancreasSeg.Evaluation;
using PancreasSeg.Network;
using PancreasSeg.Postprocess;

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

    /// <summary>Whether the model predicts the Dice of masks that are made with these options: of those of one stage, at its own threshold
    /// and post-processing and without bounds of HU, for the fit has seen no others.</summary>
    public static bool IsTold(PancreasModel model, SegmentationOptions options) =>
        model is { Quality: not null, IsTwoStage: false, Plan.EnhancedHu: null }
        && (options.Threshold ?? model.Threshold) == model.Threshold && !options.LargestComponent
        && !(options.NoPostprocess && model.Postprocess is not null);

    /// <summary>The prediction, and what speaks most against the mask. Null for both where nothing is told of such masks and for scans that
    /// are strange; no prediction, and <see cref="QualitySigns.Faint"/>, where the probabilities show no pancreas.</summary>
    public static (QualityPrediction? Expected, string? ReviewReason) Of(
        PancreasModel model, SegmentationOptions options, CaseAnswer answer, IReadOnlyList<SegmentationReason> reasons)
    {
        if (!IsTold(model, options) || reasons.Any(s_strange.Contains)) return default;
        if (answer.Signs is not { } signs) return (null, QualitySigns.Faint);
        QualityPrediction expected = model.Quality!.Predict(signs);
        return (expected, expected.Reason);
    }
}
