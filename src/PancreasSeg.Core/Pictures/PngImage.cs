using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace PancreasSeg.Pictures;

/// <summary>A picture of 8-bit RGB pixels, black at first, with letters of its own: text depends on no font of the machine.</summary>
internal sealed class PngImage(int width, int height)
{
    private const int GlyphWidth = 5, GlyphHeight = 7;

    // Seven rows of five dots, the leftmost in bit 4.
    private static readonly Dictionary<char, byte[]> s_glyphs = new()
    {
        ['0'] = [14, 17, 19, 21, 25, 17, 14],
        ['5'] = [31, 16, 30, 1, 1, 17, 14],
        ['A'] = [14, 17, 17, 31, 17, 17, 17],
        ['C'] = [14, 17, 16, 16, 16, 17, 14],
        ['D'] = [30, 17, 17, 17, 17, 17, 30],
        ['E'] = [31, 16, 16, 30, 16, 16, 31],
        ['F'] = [31, 16, 16, 30, 16, 16, 16],
        ['G'] = [14, 17, 16, 23, 17, 17, 15],
        ['H'] = [17, 17, 17, 31, 17, 17, 17],
        ['I'] = [14, 4, 4, 4, 4, 4, 14],
        ['K'] = [17, 18, 20, 24, 20, 18, 17],
        ['L'] = [16, 16, 16, 16, 16, 16, 31],
        ['M'] = [17, 27, 21, 21, 17, 17, 17],
        ['N'] = [17, 25, 21, 19, 17, 17, 17],
        ['O'] = [14, 17, 17, 17, 17, 17, 14],
        ['P'] = [30, 17, 17, 30, 16, 16, 16],
        ['R'] = [30, 17, 17, 30, 20, 18, 17],
        ['S'] = [15, 16, 16, 14, 1, 1, 30],
        ['T'] = [31, 4, 4, 4, 4, 4, 4],
        ['U'] = [17, 17, 17, 17, 17, 17, 14],
        ['Y'] = [17, 17, 10, 4, 4, 4, 4],
        ['m'] = [0, 0, 26, 21, 21, 21, 21],
        [' '] = [0, 0, 0, 0, 0, 0, 0],
    };

    private readonly byte[] _rgb = new byte[3 * width * height];

    public int Width => width;

    /// <summary>Red, green and blue of each pixel, row by row.</summary>
    public byte[] Rgb => _rgb;

    public void Set(int x, int y, byte red, byte green, byte blue)
    {
        if ((uint)x >= (uint)width || (uint)y >= (uint)height) return;
        (_rgb[3 * (x + width * y)], _rgb[3 * (x + width * y) + 1], _rgb[3 * (x + width * y) + 2]) = (red, green, blue);
    }

    public void Fill(int x, int y, int columns, int rows, byte red, byte green, byte blue)
    {
        for (int dy = 0; dy < rows; dy++)
            for (int dx = 0; dx < columns; dx++) Set(x + dx, y + dy, red, green, blue);
    }

    /// <summary>Yellow text of double size with a black edge; its middle at (x, y).</summary>
    public void Text(string text, int x, int y)
    {
        const int scale = 2;
        int left = x - text.Length * (GlyphWidth + 1) * scale / 2, top = y - GlyphHeight * scale / 2;
        Fill(left - scale, top - scale, text.Length * (GlyphWidth + 1) * scale + scale, (GlyphHeight + 2) * scale, 0, 0, 0);
        for (int i = 0; i < text.Length; i++)
        {
            byte[] glyph = s_glyphs[text[i]];
            for (int row = 0; row < GlyphHeight; row++)
                for (int column = 0; column < GlyphWidth; column++)
                    if ((glyph[row] >> (GlyphWidth - 1 - column) & 1) == 1)
                        Fill(left + (i * (GlyphWidth + 1) + column) * scale, top + row * scale, scale, scale, 255, 230, 90);
        }
    }

    /// <summary>The picture as a PNG file (ISO/IEC 15948): no filter, no interlace.</summary>
    public byte[] ToPng()
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2);                                        // bits per sample, RGB
        Chunk(file, "IHDR"u8, header);
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true))
            for (int row = 0; row < height; row++)
            {
                zlib.WriteByte(0);
                zlib.Write(_rgb, 3 * width * row, 3 * width);
            }
        Chunk(file, "IDAT"u8, data.ToArray());
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        byte[] body = [.. type, .. content];
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(body));
        file.Write(number);
    }
}
