using System.Buffers.Binary;
using PancreasSeg.Core.Tests.Dicom.Codecs;
using PancreasSeg.Dicom;
using PancreasSeg.Dicom.Codecs;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>Small files that claim huge images are refused before memory is taken for them. Archives: ZipTests, deflate:
/// HostileFileTests.</summary>
public class BombTests
{
    private const int Huge = 16384;

    [Theory]
    [InlineData("u12.j2k")]
    [InlineData("u12.jls")]
    [InlineData("u12-predictor1.ljpg")]
    [InlineData("u12-extended.jpg")]
    public void Security04_a_frame_header_that_claims_more_than_the_data_set_is_refused(string file)
    {
        FrameFormat format = CodecSlices.Format(file);
        byte[] frame = Inflated(file);
        var destination = new byte[format.Rows * format.Columns * 2];
        IFrameCodec codec = FrameCodecs.ForTransferSyntax(Syntax(file))!;
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<CoreException>(() => codec.Decode(frame, format, destination));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
        Assert.Equal(Fault.DicomFileInvalid, error.Fault);
        Assert.Contains($"{Huge} x {Huge}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("u12.j2k")]
    [InlineData("u12.jls")]
    [InlineData("u12-predictor1.ljpg")]
    [InlineData("u12-extended.jpg")]
    [InlineData("u12.rle")]
    public void Security04_a_data_set_that_claims_as_much_is_refused_from_its_header(string file)
    {
        using TestSeries series = new TestSeries(3).Each((slice, _) => slice.Number(DicomTag.Rows, Huge).Number(DicomTag.Columns, Huge)
            .Fragments(DicomTag.PixelData, [], file.EndsWith("rle", StringComparison.Ordinal) ? CodecSlices.Encoded(file) : Inflated(file)))
                .Save(Syntax(file));
        series.AssertRefused(SeriesReason.TooLarge, Fault.VolumeTooLarge);
    }

    /// <summary>The codecs themselves take no more than a few tables, however large the image that is claimed.</summary>
    [Theory]
    [InlineData("u12.jls")]
    [InlineData("u12-predictor1.ljpg")]
    [InlineData("u12.rle")]
    public void Security04_decoding_takes_memory_by_the_width_and_never_by_the_area(string file)
    {
        var format = new FrameFormat(4096, 4096, 16, 12, false);
        byte[] frame = file.EndsWith("rle", StringComparison.Ordinal) ? CodecSlices.Encoded(file) : Claiming(file, 4096);
        var destination = new byte[4096 * 4096 * 2];
        IFrameCodec codec = FrameCodecs.ForTransferSyntax(Syntax(file))!;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(Fault.DicomFileInvalid, Assert.Throws<CoreException>(() => codec.Decode(frame, format, destination)).Fault);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    /// <summary>A run that would expand far beyond the frame ends at its last pixel.</summary>
    [Fact]
    public void Security04_runs_beyond_the_frame_are_refused()
    {
        var run = new byte[64 + 200_000];
        run[0] = 2;
        BinaryPrimitives.WriteInt32LittleEndian(run.AsSpan(4), 64);
        BinaryPrimitives.WriteInt32LittleEndian(run.AsSpan(8), 100_064);
        for (int i = 64; i < run.Length; i += 2) run[i] = 0x81;
        FrameFormat format = CodecSlices.Format("u12");
        CodecAssert.Refuses(new RleCodec(), run, format, "beyond the last pixel");
    }

    private static string Syntax(string file) => Path.GetExtension(file) switch
    {
        ".j2k" => "1.2.840.10008.1.2.4.90",
        ".jls" => "1.2.840.10008.1.2.4.80",
        ".ljpg" => "1.2.840.10008.1.2.4.70",
        ".jpg" => "1.2.840.10008.1.2.4.51",
        _ => "1.2.840.10008.1.2.5",
    };

    private static byte[] Inflated(string file) => Claiming(file, Huge);

    /// <summary>A stored frame whose header claims a square of this side.</summary>
    private static byte[] Claiming(string file, int side)
    {
        byte[] frame = CodecSlices.Encoded(file);
        if (file.EndsWith("j2k", StringComparison.Ordinal))
        {
            // Image and tile size of the SIZ segment.
            foreach (int at in (int[])[8, 12, 24, 28]) BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(at), side);
            return frame;
        }
        byte marker = Path.GetExtension(file) switch { ".jls" => 0xF7, ".ljpg" => 0xC3, _ => 0xC1 };
        int frameHeader = CodecSlices.Marker(frame, marker);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(frameHeader + 5), (ushort)side);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(frameHeader + 7), (ushort)side);
        return frame;
    }
}
