using PancreasSeg.Preprocess;

namespace PancreasSeg.Segmentation;

/// <summary>
/// What is looked at before a network sees a CT: whether its values are HU, and whether it shows enough for the model. A network
/// answers whatever it is given; only this keeps it from answering for a head, a normalised array or stored values without rescale.
/// </summary>
internal static class InputGate
{
    /// <summary>
    /// From lowest to highest value, in HU. A CT spans a thousand from air to soft tissue; an array scaled to [0, 1], to [-1, 1] or by
    /// its standard deviation spans no more than this.
    /// </summary>
    public const double LargestNormalisedSpan = 20;

    /// <summary>Values of an eight-bit picture.</summary>
    public const double LowestGrey = 0, HighestGrey = 255;

    /// <summary>
    /// Part of the voxels from which those as dense as bone are taken for soft tissue 1024 too high: bone is far less of a body.
    /// </summary>
    public const double LargestPartOffset = 0.15;

    /// <summary>Part of the voxels that is soft tissue at least: a slim abdomen in a wide field of view has twice as much.</summary>
    public const double SmallestPartSoftTissue = 0.05;

    /// <summary>
    /// Part of the voxels below air from which, without soft tissue, 1024 was taken off twice. Padding is as low, but leaves the soft
    /// tissue where it is.
    /// </summary>
    public const double LargestPartBelowAir = 0.2;

    /// <summary>HU. Every CT of an abdomen holds air, near -1000; where the lowest value is above this, it was cut off.</summary>
    public const double HighestAir = -500;

    /// <summary>
    /// Parts of the voxels beyond which so many have the lowest and the highest value that all beyond was clipped to them: much is air,
    /// little is dense bone.
    /// </summary>
    public const double PartAtLowestClipped = 0.01, PartAtHighestClipped = 0.001;

    /// <summary>Mm between slices beyond which a gland of a few centimetres is shown too coarsely.</summary>
    public const double ThickSlice = 6;

    /// <summary>Height in mm below which a scan shows a part of the pancreas at most.</summary>
    public const double ShortScan = 45;

    /// <summary>Part of the model's box that the scan must fill in-plane.</summary>
    public const double SmallestPartOfBox = 0.9;

    /// <summary>Reasons for which there is no answer.</summary>
    public static IReadOnlySet<SegmentationReason> Rejecting { get; } = new HashSet<SegmentationReason>
    {
        SegmentationReason.HuNormalised, SegmentationReason.HuWindowed, SegmentationReason.HuOffset, SegmentationReason.NoSoftTissue,
        SegmentationReason.FieldOfViewSmall, SegmentationReason.NoPatient,
    };

    /// <summary>What is wrong or odd with an input; empty when nothing is.</summary>
    public static IReadOnlyList<SegmentationReason> Inspect(CtVolume ct, PreprocessPlan plan)
    {
        var reasons = new List<SegmentationReason>();
        if (OfValues(HuProfile.Of(ct), plan) is { } values) reasons.Add(values);

        VolumeGrid grid = ct.Grid.ToCanonical();
        Vector3D spacing = grid.Spacing;
        if (plan.BoxSize is { } box
            && (grid.Columns * spacing.X < SmallestPartOfBox * box[0] || grid.Rows * spacing.Y < SmallestPartOfBox * box[1]))
            reasons.Add(SegmentationReason.FieldOfViewSmall);
        if (grid.Slices * spacing.Z < ShortScan) reasons.Add(SegmentationReason.ScanShort);
        if (spacing.Z > ThickSlice) reasons.Add(SegmentationReason.SlicesThick);
        return reasons;
    }

    /// <summary>What is wrong or odd with the values; null when nothing is.</summary>
    internal static SegmentationReason? OfValues(HuProfile hu, PreprocessPlan plan)
    {
        if (hu.Highest - hu.Lowest <= LargestNormalisedSpan) return SegmentationReason.HuNormalised;
        if (hu.Lowest >= LowestGrey && hu.Highest <= HighestGrey) return SegmentationReason.HuWindowed;
        bool isSoftTissueRare = hu.SoftTissue < SmallestPartSoftTissue;
        if (hu.SoftTissueOffset > LargestPartOffset) return SegmentationReason.HuOffset;
        if (isSoftTissueRare && hu.BelowAir > LargestPartBelowAir) return SegmentationReason.HuOffset;
        if (isSoftTissueRare) return SegmentationReason.NoSoftTissue;
        bool isClipped = hu.Lowest > HighestAir && hu.AtLowest > PartAtLowestClipped && hu.AtHighest > PartAtHighestClipped;
        if (!isClipped) return null;
        return hu.Lowest > plan.WindowLow || hu.Highest < plan.WindowHigh ? SegmentationReason.HuWindowed : SegmentationReason.HuClipped;
    }
}
