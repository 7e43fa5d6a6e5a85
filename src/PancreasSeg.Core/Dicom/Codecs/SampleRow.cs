using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace PancreasSeg.Dicom.Codecs;

/// <summary>Stores a row of decoded samples as the little-endian bytes of the data set.</summary>
internal static class SampleRow
{
    /// <summary>Writes one row.</summary>
    /// <param name="row">Samples of up to 16 bits.</param>
    /// <param name="shift">Point transform: each sample is multiplied by 2 to this power (T.81 A.4).</param>
    /// <param name="destination">One or two bytes per sample.</param>
    public static void Write(ReadOnlySpan<ushort> row, int shift, Span<byte> destination)
    {
        if (destination.Length == row.Length)
        {
            for (int i = 0; i < row.Length; i++) destination[i] = (byte)(row[i] << shift);
        }
        else if (shift == 0 && BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes(row).CopyTo(destination);
        }
        else
        {
            for (int i = 0; i < row.Length; i++)
                BinaryPrimitives.WriteUInt16LittleEndian(destination[(2 * i)..], (ushort)(row[i] << shift));
        }
    }
}
