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

    /// <summary>Whether the model predicts the Dice of masks that are made with these options: of those of one stage, at its own threshold
    /// and post-processing and without bounds of HU, for the fit has seen no others.</summary>
    public static bool IsTold(PancreasModel model, SegmentationOptions options) =>
        model is { Quality: not null, IsTwoStage: false, Plan.EnhancedHu: null }
        && (options.Threshold ?? model.Threshold) == model.Threshold && !options.LargestComponent
        && !(options.NoPostprocess && model.Postprocess is not null);

    /// <summary>The prediction; null where there is none of such masks, where the probabilities show no pancreas, and for scans that are
    /// strange.</summary>
    public static QualityPrediction? Of(
        PancreasModel model, SegmentationOptions options, CaseAnswer answer, IReadOnlyList<SegmentationReason> reasons) =>
        IsTold(model, options) && answer.Signs is { } signs && !reasons.Any(s_strange.Contains)
            ? model.Quality!.Predict(signs, options.ReviewBelow ?? 0) : null;

    /// <summary>Whether a mask is to be looked at: less is expected of it than is asked for, or nothing although the scan is not
    /// strange.</summary>
    public static bool IsDoubtful(
        QualityPrediction? expected, SegmentationOptions options, IReadOnlyList<SegmentationReason> reasons) =>
        options.ReviewBelow is { } least && (expected is null ? !reasons.Any(s_strange.Contains) : expected.Dice < least);
}
