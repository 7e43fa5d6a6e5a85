namespace PancreasSeg.Dicom;

/// <summary>
/// Writes masks as DICOM Segmentation (PS3.3 A.51), BINARY, or the probabilities of one structure, FRACTIONAL: one frame per slice and
/// segment, from the first slice of the segment to the last, ascending along the normal of the source's images, with the positions and
/// orientation of these.
/// </summary>
internal static class SegmentationWriter
{
    public const string SopClass = "1.2.840.10008.5.1.4.1.1.66.4";

    // An odd number of packed bytes, though padded, is refused by Cornerstone3D; eight more frames make it even for every image size.
    private const int MostEmptyFrames = 8;

    /// <summary>Writes one file, reads it back and compares it voxel by voxel before it is moved into place.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="header">Source, segments and options.</param>
    /// <param name="mask">The labels of the source's pixels, or their probabilities in steps of 1/255; column-fastest, slices ascending
    /// along the normal.</param>
    /// <param name="cancellation">Gives it up; no file is left.</param>
    /// <exception cref="CoreException"><see cref="Fault.LabelMissing"/>: a segment has no voxel, for which there is no object;
    /// <see cref="Fault.VolumeTooLarge"/>; <see cref="Fault.FileWriteFailed"/>; <see cref="Fault.NoClobber"/>.</exception>
    public static void Write(string path, DerivedObject header, ReadOnlyMemory<byte> mask, CancellationToken cancellation)
    {
        SegmentFrame[] frames = [.. header.Segments.SelectMany((_, i) => FramesOf(header, mask, i))];
        if (!header.Options.Probability) frames = WithEmptyFrames(header, frames);
        DicomItem dataset = DatasetOf(header, mask, frames, cancellation);
        AtomicFile.Write(path, header.Options.Overwrite,
            stream => DicomFileWriter.Write(stream, dataset, DicomEncoding.Explicit),
            written => SegmentationCheck.Run(written, header, mask, cancellation));
    }

    /// <summary>The instance UID under which a mask of these segments is written.</summary>
    public static string InstanceUid(DerivedObject header, ReadOnlyMemory<byte> mask) =>
        header.InstanceUid(header.Options.Probability ? mask.Span : Selected(header, mask));

    /// <summary>The sample of a frame of a segment for a voxel of the mask.</summary>
    public static byte Sample(DerivedObject header, DicomSegment segment, byte voxel) =>
        header.Options.Probability ? voxel : (byte)(voxel == segment.Label ? 1 : 0);

    private static IEnumerable<SegmentFrame> FramesOf(DerivedObject header, ReadOnlyMemory<byte> mask, int index)
    {
        DicomSegment segment = header.Segments[index];
        ReadOnlySpan<byte> voxels = mask.Span;
        int area = Area(header);
        (int first, int last) = header.Options.Probability ? (voxels.IndexOfAnyExcept((byte)0), voxels.LastIndexOfAnyExcept((byte)0))
            : (voxels.IndexOf(segment.Label), voxels.LastIndexOf(segment.Label));
        if (first < 0)
            throw new CoreException(Fault.LabelMissing,
                $"The mask has no voxel with label {segment.Label} ({segment.Structure.Name}); an object without frames is not allowed.",
                segment.Label, "Leave this structure out.");
        (int from, int to) = header.Options.AllFrames ? (0, header.Source.Slices.Count - 1) : (first / area, last / area);
        return Enumerable.Range(from, to - from + 1).Select(slice => new SegmentFrame(index, slice));
    }

    /// <summary>The frames, and of the last segment so many after or before it that the packed bytes are even.</summary>
    private static SegmentFrame[] WithEmptyFrames(DerivedObject header, SegmentFrame[] frames)
    {
        long area = Area(header);
        SegmentFrame last = frames[^1], first = frames.First(f => f.Segment == last.Segment);
        int behind = header.Source.Slices.Count - 1 - last.Slice;
        for (int more = 0; more <= Math.Min(MostEmptyFrames, behind + first.Slice); more++)
        {
            if (((frames.Length + more) * area + 7) / 8 % 2 != 0) continue;
            int before = Math.Max(0, more - behind);
            IEnumerable<SegmentFrame> own = Enumerable.Range(first.Slice - before, last.Slice - first.Slice + 1 + more)
                .Select(slice => last with { Slice = slice });
            return [.. frames.TakeWhile(f => f.Segment != last.Segment), .. own];
        }
        return frames;
    }

