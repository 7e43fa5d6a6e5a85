using PancreasSeg.Pictures;

namespace PancreasSeg.Segmentation;

/// <summary>What a preview says of a result.</summary>
internal static class PreviewWords
{
    /// <summary>Status, reasons in sentences and model.</summary>
    public static PreviewOptions Of(SegmentationResult result) => new()
    {
        Status = $"{result.Status}",
        Reasons = [.. result.Reasons.Select(ReasonText.Of)],
        Model = result.Model,
    };
}
