using System.Text;
using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>Reads a segmentation that was written and compares it with what it was made of, before anybody can see it.</summary>
internal static class SegmentationCheck
{
    /// <summary>Compares places, references and every voxel.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/>: something differs.</exception>
    public static void Run(string path, DerivedObject header, ReadOnlyMemory<byte> mask, CancellationToken cancellation)
    {
        SegmentationFile file = SegmentationFile.Read(DicomFile.ReadHeader(new DicomDiskFile(path), DicomSelection.Segmentation,
            cancellation)
            ?? throw Differs(path, "it is no DICOM file"));
        SourceSeries source = header.Source;
        if (file.FrameOfReferenceUid != source.FrameOfReferenceUid || file.ReferencedSeriesUid != source.Info.SeriesInstanceUid)
            throw Differs(path, "it belongs to another series");
        Dictionary<(string, int?), int> slices = source.Slices.Select((s, k) =>
            (Key: (s.SopInstanceUid!, s.IsFrame ? s.Frame + 1 : (int?)null), k)).ToDictionary(p => p.Key, p => p.k);
        int area = source.First.Columns * source.First.Rows;
        var found = new int[header.Segments.Count];
        var seen = new HashSet<(int, int)>();
        file.ReadPixels((index, samples) =>
        {
            SegmentationFrame frame = file.Frames[index];
            DicomDataset image = frame.Attributes.Items(DicomTag.SourceImageSequence)[0];
            string uid = image.Uid(DicomTag.ReferencedSopInstanceUid)!;
            if (!slices.TryGetValue((uid, image.Integer(DicomTag.ReferencedFrameNumber)), out int slice)
                || !file.ReferencedInstances.Contains(uid))
                throw Differs(path, Invariant($"frame {index + 1} refers to no image of the source"));
            if (!seen.Add((frame.Segment, slice)) || Place(frame.Attributes) != Place(source.Slices[slice].Attributes))
                throw Differs(path, Invariant($"frame {index + 1} does not lie on its slice"));
            DicomSegment segment = header.Segments[frame.Segment - 1];
            ReadOnlySpan<byte> truth = mask.Span.Slice(slice * area, area);
            for (int i = 0; i < area; i++)
            {
                if (SegmentationWriter.Sample(header, segment, truth[i]) != samples[i])
                    throw Differs(path, Invariant($"voxel {i} of slice {slice} differs"));
                if (samples[i] != 0) found[frame.Segment - 1]++;
            }
        }, cancellation);
        for (int i = 0; i < found.Length; i++)
            if (found[i] != Count(header, mask, header.Segments[i])) throw Differs(path, Invariant($"segment {i + 1} has {found[i]} voxels"));
    }

    private static int Count(DerivedObject header, ReadOnlyMemory<byte> mask, DicomSegment segment) => header.Options.Probability
        ? mask.Length - mask.Span.Count((byte)0) : mask.Span.Count(segment.Label);

    private static string Place(FrameAttributes frame) => string.Join('|',
        new[] { DicomTag.ImagePositionPatient, DicomTag.ImageOrientationPatient, DicomTag.PixelSpacing }.Select(tag =>
            Encoding.ASCII.GetString(frame.Raw(tag)).Trim(' ', '\0')));

    private static CoreException Differs(string path, string what) =>
        new(Fault.FileWriteFailed, $"What was written is not what was meant ({what}), so nothing was kept.", path,
            "Check the disk; if it is sound, report this as a defect.");
}