    private static DicomItem DatasetOf(DerivedObject header, ReadOnlyMemory<byte> mask, SegmentFrame[] frames,
        CancellationToken cancellation)
    {
        CtSlice first = header.Source.First;
        bool isFractional = header.Options.Probability;
        ushort bits = (ushort)(isFractional ? 8 : 1);
        string instance = InstanceUid(header, mask), dimension = DicomUid.Of("dim", instance);
        DicomItem item = header.Create(SopClass, instance, "SEG", cancellation);
        header.AddFrameOfReference(item);
        header.Stamp(item, DicomTag.ContentDate, DicomTag.ContentTime)
            .Text(DicomTag.ImageType, "DERIVED", "PRIMARY")
            .UInt16(DicomTag.SamplesPerPixel, 1)
            .Text(DicomTag.PhotometricInterpretation, "MONOCHROME2")
            .Integers(DicomTag.NumberOfFrames, frames.Length)
            .UInt16(DicomTag.Rows, (ushort)first.Rows)
            .UInt16(DicomTag.Columns, (ushort)first.Columns)
            .UInt16(DicomTag.BitsAllocated, bits)
            .UInt16(DicomTag.BitsStored, bits)
            .UInt16(DicomTag.HighBit, (ushort)(bits - 1))
            .UInt16(DicomTag.PixelRepresentation, 0)
            .Text(DicomTag.SegmentationType, isFractional ? "FRACTIONAL" : "BINARY")
            .Text(DicomTag.SegmentsOverlap, "NO")
            .Text(DicomTag.ContentLabel, "PANCREASSEG")
            .Text(DicomTag.ContentDescription, DerivedObject.Warning)
            .Empty(DicomTag.ContentCreatorName)
            .Text(DicomTag.BurnedInAnnotation, "NO")
            .Sequence(DicomTag.SegmentSequence, [.. header.Segments.Select((segment, i) => SegmentItem(header, segment, i + 1))])
            .Sequence(DicomTag.DimensionOrganizationSequence, new DicomItem().Text(DicomTag.DimensionOrganizationUid, dimension))
            .Sequence(DicomTag.DimensionIndexSequence,
                Dimension(dimension, DicomTag.ReferencedSegmentNumber, DicomTag.SegmentIdentificationSequence, "Segment Number"),
                Dimension(dimension, DicomTag.ImagePositionPatient, DicomTag.PlanePositionSequence, "Image Position (Patient)"))
            .Sequence(DicomTag.SharedFunctionalGroupsSequence, Shared(header))
            .Sequence(DicomTag.ReferencedSeriesSequence, new DicomItem()
                .Text(DicomTag.SeriesInstanceUid, header.Source.Info.SeriesInstanceUid)
                .Sequence(DicomTag.ReferencedInstanceSequence,
                    DerivedObject.Instances(frames.Select(f => f.Slice).Distinct().Order().Select(k => header.Source.Slices[k]))));
        if (header.Segments.Count == 1) item.Text(DicomTag.DimensionOrganizationType, "3D");
        if (isFractional)
            item.Text(DicomTag.SegmentationFractionalType, "PROBABILITY").UInt16(DicomTag.MaximumFractionalValue, byte.MaxValue);
        AddCompression(item, first);
        int origin = frames.Min(f => f.Slice);
        item.Sequence(DicomTag.PerFrameFunctionalGroupsSequence,
            [.. frames.Select(f => FrameGroup(header.Source.Slices[f.Slice], f.Segment + 1, f.Slice - origin + 1))]);
        return item.Streamed(DicomTag.PixelData, ((long)Area(header) * frames.Length * bits + 7) / 8, stream =>
        {
            if (isFractional) WriteBytes(stream, header, mask, frames, cancellation);
            else PackBits(stream, header, mask, frames, cancellation);
        });
    }

    private static DicomItem SegmentItem(DerivedObject header, DicomSegment segment, int number)
    {
        AnatomicStructure structure = segment.Structure;
        MaskOrigin origin = header.Options.Origin;
        DicomItem item = new DicomItem()
            .UInt16(DicomTag.SegmentNumber, (ushort)number)
            .Text(DicomTag.SegmentLabel, structure.Label)
            .Text(DicomTag.SegmentAlgorithmType, origin.IsAutomatic ? "AUTOMATIC" : "SEMIAUTOMATIC")
            .Text(DicomTag.SegmentAlgorithmName, origin.IsAutomatic ? DerivedObject.Model : "Not known")
            .Code(DicomTag.SegmentedPropertyCategoryCodeSequence, new DicomCode("91723000", "SCT", "Anatomical Structure"))
            .Sequence(DicomTag.SegmentedPropertyTypeCodeSequence, structure.ToItem(DicomTag.SegmentedPropertyTypeModifierCodeSequence))
            .UInt16(DicomTag.RecommendedDisplayCieLabValue, CieLab.Of(structure.Red, structure.Green, structure.Blue))
            .Text(DicomTag.TrackingId, DerivedObject.TrackingId(segment))
            .Text(DicomTag.TrackingUid, header.TrackingUid(segment));
        if (!origin.IsAutomatic) return item;
        DicomItem algorithm = new DicomItem()
            .Code(DicomTag.AlgorithmFamilyCodeSequence, new DicomCode("123110", "DCM", "Artificial Intelligence"))
            .Text(DicomTag.AlgorithmName, DerivedObject.Model)
            .Text(DicomTag.AlgorithmVersion, header.AlgorithmVersion);
        if (origin.Settings.Length > 0) algorithm.Text(DicomTag.AlgorithmParameters, origin.Settings);
        return item.Sequence(DicomTag.SegmentationAlgorithmIdentificationSequence, algorithm);
    }

