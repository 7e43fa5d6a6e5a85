using PancreasSeg.Dicom.Codecs;

namespace PancreasSeg.Core.Tests.Dicom.Codecs;

public class JpegLosslessCodecTests
{
    private static readonly JpegLosslessCodec s_codec = new();

    public static TheoryData<string> Predictors()
    {
        var files = new TheoryData<string>();
        for (int predictor = 1; predictor <= 7; predictor++)
        {
            files.Add($"u12-predictor{predictor}.ljpg");
            files.Add($"s16-predictor{predictor}.ljpg");
        }
        return files;
    }

    [Theory]
    [MemberData(nameof(Predictors))]
    [InlineData("u8-predictor1.ljpg")]
    [InlineData("s12-predictor1.ljpg")]
    public void Frames_of_another_encoder_decode_exactly(string file) => CodecAssert.DecodesToTruth(s_codec, file);

    // Restart interval of five rows, several tables in one segment, a table replaced, codes of up to 16 bits, table 2, fill bytes.
    [Theory]
    [InlineData("u12-restart.ljpg")]
    [InlineData("s12-restart.ljpg")]
    [InlineData("s16-restart.ljpg")]
    public void Restart_intervals_and_unusual_tables_decode_exactly(string file) => CodecAssert.DecodesToTruth(s_codec, file);

    [Fact]
    public void The_point_transform_drops_the_low_bits_only()
    {
        const string file = "u12-shift2.ljpg";
        FrameFormat format = CodecSlices.Format(file);
        uint[] expected = [.. CodecSlices.Truth(format).Select(v => v & ~3u)];
        Assert.Equal(expected, CodecSlices.Decode(s_codec, CodecSlices.Encoded(file), format));
    }

    [Fact]
    public void A_header_that_disagrees_with_the_data_set_is_refused()
    {
        byte[] frame = CodecSlices.Encoded("u12-restart.ljpg");
        FrameFormat format = CodecSlices.Format("u12");
        CodecAssert.Refuses(s_codec, frame, format with { Rows = CodecSlices.Rows - 1 }, "61 x 47");
        CodecAssert.Refuses(s_codec, frame, format with { Columns = CodecSlices.Rows, Rows = CodecSlices.Columns }, "61 x 47");
        CodecAssert.Refuses(s_codec, frame, format with { BitsAllocated = 8, BitsStored = 8 }, "12 bits");
        int sof = CodecSlices.Marker(frame, 0xC3);
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, sof + 9, 3), format, "3 components");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, sof + 1, 0xC2), format, "SOF 2");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, sof + 4, 1), format, "precision");
    }

    [Fact]
    public void Damaged_frames_are_refused()
    {
        byte[] frame = CodecSlices.Encoded("u12-restart.ljpg");
        FrameFormat format = CodecSlices.Format("u12");
        int sos = CodecSlices.Marker(frame, 0xDA);
        int dri = CodecSlices.Marker(frame, 0xDD);
        CodecAssert.Refuses(s_codec, [], format, "start-of-image");
        CodecAssert.Refuses(s_codec, frame.AsSpan(0, sos), format, "end before");
        CodecAssert.Refuses(s_codec, frame.AsSpan(0, frame.Length - 30), format, "end before");
        CodecAssert.Refuses(s_codec, frame.AsSpan(0, frame.Length / 2), format, "end before");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, dri + 5, 1), format, "number of rows");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, sos + 6, 0x10), format, "lack a Huffman table");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, sos + 7, 0), format, "predictor");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, sos + 9, 12), format, "point transform");
        CodecAssert.Refuses(s_codec, CodecSlices.Changed(frame, CodecSlices.Marker(frame, 0xD3) + 1, 0xD4), format, "restart marker");
    }
}
