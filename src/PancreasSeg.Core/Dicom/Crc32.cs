using System.Buffers.Binary;

namespace PancreasSeg.Dicom;

/// <summary>The checksum of zip archives (ISO 3309, reflected polynomial EDB88320), eight bytes at a time.</summary>
internal static class Crc32
{
    private static readonly uint[][] s_tables = CreateTables();

    /// <summary>The checksum of what came before and these bytes; 0 before the first.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        uint[][] t = s_tables;
        uint crc = ~checksum;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            uint low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc, high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = t[7][low & 0xFF] ^ t[6][low >> 8 & 0xFF] ^ t[5][low >> 16 & 0xFF] ^ t[4][low >> 24]
                ^ t[3][high & 0xFF] ^ t[2][high >> 8 & 0xFF] ^ t[1][high >> 16 & 0xFF] ^ t[0][high >> 24];
        }
        foreach (byte b in bytes) crc = t[0][(crc ^ b) & 0xFF] ^ crc >> 8;
        return ~crc;
    }

    /// <summary>Table k holds the checksum of each byte followed by k zero bytes.</summary>
    private static uint[][] CreateTables()
    {
        uint[][] tables = [.. Enumerable.Range(0, 8).Select(_ => new uint[256])];
        for (uint b = 0; b < 256; b++)
        {
            uint crc = b;
            for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
            tables[0][b] = crc;
        }
        for (int k = 1; k < 8; k++)
            for (int b = 0; b < 256; b++) tables[k][b] = tables[k - 1][b] >> 8 ^ tables[0][tables[k - 1][b] & 0xFF];
        return tables;
    }
}
