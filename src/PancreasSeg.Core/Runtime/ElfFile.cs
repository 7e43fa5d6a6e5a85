using System.Buffers.Binary;
using System.Text;

namespace PancreasSeg;

/// <summary>
/// What can be told of a Linux library without loading it (System V ABI, ELF-64, little-endian): the system's loader maps a cut file and
/// dies with it, and finds out only at the first call that another version's library lacks a function.
/// </summary>
internal static class ElfFile
{
    private const int HeaderLength = 64, SectionLength = 64, SegmentLength = 56, SymbolLength = 24, DynamicSymbols = 11;

    /// <summary>Why a file is no whole library; null for a whole one, and for a file of another kind, which the loader refuses.</summary>
    public static string? Damage(string path)
    {
        using FileStream file = File.OpenRead(path);
        if (Header(file) is not { } header) return null;
        foreach ((long start, long length) in (ReadOnlySpan<(long, long)>)[Segments(header), Sections(header)])
            if (start < 0 || length < 0 || start > file.Length - length) return Cut(file.Length);
        (long offset, long bytes) = Segments(header);
        byte[] segments = Read(file, offset, bytes);
        for (int at = 0; at < segments.Length; at += SegmentLength)
        {
            long start = Int64(segments, at + 8), length = Int64(segments, at + 32);
            if (start < 0 || length < 0 || start > file.Length - length) return Cut(file.Length);
        }
        return null;
    }

    /// <summary>True for a file that begins as a library of 64 bits does.</summary>
    public static bool Is(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Header(file) is not null;
    }

    /// <summary>A function of libtorch that a library calls and none of the others has; null when there is none.</summary>
    /// <param name="path">The library, whole.</param>
    /// <param name="providers">The libraries it calls, whole.</param>
    public static string? FirstMissing(string path, IEnumerable<string> providers)
    {
        HashSet<string> needed = [.. Symbols(path).Where(s => !s.IsDefined && IsOfTorch(s.Name)).Select(s => s.Name)];
        foreach (string provider in providers)
            foreach ((string name, bool isDefined) in Symbols(provider))
                if (isDefined) needed.Remove(name);
        return needed.Order(StringComparer.Ordinal).FirstOrDefault();
    }

    private static string Cut(long length) => $"it is cut off at {length} bytes.";

    private static bool IsOfTorch(string name) =>
        (string[])["_ZN2at", "_ZNK2at", "_ZN3c10", "_ZNK3c10", "_ZN5torch", "_ZNK5torch"] is var spaces
        && spaces.Any(space => name.StartsWith(space, StringComparison.Ordinal));

    private static IEnumerable<(string Name, bool IsDefined)> Symbols(string path)
    {
        using FileStream file = File.OpenRead(path);
        if (Header(file) is not { } header) yield break;
        byte[] sections = Read(file, Sections(header).Start, Sections(header).Length);
        for (int at = 0; at + SectionLength <= sections.Length; at += SectionLength)
        {
            if (BinaryPrimitives.ReadInt32LittleEndian(sections.AsSpan(at + 4)) != DynamicSymbols) continue;
            int names = BinaryPrimitives.ReadInt32LittleEndian(sections.AsSpan(at + 40)) * SectionLength;
            byte[] symbols = Read(file, Int64(sections, at + 24), Int64(sections, at + 32));
            byte[] text = Read(file, Int64(sections, names + 24), Int64(sections, names + 32));
            for (int symbol = 0; symbol + SymbolLength <= symbols.Length; symbol += SymbolLength)
            {
                int start = BinaryPrimitives.ReadInt32LittleEndian(symbols.AsSpan(symbol));
                int length = text.AsSpan(start).IndexOf((byte)0);
                bool isDefined = BinaryPrimitives.ReadInt16LittleEndian(symbols.AsSpan(symbol + 6)) != 0;
                bool isWeak = symbols[symbol + 4] >> 4 == 2;
                if (isDefined || !isWeak) yield return (Encoding.ASCII.GetString(text, start, length), isDefined);
            }
        }
    }

    private static byte[]? Header(FileStream file)
    {
        var header = new byte[HeaderLength];
        return file.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) == HeaderLength
            && header.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]) ? header : null;
    }

    private static (long Start, long Length) Segments(byte[] header) =>
        (Int64(header, 32), SegmentLength * (long)BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(56)));

    private static (long Start, long Length) Sections(byte[] header) =>
        (Int64(header, 40), SectionLength * (long)BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(60)));

    private static byte[] Read(FileStream file, long start, long length)
    {
        var bytes = new byte[length];
        file.Position = start;
        file.ReadExactly(bytes);
        return bytes;
    }

    private static long Int64(byte[] bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));
}