    private static DicomItem Dimension(string organization, uint index, uint group, string label) => new DicomItem()
        .Text(DicomTag.DimensionOrganizationUid, organization)
        .Pointer(DicomTag.DimensionIndexPointer, index)
        .Pointer(DicomTag.FunctionalGroupPointer, group)
        .Text(DicomTag.DimensionDescriptionLabel, label);

    private static DicomItem Shared(DerivedObject header)
    {
        FrameAttributes first = header.Source.First.Attributes;
        double distance = header.Source.PlaneDistance;
        return new DicomItem()
            .Sequence(DicomTag.PixelMeasuresSequence, new DicomItem()
                .Decimals(DicomTag.SliceThickness, distance)
                .Decimals(DicomTag.SpacingBetweenSlices, distance)
                .Raw(DicomTag.PixelSpacing, first.Raw(DicomTag.PixelSpacing)))
            .Sequence(DicomTag.PlaneOrientationSequence, new DicomItem()
                .Raw(DicomTag.ImageOrientationPatient, first.Raw(DicomTag.ImageOrientationPatient)));
    }

    private static DicomItem FrameGroup(CtSlice slice, int segment, int position) => new DicomItem()
        .Sequence(DicomTag.FrameContentSequence, new DicomItem().UInt32(DicomTag.DimensionIndexValues, (uint)segment, (uint)position))
        .Sequence(DicomTag.PlanePositionSequence, new DicomItem()
            .Raw(DicomTag.ImagePositionPatient, slice.Attributes.Raw(DicomTag.ImagePositionPatient)))
        .Sequence(DicomTag.SegmentIdentificationSequence, new DicomItem().UInt16(DicomTag.ReferencedSegmentNumber, (ushort)segment))
        .Sequence(DicomTag.DerivationImageSequence, new DicomItem()
            .Code(DicomTag.DerivationCodeSequence, new DicomCode("113076", "DCM", "Segmentation"))
            .Sequence(DicomTag.SourceImageSequence, DerivedObject.Reference(slice)
                .Code(DicomTag.PurposeOfReferenceCodeSequence,
                    new DicomCode("121322", "DCM", "Source image for image processing operation"))
                .Text(DicomTag.SpatialLocationsPreserved, "YES")));

    private static void AddCompression(DicomItem item, CtSlice first)
    {
        bool lossy = first.Attributes.Text(DicomTag.LossyImageCompression) == "01" || first.File.Syntax.IsLossy;
        item.Text(DicomTag.LossyImageCompression, lossy ? "01" : "00");
        foreach (uint tag in new[] { DicomTag.LossyImageCompressionRatio, DicomTag.LossyImageCompressionMethod })
            if (lossy && first.Attributes.Has(tag)) item.Raw(tag, first.Attributes.Raw(tag));
    }

    private static void WriteBytes(Stream stream, DerivedObject header, ReadOnlyMemory<byte> mask, SegmentFrame[] frames,
        CancellationToken cancellation)
    {
        foreach (SegmentFrame frame in frames)
        {
            cancellation.ThrowIfCancellationRequested();
            stream.Write(mask.Span.Slice(frame.Slice * Area(header), Area(header)));
        }
    }

    /// <summary>Bits of the frames, lowest first, running on over the borders of frames (PS3.5 8.1.1).</summary>
    private static void PackBits(Stream stream, DerivedObject header, ReadOnlyMemory<byte> mask, SegmentFrame[] frames,
        CancellationToken cancellation)
    {
        int area = Area(header), bit = 0;
        byte packed = 0;
        var buffer = new byte[area / 8 + 1];
        foreach (SegmentFrame frame in frames)
        {
            cancellation.ThrowIfCancellationRequested();
            byte label = header.Segments[frame.Segment].Label;
            int at = 0;
            foreach (byte value in mask.Span.Slice(frame.Slice * area, area))
            {
                if (value == label) packed |= (byte)(1 << bit);
                if (++bit < 8) continue;
                buffer[at++] = packed;
                (packed, bit) = (0, 0);
            }
            stream.Write(buffer, 0, at);
        }
        if (bit > 0) stream.WriteByte(packed);
    }

    /// <summary>The mask with all labels but those of the segments left out, which the object does not say.</summary>
    private static byte[] Selected(DerivedObject header, ReadOnlyMemory<byte> mask)
    {
        var kept = new bool[256];
        foreach (DicomSegment segment in header.Segments) kept[segment.Label] = true;
        var selected = new byte[mask.Length];
        for (int i = 0; i < selected.Length; i++)
            if (kept[mask.Span[i]]) selected[i] = mask.Span[i];
        return selected;
    }

    private static int Area(DerivedObject header) => header.Source.First.Columns * header.Source.First.Rows;
}
