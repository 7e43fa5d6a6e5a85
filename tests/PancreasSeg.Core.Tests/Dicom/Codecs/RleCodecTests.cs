using System.Buffers.Binary;
using PancreasSeg.Dicom.Codecs;

namespace PancreasSeg.Core.Tests.Dicom.Codecs;

public class RleCodecTests
{
    private static readonly RleCodec s_codec = new();

    [Theory]
    [InlineData("u8.rle")]
    [InlineData("u12.rle")]
    [InlineData("s16.rle")]
    [InlineData("u32.rle")]
    public void Frames_of_another_encoder_decode_exactly(string file) => CodecAssert.DecodesToTruth(s_codec, file);

    // PS3.5 G.3.2: 3 is four literals, -2 three copies, -128 nothing.
    [Fact]
    public void Literals_runs_and_no_operation_follow_the_standard()
    {
        byte[] frame = Frame([[3, 1, 2, 3, 4, 0x80, 0xFE, 9, 0, 7, 0]]);
        uint[] samples = CodecSlices.Decode(s_codec, frame, new FrameFormat(2, 4, 8, 8, false));
        Assert.Equal([1u, 2, 3, 4, 9, 9, 9, 7], samples);
    }

    [Fact]
    public void Impossible_headers_are_refused()
    {
        var format = new FrameFormat(2, 4, 8, 8, false);
        byte[] good = Frame([[0xF9, 5]]);
        CodecAssert.Refuses(s_codec, good.AsSpan(0, 63), format, "end before");
        CodecAssert.Refuses(s_codec, Frame([[0xF9, 5], [0xF9, 5]]), format, "2 segments");
        CodecAssert.Refuses(s_codec, good, format with { BitsAllocated = 16 }, "1 segments");
        CodecAssert.Refuses(s_codec, good, format with { BitsAllocated = 1, BitsStored = 1 }, "Bits Allocated 1");
        foreach (uint offset in (uint[])[0, 63, 67, uint.MaxValue])
        {
            byte[] bad = [.. good];
            BinaryPrimitives.WriteUInt32LittleEndian(bad.AsSpan(4), offset);
            CodecAssert.Refuses(s_codec, bad, format, "offsets");
        }
        byte[] crossed = Frame([[0xF9, 5], [0xF9, 5]]);
        BinaryPrimitives.WriteUInt32LittleEndian(crossed.AsSpan(4), 67);
        CodecAssert.Refuses(s_codec, crossed, format with { BitsAllocated = 16, BitsStored = 16 }, "offsets");
    }

    [Fact]
    public void Data_that_end_early_or_run_over_are_refused()
    {
        var format = new FrameFormat(2, 4, 8, 8, false);
        CodecAssert.Refuses(s_codec, Frame([[0xFA, 5]]), format, "end before");
        CodecAssert.Refuses(s_codec, Frame([[0xF9]]), format, "end before");
        CodecAssert.Refuses(s_codec, Frame([[7, 1, 2, 3]]), format, "end before");
        CodecAssert.Refuses(s_codec, Frame([[0xF8, 5]]), format, "beyond");
        CodecAssert.Refuses(s_codec, Frame([[8, 1, 2, 3, 4, 5, 6, 7, 8, 9]]), format, "beyond");
    }

    private static byte[] Frame(byte[][] segments)
    {
        var header = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)segments.Length);
        int offset = 64;
        for (int i = 0; i < segments.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4 + 4 * i), offset);
            offset += segments[i].Length;
        }
        return [.. header, .. segments.SelectMany(s => s)];
    }
}
