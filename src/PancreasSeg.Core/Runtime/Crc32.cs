using System.Buffers.Binary;

namespace PancreasSeg;

/// <summary>The checksum of zip archives, gzip and PNG (ISO 3309; RFC 1952), with the reflected polynomial EDB88320.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320, One = 1u << 31, X = 1u << 30;

    private static readonly uint[][] s_tables = CreateTables();

    /// <summary>The checksum of what came before and these bytes, eight at a time; 0 before the first.</summary>
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

    /// <summary>The checksum of A followed by B: crc(A) x^(8 |B|) + crc(B), polynomials over GF(2) with bit 31 as the constant term.</summary>
    /// <param name="first">Checksum of A; 0 when A is empty.</param>
    /// <param name="second">Checksum of B.</param>
    /// <param name="secondLength">Length of B in bytes.</param>
    public static uint Combine(uint first, uint second, long secondLength)
    {
        uint shift = One, square = X;
        for (long bits = 8 * secondLength; bits > 0; bits >>= 1)
        {
            if ((bits & 1) != 0) shift = Multiply(shift, square);
            square = Multiply(square, square);
        }
        return Multiply(first, shift) ^ second;
    }

    private static uint Multiply(uint a, uint b)
    {
        uint product = 0;
        for (uint bit = One; bit != 0; bit >>= 1)
        {
            if ((a & bit) != 0) product ^= b;
            b = (b & 1) != 0 ? b >> 1 ^ Polynomial : b >> 1;
        }
        return product;
    }

    /// <summary>Table k holds the checksum of each byte followed by k zero bytes.</summary>
    private static uint[][] CreateTables()
    {
        uint[][] tables = [.. Enumerable.Range(0, 8).Select(_ => new uint[256])];
        for (uint b = 0; b < 256; b++)
        {
            uint crc = b;
            for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ ((crc & 1) != 0 ? Polynomial : 0);
            tables[0][b] = crc;
        }
        for (int k = 1; k < 8; k++)
            for (int b = 0; b < 256; b++) tables[k][b] = tables[k - 1][b] >> 8 ^ tables[0][tables[k - 1][b] & 0xFF];
        return tables;
    }
}
