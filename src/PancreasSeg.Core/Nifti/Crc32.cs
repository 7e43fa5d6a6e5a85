namespace PancreasSeg.Nifti;

/// <summary>
/// Arithmetic on CRC-32 checksums (RFC 1952): polynomials over GF(2) modulo the CRC's, bit 31 being the constant term.
/// </summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320, One = 1u << 31, X = 1u << 30;

    /// <summary>The checksum of A followed by B: crc(A) x^(8 |B|) + crc(B).</summary>
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
}
