using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using PancreasSeg.Dicom.Codecs;

namespace PancreasSeg.Core.Tests.Dicom.Codecs;

/// <summary>The synthetic slices whose encoded frames lie in Fixtures; <c>make_fixtures.py</c> has the same formula.</summary>
internal static class CodecSlices
{
    public const int Rows = 47;
    public const int Columns = 61;

    /// <summary>Pixel description of a slice by the first part of its files' names.</summary>
    public static FrameFormat Format(string file) => file.Split('.', '-')[0] switch
    {
        "u2" => new(Rows, Columns, 8, 2, false),
        "u5" => new(Rows, Columns, 8, 5, false),
        "u8" => new(Rows, Columns, 8, 8, false),
        "u12" => new(Rows, Columns, 16, 12, false),
        "s12" => new(Rows, Columns, 16, 12, true),
        "u16" => new(Rows, Columns, 16, 16, false),
        "s16" => new(Rows, Columns, 16, 16, true),
        "u32" => new(Rows, Columns, 32, 32, false),
        _ => throw new ArgumentException(file),
    };

    /// <summary>The low BitsStored bits of every sample.</summary>
    public static uint[] Truth(FrameFormat format)
    {
        var samples = new uint[Rows * Columns];
        for (int i = 0; i < samples.Length; i++) samples[i] = Sample(i / Columns, i % Columns, format.BitsStored, format.IsSigned);
        return samples;
    }

    public static byte[] Encoded(string file) => File.ReadAllBytes(Path.Combine(Folder(), "Fixtures", file));

    /// <summary>Decodes and masks off what lies above BitsStored.</summary>
    public static uint[] Decode(IFrameCodec codec, ReadOnlySpan<byte> encoded, FrameFormat format)
    {
        int width = format.BitsAllocated / 8;
        var destination = new byte[format.Rows * format.Columns * width];
        codec.Decode(encoded, format, destination);
        return Samples(destination, format);
    }

    public static uint[] Samples(ReadOnlySpan<byte> bytes, FrameFormat format)
    {
        int width = format.BitsAllocated / 8;
        var samples = new uint[bytes.Length / width];
        for (int i = 0; i < samples.Length; i++)
        {
            ReadOnlySpan<byte> at = bytes.Slice(i * width, width);
            uint value = width switch
            {
                1 => at[0],
                2 => BinaryPrimitives.ReadUInt16LittleEndian(at),
                _ => BinaryPrimitives.ReadUInt32LittleEndian(at),
            };
            samples[i] = value & (uint)((1UL << format.BitsStored) - 1);
        }
        return samples;
    }

    /// <summary>Position of the last marker of a kind.</summary>
    public static int Marker(byte[] frame, byte marker) => frame.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, marker]);

    public static byte[] Changed(byte[] frame, int at, byte value)
    {
        byte[] changed = [.. frame];
        changed[at] = value;
        return changed;
    }

    private static string Folder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;

    private static uint Sample(int row, int column, int stored, bool signed)
    {
        int x = column - 30;
        int y = row - 20;
        uint noise = unchecked((uint)(row * 7349 + column * 9151 + row * column * 31) * 2654435761u) >> 16;
        uint mask = (uint)((1UL << stored) - 1);
        if (row >= 45) return column % 2 == 0 ? 0 : mask / 2 + 1;
        if (row >= 42) return unchecked(noise * 65537u) & mask;
        int hu = -1000;
        if (3 * x * x + 5 * y * y < 1800) hu = 40 + x * 2 + (int)(noise & 31);
        if (x * x + y * y < 30) hu = 700 + (int)(noise & 255);
        if (stored <= 8) return (uint)(hu + 1000) / 8 >> (8 - stored);
        return (uint)(signed ? hu : hu + 1024) & mask;
    }
}
