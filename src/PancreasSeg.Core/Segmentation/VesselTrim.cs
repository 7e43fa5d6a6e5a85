using PancreasSeg.Numerics;

namespace PancreasSeg.Segmentation;

/// <summary>
/// Takes enhanced vessels out of a mask on the scanner's grid, where their border is sharper than on the network's. How bright a voxel may
/// be follows from the patient: from the gland and from the aorta, about as bright as the portal vein 70 s after injection.
/// </summary>
internal static class VesselTrim
{
    /// <summary>HU by which the aorta must be brighter than the gland: half of it is more than what noise is left.</summary>
    private const double FewestHu = 30;

    /// <summary>The gland's HU is this quantile of the mask's smoothed ones: fat between lobules makes it no darker, noise no brighter, and
    /// where more than a quarter is as bright as vessels, the gland itself counts as bright.</summary>
    private const double GlandQuantile = 0.75;

    /// <summary>Standard deviation in the slice, mm, of the Gaussian that keeps noise out of both decisions.</summary>
    private const double BlurMm = 1.2;

    /// <summary>Clears the voxels that are nearer to the aorta's HU than to the gland's. What is still brighter than the aorta, a
    /// calcification or a stent, counts as bright as the aorta, and does not outshine its neighbours.</summary>
    /// <param name="mask">Pancreas.</param>
    /// <param name="ct">The CT, on the same grid.</param>
    /// <param name="aortaHu">HU of the aorta.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    /// <returns>The mask and the HU half-way between gland and aorta; the mask as it was and null when it is empty or the aorta hardly
    /// brighter.</returns>
    public static (LabelVolume Mask, double? Hu) Apply(LabelVolume mask, CtVolume ct, double aortaHu, CancellationToken cancellation)
    {
        VolumeGrid grid = mask.Grid;
        IndexBox box = IndexBox.OfNonZero(grid, mask.Labels);
        if (box.IsEmpty) return (mask, null);
        byte[] kept = mask.Labels.ToArray();
        float[] alongRows = GaussianFilter.Kernel((float)(BlurMm / grid.Spacing.X)),
            acrossRows = GaussianFilter.Kernel((float)(BlurMm / grid.Spacing.Y));
        // The part of a slice that the kernels reach from the mask.
        int left = Math.Max(box.Column - alongRows.Length / 2, 0), top = Math.Max(box.Row - acrossRows.Length / 2, 0);
        int width = Math.Min(box.ColumnEnd + alongRows.Length / 2, grid.Columns) - left,
            height = Math.Min(box.RowEnd + acrossRows.Length / 2, grid.Rows) - top;
        float[] smooth = new float[width * height], scratch = new float[width * height];
        var values = new List<float>();
        EachVoxel(CtVolume.AirHu, (at, hu) =>
        {
            if (kept[at] != 0) values.Add(hu);
        });
        values.Sort();
        double gland = values[(int)(GlandQuantile * (values.Count - 1))];
        if (aortaHu < gland + FewestHu) return (mask, null);
        double bound = 0.5 * (gland + aortaHu);
        EachVoxel((float)(2 * gland - aortaHu), (at, hu) =>
        {
            if (hu > bound) kept[at] = 0;
        });
        return (new LabelVolume(grid, kept, mask.Source), bound);

        void EachVoxel(float darkest, Action<int, float> act)
        {
            for (int slice = box.Slice; slice < box.SliceEnd; slice++)
            {
                cancellation.ThrowIfCancellationRequested();
                for (int i = 0; i < smooth.Length; i++)
                    smooth[i] = Math.Clamp(ct.GetHu(left + i % width, top + i / width, slice), darkest, (float)aortaHu);
                GaussianFilter.Smooth(smooth, scratch, width, alongRows, acrossRows);
                for (int i = 0; i < smooth.Length; i++) act(grid.IndexOf(left + i % width, top + i / width, slice), smooth[i]);
            }
        }
    }
}
