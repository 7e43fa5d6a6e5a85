using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>Reads an RT Structure Set into labels on the grid of a CT: pixels whose centre lies inside, holes told by any of the usual
/// ways.</summary>
internal static class StructureSetReader
{
    // Part of a slice by which a contour may lie off it.
    private const double SliceTolerance = 0.05;

    /// <summary>Reads the regions, each with its number as label, or one of them as a mask of 1.</summary>
    /// <param name="file">Read with <see cref="DicomSelection.StructureSet"/>.</param>
    /// <param name="source">What the labels say of where they come from.</param>
    /// <param name="options">Which region, and the grid, which is needed.</param>
    /// <param name="cancellation">Looked at between contours.</param>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/>: no grid; <see cref="Fault.ContourBetweenSlices"/>;
    /// <see cref="Fault.SegmentsOverlap"/>;
    /// <see cref="Fault.LabelMissing"/>; <see cref="Fault.DicomFileInvalid"/>; <see cref="Fault.FrameOfReferenceDiffers"/>.</exception>
    public static LabelVolume Read(DicomFile file, VolumeSource source, LabelImportOptions options, CancellationToken cancellation)
    {
        if (file.Damage is { } damage) throw Invalid(file, damage);
        if (options.Grid is not { } grid)
            throw new CoreException(Fault.SettingInvalid,
                $"'{file.Path}' holds contours, which need the slices of their CT.", file.Path, "Give the CT by -Like.");
        DicomDataset? frame = file.Dataset.Items(DicomTag.ReferencedFrameOfReferenceSequence) is [var only] ? only : null;
        string? frameUid = frame?.Uid(DicomTag.FrameOfReferenceUid) ?? file.Dataset.Uid(DicomTag.FrameOfReferenceUid);
        options.CheckFrame(file.Path, frameUid);
        var names = new Dictionary<int, string?>();
        foreach (DicomDataset roi in file.Dataset.Items(DicomTag.StructureSetRoiSequence))
            if (roi.Integer(DicomTag.RoiNumber) is not { } number || !names.TryAdd(number, roi.Words(DicomTag.RoiName)))
                throw Invalid(file, "A region has no number, or that of another (3006,0022).");
        int? wanted = options.Segment?.Find(file.Path, names);

        var labels = new byte[grid.VoxelCount];
        var one = new byte[grid.VoxelCount];
        (int overlap, int skipped, int outside) = (0, 0, 0);
        foreach (DicomDataset region in file.Dataset.Items(DicomTag.RoiContourSequence))
        {
            int number = region.Integer(DicomTag.ReferencedRoiNumber) ?? -1;
            if (wanted is not null && number != wanted) continue;
            if (!names.ContainsKey(number)) throw Invalid(file, "Contours belong to no region of the file.");
            if (wanted is null && number is < 1 or > byte.MaxValue) throw Invalid(file,
                Invariant($"Region {number} does not fit a label from 1 to 255; take one with -Segment."));
            Array.Clear(one);
            foreach (DicomDataset contour in region.Items(DicomTag.ContourSequence))
            {
                cancellation.ThrowIfCancellationRequested();
                if (contour.Text(DicomTag.ContourGeometricType) is not ("CLOSED_PLANAR" or "CLOSEDPLANAR_XOR")) skipped++;
                else if (!Fill(file, contour, grid, one)) outside++;
            }
            for (int i = 0; i < one.Length; i++)
            {
                if (one[i] == 0) continue;
                if (labels[i] != 0) overlap++;
                labels[i] = wanted is null ? (byte)number : (byte)1;
            }
        }
        if (overlap > 0)
            throw new CoreException(Fault.SegmentsOverlap,
                Invariant(
                $"Regions of '{file.Path}' share {overlap} voxels, so that one label map cannot hold them."), file.Path,
                "Take one with -Segment.");
        DicomDataset? series = frame?.Items(DicomTag.RtReferencedStudySequence) is [var study]
            && study.Items(DicomTag.RtReferencedSeriesSequence) is [var single] ? single : null;
        source = source with { SeriesUid = series?.Uid(DicomTag.SeriesInstanceUid), FrameOfReferenceUid = frameUid };
        if (skipped > 0) source = source.WithNote(Invariant($"{skipped} contours were left out: points or open lines"));
        if (outside > 0) source = source.WithNote(Invariant($"{outside} contours were left out: above or below the CT"));
        return new LabelVolume(grid, labels, source);
    }

    /// <summary>Flips the voxels inside a contour; false when it lies above or below the grid.</summary>
    private static bool Fill(DicomFile file, DicomDataset contour, VolumeGrid grid, byte[] mask)
    {
        double[] data = contour.Numbers(DicomTag.ContourData) ?? [];
        if (data.Length == 0 || data.Length % 3 != 0 || data.Any(v => !(Math.Abs(v) < 1e6))) throw Invalid(file,
            "A contour has impossible points (3006,0050).");
        AffineTransform toVoxel = grid.Affine.Inverse();
        double[] x = new double[data.Length / 3], y = new double[x.Length];
        (double low, double high) = (double.MaxValue, double.MinValue);
        for (int i = 0; i < x.Length; i++)
        {
            Vector3D at = toVoxel.Apply(new(data[3 * i], data[3 * i + 1], data[3 * i + 2]));
            (x[i], y[i], low, high) = (at.X, at.Y, Math.Min(low, at.Z), Math.Max(high, at.Z));
        }
        double slice = Math.Round((low + high) / 2);
        if (slice < 0 || slice >= grid.Slices) return false;
        if (Math.Max(Math.Abs(low - slice), Math.Abs(high - slice)) > SliceTolerance)
            throw new CoreException(Fault.ContourBetweenSlices,
                Invariant($"A contour in '{file.Path}' lies at slices {low:0.##} to {high:0.##} of the CT."), file.Path,
                "Give the CT it was drawn on by -Like.");
        int area = grid.Columns * grid.Rows;
        ContourFill.Flip(x, y, mask.AsSpan((int)slice * area, area), grid.Columns);
        return true;
    }

    private static CoreException Invalid(DicomFile file, string what) =>
        new(Fault.DicomFileInvalid, $"'{file.Path}' is no valid structure set: {what}", file.Path, "Export it again from where it comes.");
}
