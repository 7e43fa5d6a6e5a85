using PancreasSeg.Dicom.Codecs;

namespace PancreasSeg.Core.Tests.Dicom.Codecs;

public class JpegLsCodecTests
{
    private static readonly JpegLsCodec s_codec = new();

    [Theory]
    [InlineData("u8.jls")]
    [InlineData("u12.jls")]
    [InlineData("s12.jls")]
    [InlineData("s16.jls")]
    [InlineData("u2-precision2.jls")]
    [InlineData("u5-precision5.jls")]
    [InlineData("u12-precision12.jls")]
    [InlineData("s12-precision12.jls")]
    [InlineData("u12-presets.jls")]
    [InlineData("u12-restart.jls")]
    [InlineData("s16-restart.jls")]
    public void Lossless_frames_of_another_encoder_decode_exactly(string file) => CodecAssert.DecodesToTruth(s_codec, file);

    // The raw files are CharLS's own reconstruction.
    [Theory]
    [InlineData("u5-near2")]
    [InlineData("u8-near1")]
    [InlineData("u12-near3")]
    [InlineData("u16-near255")]
    public void Near_lossless_frames_decode_to_the_samples_of_another_decoder(string file)
    {
        FrameFormat format = CodecSlices.Format(file);
        uint[] expected = CodecSlices.Samples(CodecSlices.Encoded(file + ".raw"), format);
        Assert.Equal(expected, CodecSlices.Decode(s_codec, CodecSlices.Encoded(file + ".jls"), format));
        Assert.NotEqual(CodecSlices.Truth(format), expected);
    }

    // T.87 C.2.4.1.1.1, the examples the standard prints for 8 bits and those of its formula for 12 and 16.
    [Theory]
    [InlineData(8, 0, 3, 7, 21)]
    [InlineData(12, 0, 18, 67, 276)]
    [InlineData(16, 0, 18, 67, 276)]
    [InlineData(8, 2, 9, 17, 35)]
    public void Default_thresholds_follow_the_standard(int precision, int near, int t1, int t2, int t3)
    {
        JpegLsParameters parameters = JpegLsParameters.Create(precision, near, []);
        Assert.Equal((t1, t2, t3, 64), (parameters.Threshold1, parameters.Threshold2, parameters.Threshold3, parameters.Reset));
    }

    [Fact]
    public void Damaged_or_contradictory_frames_are_refused()
    {
        byte[] frame = CodecSlices.Encoded("u12-presets.jls");
        FrameFormat format = CodecSlices.Format("u12");
        int sof = CodecSlices.Marker(frame, 0xF7);
        int lse = CodecSlices.Marker(frame, 0xF8);
        int sos = CodecSlices.Marker(frame, 0xDA);
        CodecAssert.Refuses(s_codec, frame, format with { Rows = CodecSlices.Rows + 1 }, "61 x 47");
        CodecAssert.Refuses(s_codec, frame, format with { BitsAllocated = 8, BitsStored = 8 }, "12 bits");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, sof + 4, 1), format, "precision");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, sof + 9, 3), format, "3 components");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, sof + 1, 0xC3), format, "SOF 3");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, lse + 4, 4), format, "65535");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, lse + 5, 14), format, "limit 12-bit samples to 3839");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, lse + 7, 200), format, "parameters");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, lse + 14, 2), format, "parameters");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, sos + 6, 1), format, "mapping table");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, sos + 9, 1), format, "point transform");
        CodecAssert.Refuses(s_codec, frame.AsSpan(0, frame.Length - 40), format, "end before");
        byte[] restart = CodecSlices.Encoded("u12-restart.jls");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(restart, CodecSlices.Marker(restart, 0xD2) + 1, 0xD3), format, "restart marker");
    }
}
