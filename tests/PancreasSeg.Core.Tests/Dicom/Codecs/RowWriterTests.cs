using PancreasSeg.Dicom.Codecs;

namespace PancreasSeg.Core.Tests.Dicom.Codecs;

public class RowWriterTests
{
    private static readonly FrameFormat s_signed = new(1, 3, 16, 16, true);

    [Fact]
    public void Samples_are_little_endian_and_shifted_by_the_point_transform()
    {
        var bytes = new byte[6];
        new RowWriter("test", s_signed, 16).Write([0x1234, 0xFFFF, 1], bytes);
        Assert.Equal([0x34, 0x12, 0xFF, 0xFF, 1, 0], bytes);
        new RowWriter("test", s_signed, 16, 4).Write([0x123, 0xFFF, 1], bytes);
        Assert.Equal([0x30, 0x12, 0xF0, 0xFF, 0x10, 0], bytes);
        new RowWriter("test", new(1, 3, 8, 8, false), 8, 1).Write([0x12, 0x7F, 1], bytes.AsSpan(0, 3));
        Assert.Equal([0x24, 0xFE, 2], bytes.AsSpan(0, 3).ToArray());
    }

    // Twelve bits of a signed sixteen-bit slice: 2048 may be 2048 or -2048.
    [Fact]
    public void Samples_of_unknown_sign_are_refused()
    {
        var bytes = new byte[6];
        var writer = new RowWriter("test", s_signed, 12);
        writer.Write([0, 5, 2047], bytes);
        var e = Assert.Throws<CoreException>(() => writer.Write([0, 5, 2048], bytes));
        Assert.Equal(Fault.DicomFileInvalid, e.Fault);
        Assert.Throws<CoreException>(() => new RowWriter("test", s_signed, 12, 2).Write([512, 0, 0], bytes));
        new RowWriter("test", s_signed with { IsSigned = false }, 12).Write([0, 5, 2048], bytes);
        new RowWriter("test", s_signed with { BitsStored = 12 }, 12).Write([0, 5, 2048], bytes);
    }
}
