using PancreasSeg.Dicom.Codecs;

namespace PancreasSeg.Core.Tests.Dicom.Codecs;

internal static class CodecAssert
{
    /// <summary>The stored frame decodes to the slice's formula.</summary>
    public static void DecodesToTruth(IFrameCodec codec, string file)
    {
        FrameFormat format = CodecSlices.Format(file);
        Assert.Equal(CodecSlices.Truth(format), CodecSlices.Decode(codec, CodecSlices.Encoded(file), format));
    }

    /// <summary>Decoding is refused as a damaged file, in a message that has this part.</summary>
    public static void Refuses(IFrameCodec codec, ReadOnlySpan<byte> encoded, FrameFormat format, string message)
    {
        byte[] frame = encoded.ToArray();
        var destination = new byte[format.Rows * format.Columns * (format.BitsAllocated / 8)];
        var e = Assert.Throws<CoreException>(() => codec.Decode(frame, format, destination));
        Assert.Equal(Fault.DicomFileInvalid, e.Fault);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.NotNull(e.Remedy);
    }
}
