using System.Buffers.Binary;
using System.Text;

namespace PancreasSeg.Build;

/// <summary>
/// The symbol versions a 64-bit little-endian ELF library asks of others (section <c>.gnu.version_r</c>, System V ABI and
/// Linux Standard Base, "Version Requirements").
/// </summary>
internal static class ElfVersionNeeds
{
    private const int SectionHeaderSize = 64, NeedSize = 16, EntrySize = 16;
    private const uint VersionNeedSection = 0x6ffffffe;
    private const ushort WeakFlag = 2;

    /// <summary>
    /// Marks a needed version as weak: the dynamic linker then takes a library that lacks the version, which is right as long as
    /// no symbol of that version is used.
    /// </summary>
    /// <param name="image">The whole file; changed in place.</param>
    /// <param name="version">Name of the version, e.g. <c>GLIBCXX_3.4.32</c>.</param>
    /// <returns>True when an entry was changed; false when there is none or it was weak already.</returns>
    /// <exception cref="InvalidDataException">Not a 64-bit little-endian ELF file, or a table lies outside it.</exception>
    public static bool Weaken(Span<byte> image, string version)
    {
        if (image.Length < 64 || !image[..6].SequenceEqual("\u007fELF\u0002\u0001"u8))
            throw new InvalidDataException("Not a 64-bit little-endian ELF file.");
        ulong sections = BinaryPrimitives.ReadUInt64LittleEndian(image[0x28..]);
        ushort size = U16(image, 0x3a), count = U16(image, 0x3c);
        if (count > 0 && size != SectionHeaderSize) throw new InvalidDataException($"Section headers of {size} bytes.");

        bool changed = false;
        for (uint i = 0; i < count; i++)
        {
            Span<byte> header = Slice(image, sections + i * SectionHeaderSize, SectionHeaderSize);
            if (U32(header, 4) != VersionNeedSection) continue;
            uint link = U32(header, 0x28);
            if (link >= count) throw new InvalidDataException($"String table {link} of {count} sections.");
            Span<byte> names = Content(image, Slice(image, sections + link * SectionHeaderSize, SectionHeaderSize));
            changed |= WeakenSection(Content(image, header), names, version);
        }
        return changed;
    }

    // A list of Elf64_Verneed (one per library), each with its list of Elf64_Vernaux (one per version); both linked by offsets.
    private static bool WeakenSection(Span<byte> section, ReadOnlySpan<byte> names, string version)
    {
        bool changed = false;
        for (ulong need = 0, nextNeed; ; need += nextNeed)
        {
            Span<byte> library = Slice(section, need, NeedSize);
            ulong entry = need + U32(library, 8);
            for (int left = U16(library, 2); left > 0; left--)
            {
                Span<byte> aux = Slice(section, entry, EntrySize);
                ushort flags = U16(aux, 4);
                if ((flags & WeakFlag) == 0 && NameAt(names, U32(aux, 8)) == version)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(aux[4..], (ushort)(flags | WeakFlag));
                    changed = true;
                }
                entry += U32(aux, 12);
            }
            nextNeed = U32(library, 12);
            if (nextNeed == 0) return changed;
        }
    }

    private static Span<byte> Content(Span<byte> image, ReadOnlySpan<byte> header) =>
        Slice(image, BinaryPrimitives.ReadUInt64LittleEndian(header[0x18..]), BinaryPrimitives.ReadUInt64LittleEndian(header[0x20..]));

    private static Span<byte> Slice(Span<byte> data, ulong offset, ulong length) =>
        length <= (ulong)data.Length && offset <= (ulong)data.Length - length
            ? data.Slice((int)offset, (int)length)
            : throw new InvalidDataException($"{length} bytes at {offset} lie outside the {data.Length} there are.");

    private static string NameAt(ReadOnlySpan<byte> names, uint offset)
    {
        if (offset >= names.Length) throw new InvalidDataException($"A name at {offset} of {names.Length}.");
        ReadOnlySpan<byte> rest = names[(int)offset..];
        int end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private static ushort U16(ReadOnlySpan<byte> data, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(data[offset..]);

    private static uint U32(ReadOnlySpan<byte> data, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(data[offset..]);
}
