using PancreasSeg.Preprocess;

namespace PancreasSeg.Segmentation;

/// <summary>
/// What is looked at before a network sees a CT: whether its values are HU, and whether it shows enough for the model. A network
/// answers whatever it is given; only this keeps it from answering for a head, a normalised array or stored values without rescale.
/// </summary>
internal static class InputGate
{
    /// <summary>Slices thicker than this, in mm, show a gland of a few centimetres too coarsely.</summary>
    private const double ThickSlice = 6;

    /// <summary>Height in mm below which a scan shows a part of the pancreas at most.</summary>
    private const double ShortScan = 45;

    /// <summary>Part of the model's box that the scan must fill in-plane.</summary>
    private const double SmallestPartOfBox = 0.75;

    /// <summary>Reasons for which there is no answer.</summary>
    public static IReadOnlySet<string> Rejecting { get; } = new HashSet<string>
    {
        SegmentationReason.HuNormalised, SegmentationReason.HuWindowed, SegmentationReason.HuOffset, SegmentationReason.NoSoftTissue, SegmentationReason.FieldOfViewSmall,
    };

    /// <summary>Ids of what is wrong or odd with an input; empty when nothing is.</summary>
    public static IReadOnlyList<string> Inspect(CtVolume ct, PreprocessPlan plan)
    {
        var reasons = new List<string>();
        HuProfile hu = HuProfile.Of(ct);
        if (hu.Highest - hu.Lowest <= 20) reasons.Add(SegmentationReason.HuNormalised);
        else if (hu.Lowest >= 0 && hu.Highest <= 255) reasons.Add(SegmentationReason.HuWindowed);
        else if (hu.SoftTissueOffset > 0.15 || (hu.SoftTissue < 0.05 && hu.BelowAir > 0.2)) reasons.Add(SegmentationReason.HuOffset);
        else if (hu.SoftTissue < 0.05) reasons.Add(SegmentationReason.NoSoftTissue);
        else if (hu.Lowest > -500 && hu.AtLowest > 0.01 && hu.AtHighest > 0.001)
            reasons.Add(hu.Lowest > plan.WindowLow || hu.Highest < plan.WindowHigh ? SegmentationReason.HuWindowed : SegmentationReason.HuClipped);

        VolumeGrid grid = ct.Grid.ToCanonical();
        Vector3D spacing = grid.Spacing;
        if (plan.BoxSize is { } box && (grid.Columns * spacing.X < SmallestPartOfBox * box[0] || grid.Rows * spacing.Y < SmallestPartOfBox * box[1]))
            reasons.Add(SegmentationReason.FieldOfViewSmall);
        if (grid.Slices * spacing.Z < ShortScan) reasons.Add(SegmentationReason.ScanShort);
        if (spacing.Z > ThickSlice) reasons.Add(SegmentationReason.SlicesThick);
        return reasons;
    }
}
