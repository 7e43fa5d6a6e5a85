using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace PancreasSeg.Pictures;

/// <summary>A picture of 8-bit RGB pixels, black at first.</summary>
internal sealed class PngImage(int width, int height)
{
    private const int Channels = 3;
    private const byte Paeth = 4;

    private readonly byte[] _rgb = new byte[Channels * width * height];

    public int Width => width;

    public int Height => height;

    /// <summary>Red, green and blue of each pixel, row by row.</summary>
    public byte[] Rgb => _rgb;

    /// <summary>Lays a colour over a pixel; what lies outside is left out.</summary>
    /// <param name="x">Column.</param>
    /// <param name="y">Row.</param>
    /// <param name="colour">The colour.</param>
    /// <param name="share">How much of it: 0 leaves the pixel as it is, 1 replaces it.</param>
    public void Blend(int x, int y, Rgb colour, float share = 1)
    {
        if ((uint)x >= (uint)width || (uint)y >= (uint)height) return;
        Span<byte> pixel = _rgb.AsSpan(Channels * (x + width * y), Channels);
        pixel[0] = Mixed(pixel[0], colour.Red, share);
        pixel[1] = Mixed(pixel[1], colour.Green, share);
        pixel[2] = Mixed(pixel[2], colour.Blue, share);
    }

    public void Fill(int x, int y, int columns, int rows, Rgb colour)
    {
        for (int dy = 0; dy < rows; dy++)
            for (int dx = 0; dx < columns; dx++) Blend(x + dx, y + dy, colour);
    }

    /// <summary>A part of the picture, smaller by a whole number: each pixel is the mean of a square.</summary>
    public PngImage Shrunk(int left, int top, int columns, int rows, int factor)
    {
        var small = new PngImage(columns / factor, rows / factor);
        for (int y = 0; y < small.Height; y++)
            for (int i = 0; i < Channels * small.Width; i++)
            {
                int sum = 0, first = Channels * (left + i / Channels * factor + width * (top + y * factor)) + i % Channels;
                for (int dy = 0; dy < factor; dy++)
                    for (int dx = 0; dx < factor; dx++) sum += _rgb[first + Channels * (dx + width * dy)];
                small._rgb[i + Channels * small.Width * y] = (byte)(sum / (factor * factor));
            }
        return small;
    }

    /// <summary>The picture as a PNG file (ISO/IEC 15948), each row by the Paeth filter: CT halves in size by it.</summary>
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
        {
            int length = Channels * width;
            byte[] above = new byte[length], filtered = new byte[length];
            for (int row = 0; row < height; row++)
            {
                ReadOnlySpan<byte> line = _rgb.AsSpan(row * length, length);
                for (int i = 0; i < length; i++)
                {
                    byte predicted = i < Channels ? above[i] : Predicted(line[i - Channels], above[i], above[i - Channels]);
                    filtered[i] = (byte)(line[i] - predicted);
                }
                zlib.WriteByte(Paeth);
                zlib.Write(filtered);
                line.CopyTo(above);
            }
        }
        Chunk(file, "IDAT"u8, data.ToArray());
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte Mixed(byte below, byte above, float share) => (byte)(below + (above - below) * share + 0.5f);

    // Whichever neighbour lies nearest left + up - corner.
    private static byte Predicted(byte left, byte up, byte corner)
    {
        int toLeft = Math.Abs(up - corner), toUp = Math.Abs(left - corner), toCorner = Math.Abs(left + up - 2 * corner);
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
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
