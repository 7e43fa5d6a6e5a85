using System.Runtime.CompilerServices;
using PancreasSeg.Dicom;

namespace PancreasSeg.Core.Tests.Dicom.Files;

/// <summary>What is written equals what pydicom writes, and is read by the reader of images.</summary>
public class DicomFileWriterTests
{
    private static DicomItem Dataset() => new DicomItem()
        // Not in the order of the tags.
        .Streamed(DicomTag.PixelData, 7, stream => stream.Write([0, 1, 2, 3, 4, 5, 6]))
        .Text(DicomTag.SpecificCharacterSet, "ISO_IR 100")
        .Text(DicomTag.SopClassUid, "1.2.840.10008.5.1.4.1.1.66.4")
        .Text(DicomTag.SopInstanceUid, "1.2.826.0.1.3680043.8.498.1")
        .Empty(DicomTag.AccessionNumber)
        .Raw(DicomTag.PatientName, System.Text.Encoding.Latin1.GetBytes("Björk^Zoé"))
        .Text(DicomTag.PatientWeight, "70")
        .Decimals(DicomTag.SpacingBetweenSlices, 2.5)
        .Decimals(DicomTag.ImagePositionPatient, -35.123456, -210.5, 812.25)
        .Text(DicomTag.SoftwareVersions, "0.1.0", "abc")
        .Integers(DicomTag.NumberOfFrames, 3)
        .UInt16(DicomTag.Rows, 512)
        .Sequence(DicomTag.ReferencedSeriesSequence, new DicomItem()
            .Text(DicomTag.SeriesInstanceUid, "1.2.3")
            .Sequence(DicomTag.ReferencedInstanceSequence,
                new DicomItem().Text(DicomTag.ReferencedSopInstanceUid, "1.2.3.4"),
                new DicomItem().Text(DicomTag.ReferencedSopInstanceUid, "1.2.3.45")))
        .Sequence(DicomTag.ContributingEquipmentSequence)
        .Sequence(DicomTag.DimensionIndexSequence, new DicomItem()
            .Pointer(DicomTag.DimensionIndexPointer, DicomTag.ReferencedSegmentNumber))
        .Sequence(DicomTag.FrameContentSequence, new DicomItem().UInt32(DicomTag.DimensionIndexValues, 1, 70000))
        .Sequence(DicomTag.SegmentSequence, new DicomItem()
            .Text(DicomTag.TrackingId, "PancreasSeg pancreas")
            .UInt16(DicomTag.RecommendedDisplayCieLabValue, 51709, 38173, 44529));

    private static byte[] Written(DicomItem dataset, DicomEncoding encoding)
    {
        using var stream = new MemoryStream();
        DicomFileWriter.Write(stream, dataset, encoding);
        return stream.ToArray();
    }

    [Theory]
    [InlineData("explicit.dcm", true)]
    [InlineData("implicit.dcm", false)]
    public void The_bytes_are_those_that_pydicom_writes(string file, bool isExplicit)
    {
        byte[] ours = Written(Dataset(), isExplicit ? DicomEncoding.Explicit : DicomEncoding.Implicit);
        byte[] theirs = File.ReadAllBytes(Path.Combine(Folder(), "Fixtures", file));
        Assert.Equal(AfterMeta(theirs), AfterMeta(ours));
    }

    [Fact]
    public void More_sequence_items_than_are_read_are_refused_before_a_byte_is_written()
    {
        DicomItem inner = new DicomItem().Sequence(DicomTag.ContourImageSequence, new DicomItem());
        DicomItem Dataset(int contours) => new DicomItem().Text(DicomTag.SopClassUid, "1.2").Text(DicomTag.SopInstanceUid, "1.2.3")
            .Sequence(DicomTag.ContourSequence, [.. Enumerable.Repeat(inner, contours)]);
        using var stream = new MemoryStream();
        Assert.Equal(Fault.VolumeTooLarge, Assert.Throws<CoreException>(() =>
            DicomFileWriter.Write(stream, Dataset(DicomParser.MaxItems / 2 + 1), DicomEncoding.Implicit)).Fault);
        Assert.Equal(0, stream.Length);
        DicomFileWriter.Write(stream, Dataset(DicomParser.MaxItems / 2), DicomEncoding.Implicit);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_reader_of_images_reads_it(bool isExplicit)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.dcm");
        try
        {
            File.WriteAllBytes(path, Written(Dataset(), isExplicit ? DicomEncoding.Explicit : DicomEncoding.Implicit));
            DicomFile file = DicomFile.ReadHeader(new DicomDiskFile(path))!;
            Assert.Null(file.Damage);
            Assert.Equal("1.2.826.0.1.3680043.8.498.1", file.Dataset.Uid(DicomTag.SopInstanceUid));
            Assert.Equal("1.2.826.0.1.3680043.8.498.1", file.Meta.Uid(DicomTag.MediaStorageSopInstanceUid));
            Assert.Equal([-35.123456, -210.5, 812.25], file.Dataset.Numbers(DicomTag.ImagePositionPatient)!);
            Assert.Equal(512, file.Dataset.UInt16(DicomTag.Rows));
            Assert.Equal(8, file.Pixels!.Length);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_short_value_representation_refuses_what_its_length_cannot_say()
    {
        DicomItem dataset = Dataset().Raw(DicomTag.ContourData, new byte[65_536]);
        Assert.Equal(Fault.VolumeTooLarge, Assert.Throws<CoreException>(() => Written(dataset, DicomEncoding.Explicit)).Fault);
        Assert.NotEmpty(Written(dataset, DicomEncoding.Implicit));
    }

    [Fact]
    public void A_value_of_four_gigabytes_is_refused_before_it_is_written()
    {
        DicomItem dataset = Dataset().Streamed(DicomTag.PixelData, uint.MaxValue, _ => throw new InvalidOperationException());
        Assert.Equal(Fault.VolumeTooLarge, Assert.Throws<CoreException>(() => Written(dataset, DicomEncoding.Explicit)).Fault);
    }

    [Fact]
    public void Own_text_is_ascii() => Assert.Throws<ArgumentException>(() => new DicomItem().Text(DicomTag.SegmentLabel, "Drüse"));

    [Fact]
    public void A_uid_follows_from_its_lines_alone()
    {
        // From Python's uuid and hashlib.
        Assert.Equal("2.25.293782242036303664285489812884446599831", DicomUid.Of("series", "1.2.3", "seg"));
        Assert.NotEqual(DicomUid.Of("a", "b"), DicomUid.Of("ab"));
    }

    /// <summary>The data set: what follows preamble, mark, and the meta information, whose length its first element says.</summary>
    private static byte[] AfterMeta(byte[] file) => file[(144 + BitConverter.ToInt32(file, 140))..];

    private static string Folder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;
}
