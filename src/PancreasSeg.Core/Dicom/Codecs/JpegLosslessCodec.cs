using System.Buffers;
using System.Runtime.CompilerServices;

namespace PancreasSeg.Dicom.Codecs;

/// <summary>
/// JPEG Lossless, non-hierarchical, process 14 (1.2.840.10008.1.2.4.57) and its first-order prediction (.70): PS3.5 section 8.2.1,
/// T.81 Annex H. 2 to 16 bits, predictors 1 to 7, point transform, restart intervals.
/// </summary>
internal sealed class JpegLosslessCodec : IFrameCodec
{
    private const string Encoding = "JPEG Lossless";

    /// <inheritdoc/>
    public FrameTraits Decode(ReadOnlySpan<byte> encoded, FrameFormat format, Span<byte> destination)
    {
        var header = new JpegHeader(encoded, format, Encoding, 0xC3);
        int rowsPerInterval = RowsPerInterval(in header, format);
        HuffmanTable table = header.Huffman(ac: false, highestSymbol: 16);
        var reader = new EntropyReader(encoded, header.ScanStart, bitStuffing: false);
        var writer = new RowWriter(Encoding, format, header.Precision, header.PointTransform, format.IsLossy);
        var traits = FrameTraits.None;
        int initial = 1 << (header.Precision - header.PointTransform - 1);

        ushort[] buffer = ArrayPool<ushort>.Shared.Rent(2 * format.Columns);
        Span<ushort> above = buffer.AsSpan(0, format.Columns);
        Span<ushort> row = buffer.AsSpan(format.Columns, format.Columns);
        int rowLength = destination.Length / format.Rows;
        for (int r = 0; r < format.Rows; r++)
        {
            int inInterval = r % rowsPerInterval;
            if (inInterval == 0 && r > 0) reader.NextInterval(r / rowsPerInterval - 1, Encoding);
            if (inInterval == 0) DecodeRow(ref reader, table, 1, initial, row, row);
            else DecodeRow(ref reader, table, header.SpectralStart, above[0], above, row);
            if (reader.Exhausted) FrameFault.ThrowTruncated(Encoding);
            traits |= writer.Write(row, destination.Slice(r * rowLength, rowLength));
            Span<ushort> done = row;
            row = above;
            above = done;
        }
        ArrayPool<ushort>.Shared.Return(buffer);
        return traits;
    }

    private static int RowsPerInterval(in JpegHeader header, FrameFormat format)
    {
        if (header.Precision is < 2 or > 16 || header.PointTransform >= header.Precision || header.SpectralStart is < 1 or > 7)
            FrameFault.Throw("The JPEG Lossless header states an impossible precision, point transform or predictor.");
        if (header.RestartInterval % format.Columns != 0) FrameFault.Throw("The JPEG Lossless restart interval is not a number of rows.");
        return header.RestartInterval == 0 ? format.Rows : header.RestartInterval / format.Columns;
    }

    // Table H.1; a row's first sample has its own prediction, and arithmetic is modulo 2^16 (H.1.2.1).
    private static void DecodeRow(
        ref EntropyReader shared, HuffmanTable table, int predictor, int first, ReadOnlySpan<ushort> above, Span<ushort> row)
    {
        EntropyReader reader = shared;
        int left = row[0] = (ushort)(first + ReadDifference(ref reader, table));
        above = above[..row.Length];
        for (int c = 1; c < row.Length; c++)
        {
            int up = above[c];
            int upLeft = above[c - 1];
            int prediction = predictor switch
            {
                1 => left,
                2 => up,
                3 => upLeft,
                4 => left + up - upLeft,
                5 => left + ((up - upLeft) >> 1),
                6 => up + ((left - upLeft) >> 1),
                _ => (left + up) >> 1,
            };
            left = row[c] = (ushort)(prediction + ReadDifference(ref reader, table));
        }
        shared = reader;
    }

    // H.1.2.2: category 16 is the difference 32768 and has no further bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ReadDifference(ref EntropyReader reader, HuffmanTable table)
    {
        reader.Fill();
        int category = table.Decode(ref reader);
        return category == 16 ? 32768 : HuffmanTable.ReadDifference(ref reader, category);
    }
}
