using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace PancreasSeg.Dicom.Codecs;

/// <summary>Stores rows of unsigned JPEG samples as the little-endian bytes of the data set.</summary>
/// <param name="encoding">Name of the encoding, for messages.</param>
/// <param name="format">The data set's pixel description.</param>
/// <param name="precision">Bits per sample in the frame header.</param>
/// <param name="pointTransform">Each sample is multiplied by 2 to this power (T.81 A.4).</param>
internal readonly struct RowWriter(string encoding, FrameFormat format, int precision, int pointTransform = 0)
{
    /// <summary>Writes samples.</summary>
    /// <param name="row">Samples of up to 16 bits.</param>
    /// <param name="destination">One or two bytes per sample, by Bits Allocated.</param>
    /// <exception cref="CoreException">
    /// <see cref="Fault.DicomFileInvalid"/>: signed samples were coded in fewer bits than are stored, and it cannot be told whether one of
    /// them is negative.
    /// </exception>
    public void Write(ReadOnlySpan<ushort> row, Span<byte> destination)
    {
        ushort topBit = (ushort)(1 << (precision - pointTransform - 1));
        if (format.IsSigned && precision < format.BitsStored && row.ContainsAnyInRange(topBit, ushort.MaxValue))
            FrameFault.ThrowSignUnknown(encoding, precision, format);
        if (destination.Length == row.Length)
        {
            for (int i = 0; i < row.Length; i++) destination[i] = (byte)(row[i] << pointTransform);
        }
        else if (pointTransform == 0 && BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes(row).CopyTo(destination);
        }
        else
        {
            for (int i = 0; i < row.Length; i++)
                BinaryPrimitives.WriteUInt16LittleEndian(destination[(2 * i)..], (ushort)(row[i] << pointTransform));
        }
    }
}
