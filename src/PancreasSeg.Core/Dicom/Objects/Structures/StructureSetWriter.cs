using System.Globalization;
using System.Text;

namespace PancreasSeg.Dicom;

/// <summary>
/// Writes masks as RT Structure Set (PS3.3 A.19): one region of interest per structure, closed contours along the edges of its pixels.
/// Implicit VR, as contours of more than 2,400 points do not fit an explicit length.
/// </summary>
internal static class StructureSetWriter
{
    public const string SopClass = "1.2.840.10008.5.1.4.1.1.481.3";
    private const string StudyClass = "1.2.840.10008.3.1.2.3.1";

    // Part of a slice by which a plane may lie off an image that it still names.
    private const double PlaneTolerance = 0.02;

    /// <summary>Writes one file, reads it back and compares it voxel by voxel before it is moved into place.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="header">Source, segments and options.</param>
    /// <param name="mask">The mask, on the source's grid or on another in the same space.</param>
    /// <param name="cancellation">Gives it up; no file is left.</param>
    /// <exception cref="CoreException"><see cref="Fault.LabelMissing"/>, <see cref="Fault.FileWriteFailed"/>,
    /// <see cref="Fault.NoClobber"/>.</exception>
    public static void Write(string path, DerivedObject header, LabelVolume mask, CancellationToken cancellation)
    {
        if (header.Source.Info.Grid is { } grid && mask.OnVoxelsOf(grid, cancellation) is { } same) mask = same;
        DicomItem dataset = DatasetOf(header, mask, cancellation);
        AtomicFile.Write(path, header.Options.Overwrite,
            stream => DicomFileWriter.Write(stream, dataset, DicomEncoding.Implicit),
            written => Check(written, header, mask, cancellation));
    }

    private static DicomItem DatasetOf(DerivedObject header, LabelVolume mask, CancellationToken cancellation)
    {
        SourceSeries source = header.Source;
        bool isAutomatic = header.Options.Origin.IsAutomatic;
        DicomItem item = header.Create(SopClass, header.InstanceUid(mask.Labels.Span), "RTSTRUCT", cancellation);
        header.Stamp(header.AddFrameOfReference(item), DicomTag.StructureSetDate, DicomTag.StructureSetTime)
            .Empty(DicomTag.OperatorsName)
            .Text(DicomTag.StructureSetLabel, "PANCREASSEG")
            .Text(DicomTag.StructureSetName, DerivedObject.Warning)
            .Text(DicomTag.ApprovalStatus, "UNAPPROVED")
            .Sequence(DicomTag.ReferencedFrameOfReferenceSequence, new DicomItem()
                .Text(DicomTag.FrameOfReferenceUid, source.FrameOfReferenceUid)
                .Sequence(DicomTag.RtReferencedStudySequence, new DicomItem()
                    .Text(DicomTag.ReferencedSopClassUid, StudyClass)
                    .Raw(DicomTag.ReferencedSopInstanceUid, item.BytesOf(DicomTag.StudyInstanceUid))
                    .Sequence(DicomTag.RtReferencedSeriesSequence, new DicomItem()
                        .Text(DicomTag.SeriesInstanceUid, source.Info.SeriesInstanceUid)
                        .Sequence(DicomTag.ContourImageSequence, DerivedObject.Instances(source.Slices)))));
        var regions = new List<DicomItem>();
        var contours = new List<DicomItem>();
        var observations = new List<DicomItem>();
        foreach ((int number, DicomSegment segment) in header.Segments.Index())
        {
            AnatomicStructure structure = segment.Structure;
            regions.Add(new DicomItem()
                .Integers(DicomTag.RoiNumber, number + 1)
                .Text(DicomTag.ReferencedFrameOfReferenceUid, source.FrameOfReferenceUid)
                .Text(DicomTag.RoiName, structure.Label)
                .Text(DicomTag.RoiGenerationAlgorithm, isAutomatic ? ["AUTOMATIC"] : [])
                .Text(DicomTag.RoiGenerationDescription, isAutomatic ? $"{DerivedObject.Model} {header.AlgorithmVersion}" : "Not known"));
            contours.Add(new DicomItem()
                .Integers(DicomTag.RoiDisplayColor, structure.Red, structure.Green, structure.Blue)
                .Integers(DicomTag.ReferencedRoiNumber, number + 1)
                .Sequence(DicomTag.ContourSequence, ContoursOf(header, mask, segment, cancellation)));
            observations.Add(new DicomItem()
                .Integers(DicomTag.ObservationNumber, number + 1)
                .Integers(DicomTag.ReferencedRoiNumber, number + 1)
                .Sequence(DicomTag.RtRoiIdentificationCodeSequence, structure.ToItem())
                .Text(DicomTag.RtRoiInterpretedType, "ORGAN")
                .Empty(DicomTag.RoiInterpreter));
        }
        return item.Sequence(DicomTag.StructureSetRoiSequence, regions)
            .Sequence(DicomTag.RoiContourSequence, contours)
            .Sequence(DicomTag.RtRoiObservationsSequence, observations);
    }

