using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>Reads a DICOM Segmentation (BINARY, FRACTIONAL or LABELMAP, whoever wrote it) into labels on a grid.</summary>
internal static class SegmentationReader
{
    private const double GridTolerance = 0.02;

    /// <summary>Reads the segments, each with its number as label, or one of them as a mask of 1.</summary>
    /// <param name="header">Read with <see cref="DicomSelection.Segmentation"/>.</param>
    /// <param name="source">What the labels say of where they come from.</param>
    /// <param name="options">Which segment, and on which grid.</param>
    /// <param name="cancellation">Looked at between frames.</param>
    /// <exception cref="CoreException">As <see cref="SegmentationFile.Read"/> and <see cref="SegmentationGeometry.Of"/>;
    /// <see cref="Fault.LabelMissing"/>;
    /// <see cref="Fault.SegmentsOverlap"/>; <see cref="Fault.FrameOfReferenceDiffers"/>.</exception>
    public static LabelVolume Read(DicomFile header, VolumeSource source, LabelImportOptions options, CancellationToken cancellation)
    {
        SegmentationFile file = SegmentationFile.Read(header);
        options.CheckFrame(file.Path, file.FrameOfReferenceUid);
        int? only = options.Segment?.Find(file.Path, file.Segments.ToDictionary(s => s.Key, s => s.Value.Words(DicomTag.SegmentLabel)));
        (VolumeGrid grid, int[] slices) = SegmentationGeometry.Of(file);
        source = source with { SeriesUid = file.ReferencedSeriesUid, FrameOfReferenceUid = file.FrameOfReferenceUid };
        byte[] labels = new byte[grid.VoxelCount];
        int overlap = 0, area = grid.Columns * grid.Rows;
        double threshold = file.Kind == SegmentationKind.Fractional ? Math.Max(options.Threshold * file.Maximum, double.Epsilon) : 1;
        file.ReadPixels((index, samples) =>
        {
            Span<byte> slice = labels.AsSpan(slices[index] * area, area);
            int segment = file.Frames[index].Segment;
            if (file.Kind != SegmentationKind.LabelMap && only is { } wanted && segment != wanted) return;
            for (int i = 0; i < area; i++)
            {
                int label = file.Kind == SegmentationKind.LabelMap ? samples[i] : samples[i] >= threshold ? segment : 0;
                if (only is not null) label = label == only && label != 0 ? 1 : 0;
                if (label == 0) continue;
                if (label > byte.MaxValue || (only is null && !file.Segments.ContainsKey(label))) throw TooLarge(file, label);
                if (slice[i] != 0 && slice[i] != label) overlap++;
                slice[i] = (byte)label;
            }
        }, cancellation);
        if (overlap > 0)
            throw new CoreException(Fault.SegmentsOverlap,
                Invariant($"Segments of '{file.Path}' share {overlap} voxels, so that one label map cannot hold them."), file.Path,
                "Take one with -Segment.");
        return Lay(new LabelVolume(grid, labels, source), options.Grid, cancellation);
    }

    private static LabelVolume Lay(LabelVolume labels, VolumeGrid? grid, CancellationToken cancellation)
    {
        if (grid is null || labels.Grid == grid) return labels;
        if (IndexMap.Between(labels.Grid, grid, GridTolerance) is { IsExact: true } map)
            return new LabelVolume(grid, map.Copy(labels.Labels, (byte)0, cancellation), labels.Source);
        LabelVolume resampled = labels.To(grid, cancellation);
        return new LabelVolume(grid, resampled.Labels.ToArray(), labels.Source.WithNote($"labels resampled from {labels.Grid} to {grid}"));
    }

    private static CoreException TooLarge(SegmentationFile file, int label) => new(Fault.DicomFileInvalid,
        Invariant(
            $"'{file.Path}' has pixels of segment {label}, which it does not describe or which does not fit a label of one byte."),
            file.Path, "Take one with -Segment.");
}
