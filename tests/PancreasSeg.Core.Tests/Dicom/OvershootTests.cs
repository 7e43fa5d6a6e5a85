using PancreasSeg.Core.Tests.Dicom.Codecs;
using PancreasSeg.Dicom;
using PancreasSeg.Dicom.Codecs;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>
/// Frames that need more bits than their data set stores: the error of a codec is cut off at the last value that is stored, never
/// wrapped; a codec without error that goes beyond is told. The frames are the fixtures of the codecs, read as if fewer bits were stored.
/// </summary>
public class OvershootTests
{
    [Theory]
    [InlineData("1.2.840.10008.1.2.4.91", "u12-lossy.j2k", 10)]
    [InlineData("1.2.840.10008.1.2.4.81", "u16-near255.jls", 12)]
    [InlineData("1.2.840.10008.1.2.4.81", "u12-near3.jls", 10)]
    [InlineData("1.2.840.10008.1.2.4.51", "u12-extended.jpg", 10)]
    public void Trap83_a_lossy_codec_saturates(string syntax, string file, int bits)
    {
        IFrameCodec codec = FrameCodecs.ForTransferSyntax(syntax)!;
        Assert.SkipUnless(codec.Obstacle is null, "no OpenJPEG library");
        FrameFormat whole = CodecSlices.Format(file);
        uint[] samples = CodecSlices.Decode(codec, CodecSlices.Encoded(file), whole);
        FrameFormat narrow = whole with { BitsStored = bits };
        uint highest = (1u << bits) - 1;
        Assert.Contains(samples, s => s > highest);
        var bytes = new byte[2 * samples.Length];
        Assert.Equal(FrameTraits.Lossy, codec.Decode(CodecSlices.Encoded(file), narrow, bytes));
        Assert.Equal(samples.Select(s => Math.Min(s, highest)), CodecSlices.Samples(bytes, narrow with { BitsStored = 16 }));
    }

    [Theory]
    [InlineData("1.2.840.10008.1.2.4.90", "u12.j2k")]
    [InlineData("1.2.840.10008.1.2.4.80", "u12.jls")]
    [InlineData("1.2.840.10008.1.2.4.70", "u12-predictor1.ljpg")]
    public void Trap83_a_codec_without_loss_tells_samples_beyond_the_stored_bits(string syntax, string file)
    {
        IFrameCodec codec = FrameCodecs.ForTransferSyntax(syntax)!;
        Assert.SkipUnless(codec.Obstacle is null, "no OpenJPEG library");
        FrameFormat whole = CodecSlices.Format(file);
        var bytes = new byte[whole.Rows * whole.Columns * 2];
        Assert.Equal(FrameTraits.None, codec.Decode(CodecSlices.Encoded(file), whole, bytes));
        FrameFormat narrow = whole with { BitsStored = 10 };
        Assert.Equal(FrameTraits.BeyondStoredBits, codec.Decode(CodecSlices.Encoded(file), narrow, bytes));
        // The same pixels of a series that was compressed with loss before are the error of that.
        Assert.Equal(FrameTraits.None, codec.Decode(CodecSlices.Encoded(file), narrow with { IsLossy = true }, bytes));
        Assert.Equal(CodecSlices.Truth(whole).Select(s => Math.Min(s, 1023)), CodecSlices.Samples(bytes, narrow with { BitsStored = 16 }));
    }

    /// <summary>Signs: two's complement in as many bits as the frame has, which may be more than are stored.</summary>
    [Theory]
    [InlineData("1.2.840.10008.1.2.4.90", "s16.j2k")]
    [InlineData("1.2.840.10008.1.2.4.80", "s16.jls")]
    [InlineData("1.2.840.10008.1.2.4.70", "s16-predictor1.ljpg")]
    public void Trap83_signed_samples_saturate_at_both_ends(string syntax, string file)
    {
        IFrameCodec codec = FrameCodecs.ForTransferSyntax(syntax)!;
        Assert.SkipUnless(codec.Obstacle is null, "no OpenJPEG library");
        FrameFormat narrow = CodecSlices.Format(file) with { BitsStored = 10, IsLossy = true };
        var bytes = new byte[narrow.Rows * narrow.Columns * 2];
        codec.Decode(CodecSlices.Encoded(file), narrow, bytes);
        Assert.Equal(CodecSlices.Truth(CodecSlices.Format(file)).Select(s => (uint)(ushort)Math.Clamp((int)(short)s, -512, 511)),
            CodecSlices.Samples(bytes, narrow with { BitsStored = 16 }));
    }

    [Theory]
    [InlineData("1.2.840.10008.1.2.4.80", "u12.jls", "The pixels of 7 slices hold more than the bits")]
    [InlineData("1.2.840.10008.1.2.4.81", "u12-near3.jls", "The images were compressed with loss")]
    public void Trap83_what_only_the_frames_tell_is_a_note(string syntax, string file, string note)
    {
        FrameFormat format = CodecSlices.Format(file) with { BitsStored = 10 };
        using TestSeries series = CompressedSeriesTests
            .Series(format, (slice, _) => CompressedSeriesTests.Encode(slice, syntax, file, format)).Save(syntax);
        Assert.Contains(series.Read().Source.Notes, n => n.StartsWith(note, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Trap83_the_sign_above_the_stored_bits_is_no_overshoot(bool isExtended)
    {
        using TestSeries series = new TestSeries().Each((s, k) => s.Number(DicomTag.PixelRepresentation, 1)
            .Text(DicomTag.RescaleIntercept, "DS", "0")
            .Samples(DicomTag.PixelData, TestSeries.Stored(k, hu => isExtended ? hu : hu & 0xFFF))).Save();
        Assert.Empty(series.AssertRight().Source.Notes);
    }

    /// <summary>Overshoot that a converter has unpacked: plain samples in all 16 bits.</summary>
    [Theory]
    [InlineData(0, 4107, 3071)]
    [InlineData(0, 40000, 3071)]
    [InlineData(1, -2051, -2048)]
    [InlineData(1, 2060, 2047)]
    public void Trap83_unpacked_overshoot_saturates_too(int representation, int stored, int hu)
    {
        int intercept = representation == 1 ? 0 : -1024;
        using TestSeries series = new TestSeries().Each((s, k) => s.Number(DicomTag.PixelRepresentation, representation)
            .Text(DicomTag.LossyImageCompression, "CS", "01").Numbers(DicomTag.RescaleIntercept, intercept)
            .Samples(DicomTag.PixelData, TestSeries.Stored(k, v => v == TestSeries.Hu(2, 2, k) ? stored : v - intercept))).Save();
        CtVolume volume = series.Read();
        Assert.Equal(hu, volume.GetHu(2, 2, 4));
        Assert.Equal(TestSeries.Hu(1, 2, 4), volume.GetHu(1, 2, 4));
    }
}
