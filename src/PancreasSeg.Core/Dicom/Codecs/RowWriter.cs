using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace PancreasSeg.Dicom.Codecs;

/// <summary>Stores rows of unsigned JPEG samples as the little-endian bytes of the data set.</summary>
/// <param name="encoding">Name of the encoding, for messages.</param>
/// <param name="format">The data set's pixel description.</param>
/// <param name="precision">Bits per sample in the frame header.</param>
/// <param name="pointTransform">Each sample is multiplied by 2 to this power (T.81 A.4).</param>
/// <param name="saturates">Samples beyond the bits stored take the nearest value that these hold.</param>
internal readonly struct RowWriter(string encoding, FrameFormat format, int precision, int pointTransform = 0, bool saturates = false)
{
    /// <summary>Writes samples.</summary>
    /// <param name="row">Samples of up to 16 bits.</param>
    /// <param name="destination">One or two bytes per sample, by Bits Allocated.</param>
    /// <returns>Whether samples lie beyond the bits stored and were not brought back.</returns>
    /// <exception cref="CoreException">
    /// <see cref="Fault.DicomFileInvalid"/>: signed samples were coded in fewer bits than are stored, and it cannot be told whether one of
    /// them is negative.
    /// </exception>
    public FrameTraits Write(ReadOnlySpan<ushort> row, Span<byte> destination)
    {
        ushort topBit = (ushort)(1 << (precision - pointTransform - 1));
        if (format.IsSigned && precision < format.BitsStored && row.ContainsAnyInRange(topBit, ushort.MaxValue))
            FrameFault.ThrowSignUnknown(encoding, precision, format);
        bool isBeyond = precision > format.BitsStored && IsBeyond(row);
        if (isBeyond && saturates)
        {
            WriteNearest(row, destination);
            return FrameTraits.None;
        }
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
        return isBeyond ? FrameTraits.BeyondStoredBits : FrameTraits.None;
    }

    private bool IsBeyond(ReadOnlySpan<ushort> row)
    {
        if (pointTransform == 0 && !format.IsSigned) return row.ContainsAnyExceptInRange((ushort)0, (ushort)format.Highest);
        foreach (ushort sample in row)
            if (ValueOf(sample) < format.Lowest || ValueOf(sample) > format.Highest) return true;
        return false;
    }

    private void WriteNearest(ReadOnlySpan<ushort> row, Span<byte> destination)
    {
        for (int i = 0; i < row.Length; i++)
        {
            int value = Math.Clamp(ValueOf(row[i]), format.Lowest, format.Highest);
            if (destination.Length == row.Length) destination[i] = (byte)value;
            else BinaryPrimitives.WriteInt16LittleEndian(destination[(2 * i)..], (short)value);
        }
    }

    /// <summary>The number that a sample is, signed ones in the two's complement of the frame's own bits.</summary>
    private int ValueOf(ushort sample)
    {
        int value = sample << pointTransform, above = 32 - precision;
        return format.IsSigned ? value << above >> above : value;
    }
}
