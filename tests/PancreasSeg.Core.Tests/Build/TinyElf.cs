using System.Buffers.Binary;
using System.Text;

namespace PancreasSeg.Core.Tests.Build;

/// <summary>The smallest ELF file with a table of needed versions: header, version needs, their names, three section headers.</summary>
internal static class TinyElf
{
    public const int NeedsAt = 64;

    /// <summary>Each library with the versions asked of it.</summary>
    public static byte[] Create(params (string Library, string[] Versions)[] needs)
    {
        var names = new MemoryStream();
        names.WriteByte(0);
        var table = new MemoryStream();
        for (int i = 0; i < needs.Length; i++)
        {
            (string library, string[] versions) = needs[i];
            int size = 16 * (1 + versions.Length);
            Write(table, 1, (ushort)versions.Length, Name(names, library), 16, i < needs.Length - 1 ? (uint)size : 0);
            for (int v = 0; v < versions.Length; v++)
            {
                WriteEntry(table, Name(names, versions[v]), v < versions.Length - 1 ? 16u : 0);
            }
        }

        int namesAt = NeedsAt + (int)table.Length, sectionsAt = namesAt + (int)names.Length;
        byte[] image = new byte[sectionsAt + 3 * 64];
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(image);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(0x28), (ulong)sectionsAt);
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(0x3a), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(0x3c), 3);
        table.ToArray().CopyTo(image, NeedsAt);
        names.ToArray().CopyTo(image, namesAt);
        Section(image.AsSpan(sectionsAt + 64), 3, namesAt, names.Length, 0);
        Section(image.AsSpan(sectionsAt + 128), 0x6ffffffe, NeedsAt, table.Length, 1);
        return image;
    }

    /// <summary>Place of the 16-bit flags of an entry, counted over headers and entries alike.</summary>
    public static int FlagsAt(int row) => NeedsAt + 16 * row + 4;

    private static uint Name(MemoryStream names, string name)
    {
        uint at = (uint)names.Position;
        names.Write(Encoding.ASCII.GetBytes(name + '\0'));
        return at;
    }

    private static void Write(MemoryStream table, ushort version, ushort count, uint file, uint first, uint next)
    {
        Span<byte> need = stackalloc byte[16];
        BinaryPrimitives.WriteUInt16LittleEndian(need, version);
        BinaryPrimitives.WriteUInt16LittleEndian(need[2..], count);
        BinaryPrimitives.WriteUInt32LittleEndian(need[4..], file);
        BinaryPrimitives.WriteUInt32LittleEndian(need[8..], first);
        BinaryPrimitives.WriteUInt32LittleEndian(need[12..], next);
        table.Write(need);
    }

    private static void WriteEntry(MemoryStream table, uint name, uint next)
    {
        Span<byte> entry = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(entry, 0xabad1dea);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], name);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], next);
        table.Write(entry);
    }

    private static void Section(Span<byte> header, uint type, long offset, long size, uint link)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], type);
        BinaryPrimitives.WriteUInt64LittleEndian(header[0x18..], (ulong)offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[0x20..], (ulong)size);
        BinaryPrimitives.WriteUInt32LittleEndian(header[0x28..], link);
    }
}
