using System.Buffers.Binary;
using System.IO.Compression;

namespace PancreasSeg.Core.Tests.Pictures;

/// <summary>Reads PNG files of 8-bit RGB with one chunk of data (ISO/IEC 15948, filters 0 and 4).</summary>
internal static class PngReader
{
    public static byte[] Rgb(byte[] png, out int width)
    {
        width = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16));
        int height = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)), length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(33));
        using var zlib = new ZLibStream(new MemoryStream(png, 41, length), CompressionMode.Decompress);
        var rgb = new byte[3 * width * height];
        for (int row = 0; row < height; row++)
        {
            int filter = zlib.ReadByte(), start = 3 * width * row;
            zlib.ReadExactly(rgb, start, 3 * width);
            for (int i = 0; filter == 4 && i < 3 * width; i++)
            {
                int a = i < 3 ? 0 : rgb[start + i - 3], b = row == 0 ? 0 : rgb[start + i - 3 * width];
                int c = i < 3 || row == 0 ? 0 : rgb[start + i - 3 * width - 3], p = a + b - c;
                int nearest = new[] { a, b, c }.MinBy(v => Math.Abs(p - v));
                rgb[start + i] += (byte)nearest;
            }
        }
        Assert.Equal(-1, zlib.ReadByte());
        return rgb;
    }
}
