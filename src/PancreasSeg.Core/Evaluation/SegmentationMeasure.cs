namespace PancreasSeg.Evaluation;

/// <summary>Measures a mask against a reference: overlap, volumes and surface distances.</summary>
public static class SegmentationMeasure
{
    /// <summary>Compares a mask with a reference on the same voxels; their axes may be ordered and directed differently.</summary>
    /// <param name="mask">The mask under test.</param>
    /// <param name="reference">The reference.</param>
    /// <param name="maskLabel">The label that counts in <paramref name="mask"/>.</param>
    /// <param name="referenceLabel">The label that counts in <paramref name="reference"/>.</param>
    /// <param name="toleranceMm">Distance in mm that counts as agreement for the normalised surface distance.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="CoreException"><see cref="Fault.GridMismatch"/> when the voxels are not the same; <see cref="Fault.LabelMissing"/>
    /// when a volume holds other labels but not the one asked for.</exception>
    public static SegmentationScore Compare(LabelVolume mask, LabelVolume reference, byte maskLabel = 1, byte referenceLabel = 1,
        double toleranceMm = 3, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentOutOfRangeException.ThrowIfZero(maskLabel);
        ArgumentOutOfRangeException.ThrowIfZero(referenceLabel);
        if (!(toleranceMm >= 0 && double.IsFinite(toleranceMm)))
            throw new ArgumentOutOfRangeException(nameof(toleranceMm), toleranceMm, "The tolerance must be a length in mm.");
        LabelVolume aligned = reference.OnVoxelsOf(mask.Grid, cancellation) ?? throw new CoreException(Fault.GridMismatch,
            $"'{mask.Name}' ({mask.Grid}, {mask.Grid.Orientation}) and '{reference.Name}' ({reference.Grid}, {reference.Grid.Orientation}) do not lie on the same voxels (first voxel at {mask.Grid.Origin} and {reference.Grid.Origin} mm).",
            mask, "Resample one of them to the other's grid first (Resize-Volume -Like).");
        IndexBox maskBox = BoxOf(mask, maskLabel), referenceBox = BoxOf(aligned, referenceLabel), box = maskBox.Union(referenceBox);
        var a = new BoxMask(mask, maskLabel, box);
        var b = new BoxMask(aligned, referenceLabel, box);
        cancellation.ThrowIfCancellationRequested();
        OverlapMetrics overlap = OverlapMetrics.Of(a, b);
        string? note = (maskBox.IsEmpty, referenceBox.IsEmpty) switch
        {
            (true, true) => "Both masks are empty: they agree, but recall, precision and distances are not defined.",
            (true, false) => "The mask is empty: precision and distances are not defined.",
            (false, true) => "The reference is empty: recall and distances are not defined.",
            _ => mask.Grid.IsOrthogonal() ? null
                : "The grid is sheared: distances are not measured. Resample both masks to one with perpendicular axes.",
        };
        SurfaceDistance? distance = note is null ? SurfaceDistance.Between(a, b, mask.Grid.Spacing, toleranceMm, cancellation) : null;
        double voxelMl = mask.Grid.VoxelVolume / 1000;
        return new SegmentationScore
        {
            Name = mask.Name,
            ReferenceName = reference.Name,
            Dice = overlap.Dice,
            Recall = overlap.Recall,
            Precision = overlap.Precision,
            VolumeMl = a.Count * voxelMl,
            ReferenceVolumeMl = b.Count * voxelMl,
            Hd95Mm = distance?.Hd95Mm,
            AssdMm = distance?.AssdMm,
            Nsd = maskBox.IsEmpty != referenceBox.IsEmpty ? 0 : distance?.Nsd,
            NsdToleranceMm = toleranceMm,
            Note = note,
        };
    }

    private static IndexBox BoxOf(LabelVolume volume, byte label)
    {
        IndexBox box = IndexBox.OfLabel(volume.Grid, volume.Labels, label);
        if (!box.IsEmpty || IndexBox.OfNonZero(volume.Grid, volume.Labels).IsEmpty) return box;
        IEnumerable<int> present = Enumerable.Range(1, 255).Where(l => volume.Labels.Span.Contains((byte)l));
        throw new CoreException(
            Fault.LabelMissing, $"'{volume.Name}' does not hold label {label}; it holds {string.Join(", ", present)}.", volume,
            "Name the label to compare.");
    }
}