    private static List<DicomItem> ContoursOf(DerivedObject header, LabelVolume mask, DicomSegment segment, CancellationToken cancellation)
    {
        VolumeGrid grid = mask.Grid;
        var items = new List<DicomItem>();
        for (int slice = 0; slice < grid.Slices; slice++)
        {
            cancellation.ThrowIfCancellationRequested();
            CtSlice? image = ImageAt(header.Source, grid, slice);
            ReadOnlySpan<byte> labels = mask.Labels.Span.Slice(grid.IndexOf(0, 0, slice), grid.Columns * grid.Rows);
            foreach (ContourPoint[] contour in MaskContours.Of(labels, grid.Columns, segment.Label))
            {
                DicomItem item = new DicomItem()
                    .Text(DicomTag.ContourGeometricType, "CLOSED_PLANAR")
                    .Integers(DicomTag.NumberOfContourPoints, contour.Length)
                    .Integers(DicomTag.ContourNumber, items.Count + 1)
                    .Raw(DicomTag.ContourData, Data(contour, Plane(image, grid, slice)));
                items.Add(image is null ? item : item.Sequence(DicomTag.ContourImageSequence, DerivedObject.Reference(image)));
            }
        }
        return items.Count > 0 ? items : throw new CoreException(Fault.LabelMissing,
            $"The mask has no voxel with label {segment.Label} ({segment.Structure.Name}).", segment.Label, "Leave this structure out.");
    }

    /// <summary>The image on which a slice of the mask lies; null when there is none.</summary>
    private static CtSlice? ImageAt(SourceSeries source, VolumeGrid grid, int slice)
    {
        Vector3D position = grid.Affine.Apply(new(0, 0, slice));
        CtSlice nearest = source.Slices.MinBy(s => (s.Plane!.Position - position).Length)!;
        bool isParallel = (nearest.Plane!.ColumnStep - grid.Affine.ColumnStep).Length * grid.Columns
            + (nearest.Plane.RowStep - grid.Affine.RowStep).Length * grid.Rows
            < PlaneTolerance * grid.Spacing.X;
        return isParallel && (nearest.Plane.Position - position).Length <= PlaneTolerance * grid.Spacing.Z ? nearest : null;
    }

    private static AffineTransform Plane(CtSlice? image, VolumeGrid grid, int slice) => image?.Plane is { } plane
        ? new AffineTransform(plane.ColumnStep, plane.RowStep, plane.Normal, plane.Position)
        : grid.Affine with { Translation = grid.Affine.Apply(new(0, 0, slice)) };

    /// <summary>x, y, z of each point in mm, with three decimals.</summary>
    private static byte[] Data(ContourPoint[] contour, AffineTransform plane)
    {
        var text = new StringBuilder();
        foreach (ContourPoint point in contour)
        {
            Vector3D at = plane.Apply(new((point.X - 1) / 2.0, (point.Y - 1) / 2.0, 0));
            for (int axis = 0; axis < 3; axis++) text.Append(text.Length == 0 ? "" : "\\")
                .Append(CultureInfo.InvariantCulture, $"{at[axis]:0.000}");
        }
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static void Check(string path, DerivedObject header, LabelVolume mask, CancellationToken cancellation)
    {
        var options = new LabelImportOptions { Grid = mask.Grid, FrameOfReferenceUid = header.Source.FrameOfReferenceUid };
        LabelVolume? read = DicomLabels.Read(path, options, cancellation);
        ReadOnlySpan<byte> found = read is null ? default : read.Labels.Span, meant = mask.Labels.Span;
        var number = new byte[256];
        foreach ((int index, DicomSegment segment) in header.Segments.Index()) number[segment.Label] = (byte)(index + 1);
        for (int i = 0; i < meant.Length; i++)
            if (found.Length != meant.Length || found[i] != number[meant[i]])
                throw new CoreException(Fault.FileWriteFailed,
                    FormattableString.Invariant($"What was written is not what was meant (voxel {i} differs), so nothing was kept."), path,
                    "Check the disk; if it is sound, report this as a defect.");
    }
}
