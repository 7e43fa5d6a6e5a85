using PancreasSeg.Numerics;

namespace PancreasSeg.Segmentation;

/// <summary>
/// Takes enhanced vessels out of a mask on the scanner's grid, where their border is sharper than on the network's: every patient's own
/// aorta, as bright as the portal vein about 70 s after injection, and gland say how bright a voxel may be.
/// </summary>
internal static class VesselTrim
{
    /// <summary>HU by which vessels must be brighter than the gland: half of it is more than noise.</summary>
    private const double FewestHu = 50;

    /// <summary>Standard deviation in the slice, mm, of the Gaussian that keeps noise out of the decision.</summary>
    private const double BlurMm = 1.2;

    /// <summary>Clears the voxels that are nearer to the vessels' HU than to the gland's.</summary>
    /// <param name="mask">Pancreas; its median is the gland's HU.</param>
    /// <param name="ct">The CT, on the same grid.</param>
    /// <param name="vesselHu">HU of the aorta.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    /// <returns>The mask and the HU half-way between gland and vessels; the mask as it was and null when it is empty or they are
    /// hardly brighter.</returns>
    public static (LabelVolume Mask, double? Hu) Apply(LabelVolume mask, CtVolume ct, double vesselHu, CancellationToken cancellation)
    {
        VolumeGrid grid = mask.Grid;
        IndexBox box = IndexBox.OfNonZero(grid, mask.Labels);
        if (box.IsEmpty) return (mask, null);
        double gland = Median(mask, ct, box), bound = 0.5 * (gland + vesselHu);
        if (vesselHu < gland + FewestHu) return (mask, null);
        float[] alongRows = GaussianFilter.Kernel((float)(BlurMm / grid.Spacing.X)),
            acrossRows = GaussianFilter.Kernel((float)(BlurMm / grid.Spacing.Y));
        // The part of a slice that the kernels reach from the mask.
        int left = Math.Max(box.Column - alongRows.Length / 2, 0), top = Math.Max(box.Row - acrossRows.Length / 2, 0);
        int width = Math.Min(box.Column + box.Columns + alongRows.Length / 2, grid.Columns) - left,
            height = Math.Min(box.Row + box.Rows + acrossRows.Length / 2, grid.Rows) - top;
        float[] hu = new float[width * height], scratch = new float[width * height];
        byte[] kept = mask.Labels.ToArray();
        for (int slice = box.Slice; slice < box.Slice + box.Slices; slice++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int i = 0; i < hu.Length; i++) hu[i] = ct.GetHu(left + i % width, top + i / width, slice);
            GaussianFilter.Smooth(hu, scratch, width, alongRows, acrossRows);
            for (int i = 0; i < hu.Length; i++)
                if (hu[i] > bound) kept[grid.IndexOf(left + i % width, top + i / width, slice)] = 0;
        }
        return (new LabelVolume(grid, kept, mask.Source), bound);
    }

    private static double Median(LabelVolume mask, CtVolume ct, IndexBox box)
    {
        var values = new List<float>();
        ReadOnlySpan<byte> labels = mask.Labels.Span;
        for (int slice = box.Slice; slice < box.Slice + box.Slices; slice++)
            for (int row = box.Row; row < box.Row + box.Rows; row++)
                for (int column = box.Column; column < box.Column + box.Columns; column++)
                    if (labels[mask.Grid.IndexOf(column, row, slice)] != 0) values.Add(ct.GetHu(column, row, slice));
        values.Sort();
        return values[values.Count / 2];
    }
}
