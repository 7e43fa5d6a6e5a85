using System.Diagnostics;
using PancreasSeg.Inference;
using PancreasSeg.Network;

namespace PancreasSeg.Segmentation;

/// <summary>
/// Segments with a model of nnU-Net where another model found the pancreas: in the box of its mask with 20 mm to each side, on the CT's
/// own voxels, as TotalSegmentator does for a choice of organs. All outside the box is background.
/// </summary>
/// <param name="model">The model behind its locator.</param>
/// <param name="locator">Finds the pancreas in the whole CT.</param>
/// <param name="refiner">Works in the box.</param>
internal sealed class LocatedSegmenter(PancreasModel model, ICaseSegmenter locator, NnUNetCaseSegmenter refiner) : ICaseSegmenter
{
    private const double MarginMm = 20;

    /// <inheritdoc/>
    public PancreasModel Model => model;

    /// <inheritdoc/>
    public EngineInfo Engine => refiner.Engine;

    /// <inheritdoc/>
    public void Check(SegmentationOptions options) => refiner.Check(options);

    /// <inheritdoc/>
    public CaseAnswer Run(CtVolume ct, SegmentationOptions options, long held, IProgress<ProgressStep>? progress,
        CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        var first = new SegmentationOptions { Orientation = options.Orientation, Preparation = options.Preparation };
        CaseAnswer found = locator.Run(ct, first, held, progress, cancellation);
        LabelVolume mask = found.Mask;
        IndexBox pancreas = IndexBox.OfNonZero(ct.Grid, mask.Labels);
        if (pancreas.IsEmpty)
            return new CaseAnswer(mask, locator.Engine)
            {
                Reasons = [.. found.Reasons.Append(SegmentationReason.PancreasNotLocated).Distinct()],
                Remarks = found.Remarks,
                Phase = found.Phase,
                Labels = options.Classes.Count > 0 ? mask : null,
                Classes = model.NnUNetSource!.Labels.Matching(options.Classes, model.Name),
                Memory = found.Memory,
                Network = Stopwatches.Lap(ref start),
            };
        IndexBox box = WithMargin(pancreas, ct.Grid);
        TimeSpan locating = Stopwatches.Lap(ref start);
        CaseAnswer answer = refiner.Run(refiner.Cut(ct, box, options, cancellation), options, held + ct.Bytes, progress, cancellation);
        VolumeGrid grid = box.Cut(ct.Grid);
        LabelVolume whole = answer.Mask.To(ct.Grid, cancellation);
        bool isCut = IndexBox.OfNonZero(ct.Grid, whole.Labels).ReachesFaceInside(box, ct.Grid);
        return answer with
        {
            Mask = whole,
            Probability = answer.Probability?.To(ct.Grid, cancellation),
            Labels = answer.Labels?.To(ct.Grid, cancellation),
            Seen = box,
            Location = new PancreasLocation(grid.Centre,
                new(grid.Columns * grid.Spacing.X, grid.Rows * grid.Spacing.Y, grid.Slices * grid.Spacing.Z), box.ToVoxelBox(),
                found.Location?.Confidence, mask.VolumeMl()),
            Memory = found.Memory > answer.Memory ? found.Memory : answer.Memory,
            Phase = found.Phase,
            Remarks = found.Remarks,
            Reasons = isCut ? [.. found.Reasons, SegmentationReason.MaskTouchesBox] : found.Reasons,
            Network = locating + answer.Network,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        locator.Dispose();
        refiner.Dispose();
    }

    // TotalSegmentator divides by the voxel size of the file, a float32, and drops the fraction.
    private static IndexBox WithMargin(IndexBox box, VolumeGrid grid)
    {
        int Voxels(double spacing) => (int)(MarginMm / (float)spacing);
        (int columns, int rows, int slices) = (Voxels(grid.Spacing.X), Voxels(grid.Spacing.Y), Voxels(grid.Spacing.Z));
        return new IndexBox(box.Column - columns, box.Row - rows, box.Slice - slices,
            box.ColumnEnd + columns, box.RowEnd + rows, box.SliceEnd + slices).Intersect(IndexBox.Whole(grid));
    }
}
