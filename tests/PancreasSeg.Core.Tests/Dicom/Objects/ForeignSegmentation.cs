using PancreasSeg.Dicom;

namespace PancreasSeg.Core.Tests.Dicom.Objects;

/// <summary>A segmentation as another program might write it: frames of 5 x 3 pixels of 2 x 1 mm, 2.5 mm apart, right or deliberately
/// wrong.</summary>
internal sealed class ForeignSegmentation
{
    public const int Columns = 5, Rows = 3, Area = Columns * Rows;

    /// <summary>Segment, position along z in mm, and the pixels: 0 or 1, a fraction, or segment numbers.</summary>
    public List<(int Segment, double Z, byte[] Pixels)> Frames { get; } = [];

    public DicomWriter Dataset { get; } = new DicomWriter()
        .Text(DicomTag.SopClassUid, "UI", SegmentationFile.SopClass)
        .Text(DicomTag.SopInstanceUid, "UI", "1.2.3.9")
        .Text(DicomTag.Modality, "CS", "SEG")
        .Text(DicomTag.FrameOfReferenceUid, "UI", "1.2.3.8")
        .Number(DicomTag.SamplesPerPixel, 1).Number(DicomTag.Rows, Rows).Number(DicomTag.Columns, Columns)
            .Number(DicomTag.PixelRepresentation, 0)
        .Text(DicomTag.SegmentationType, "CS", "BINARY")
        .Sequence(DicomTag.SegmentSequence, Segment(1, "Pancreas"), Segment(2, "Tumor"));

    public int Bits { get; set; } = 1;

    /// <summary>Changes the functional groups of frames.</summary>
    public Action<DicomWriter, int>? Change { get; set; }

    public DicomWriter Shared { get; } = new DicomWriter()
        .Sequence(DicomTag.PixelMeasuresSequence, new DicomWriter().Numbers(DicomTag.PixelSpacing, 1, 2)
            .Numbers(DicomTag.SliceThickness, 2.5).Numbers(DicomTag.SpacingBetweenSlices, 2.5))
        .Sequence(DicomTag.PlaneOrientationSequence, new DicomWriter().Numbers(DicomTag.ImageOrientationPatient, 1, 0, 0, 0, 1, 0));

    /// <summary>A frame of a pattern that is unlike every other.</summary>
    public static byte[] Pattern(int seed, int value = 1) =>
        [.. Enumerable.Range(0, Area).Select(i => (byte)((i * 7 + seed * 5) % 11 < 4 ? value : 0))];

    public static DicomWriter Segment(int number, string label) => new DicomWriter().Number(DicomTag.SegmentNumber, number)
        .Text(DicomTag.SegmentLabel, "LO", label);

    public byte[] File(string syntax = TransferSyntax.ExplicitLittleEndianUid)
    {
        DicomWriter[] groups = [.. Frames.Select((frame, i) =>
        {
            DicomWriter group = new DicomWriter()
                .Sequence(DicomTag.PlanePositionSequence, new DicomWriter().Numbers(DicomTag.ImagePositionPatient, 10, 20, frame.Z))
                .Sequence(DicomTag.SegmentIdentificationSequence, new DicomWriter()
                    .Number(DicomTag.ReferencedSegmentNumber, frame.Segment));
            Change?.Invoke(group, i);
            return group;
        })];
        byte[] samples = [.. Frames.SelectMany(f => f.Pixels)], pixels = samples;
        if (Bits == 1)
        {
            pixels = new byte[(samples.Length + 7) / 8];
            for (int i = 0; i < samples.Length; i++) pixels[i / 8] |= (byte)(samples[i] << i % 8);
        }
        Dataset.Number(DicomTag.BitsAllocated, Bits).Number(DicomTag.BitsStored, Bits)
            .Text(DicomTag.NumberOfFrames, "IS", $"{Frames.Count}")
            .Sequence(DicomTag.SharedFunctionalGroupsSequence, Shared).Sequence(DicomTag.PerFrameFunctionalGroupsSequence, groups);
        if (Dataset.Get(DicomTag.PixelData) is null) Dataset.Raw(DicomTag.PixelData, "OB", pixels);
        return Dataset.File(syntax);
    }
}
