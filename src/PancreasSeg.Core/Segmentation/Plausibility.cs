using PancreasSeg.Postprocess;

namespace PancreasSeg.Segmentation;

/// <summary>Whether a mask can be a pancreas.</summary>
internal static class Plausibility
{
    /// <summary>Volumes in mL outside which hardly any adult pancreas lies.</summary>
    private const double SmallestMl = 10, LargestMl = 250;

    /// <summary>What is odd about a mask; empty when nothing is.</summary>
    /// <param name="mask">The mask's measurements.</param>
    /// <param name="location">Where a locator found the pancreas; null where none looked.</param>
    public static IEnumerable<SegmentationReason> Inspect(MaskStatistics mask, PancreasLocation? location)
    {
        if (location?.Confidence < 1) yield return SegmentationReason.PancreasOutOfView;
        if (mask.VoxelCount == 0) yield return SegmentationReason.MaskEmpty;
        if (mask.TouchesBorder) yield return SegmentationReason.MaskTouchesBorder;
        if (mask.VoxelCount > 0 && mask.VolumeMl is < SmallestMl or > LargestMl) yield return SegmentationReason.VolumeImplausible;
        if (mask.MeanHu is { } hu && !PancreasHu.OfMask.Contains(hu)) yield return SegmentationReason.MeanHuImplausible;
    }
}
