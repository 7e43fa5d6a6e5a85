using PancreasSeg.Dicom.Codecs;

namespace PancreasSeg.Core.Tests.Dicom.Codecs;

public class JpegDctCodecTests
{
    private static readonly JpegDctCodec s_codec = new();

    // The raw files were decoded by libjpeg, whose integer transform may differ by one from the exact one.
    [Theory]
    [InlineData("u8-baseline")]
    [InlineData("u8-restart")]
    [InlineData("u12-extended")]
    public void Frames_decode_to_the_samples_of_another_decoder_within_one(string file)
    {
        FrameFormat format = CodecSlices.Format(file);
        uint[] expected = CodecSlices.Samples(CodecSlices.Encoded(file + ".raw"), format);
        uint[] actual = CodecSlices.Decode(s_codec, CodecSlices.Encoded(file + ".jpg"), format);
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.InRange((int)pair.Second - (int)pair.First, -1, 1));
        Assert.InRange(expected.Zip(actual).Count(pair => pair.First != pair.Second), 0, expected.Length / 20);
    }

    [Fact]
    public void Damaged_or_contradictory_frames_are_refused()
    {
        byte[] frame = CodecSlices.Encoded("u8-restart.jpg");
        FrameFormat format = CodecSlices.Format("u8");
        int sof = CodecSlices.Marker(frame, 0xC0);
        int sos = CodecSlices.Marker(frame, 0xDA);
        int dqt = CodecSlices.Marker(frame, 0xDB);
        CodecAssert.Refuses(s_codec, frame, format with { Columns = CodecSlices.Columns + 1 }, "61 x 47");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, sof + 4, 7), format, "7 bits");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, sof + 1, 0xC2), format, "SOF 2");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, sof + 12, 1), format, "lack a quantization table");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, dqt + 4, 0x10), format, "quantization table");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, sos + 6, 0x11), format, "lack a Huffman table");
        CodecAssert.Refuses(s_codec, frame.AsSpan(0, sos + 12), format, "end before");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, CodecSlices.Marker(frame, 0xD0) + 1, 0xD1), format, "restart marker");
    }
}
