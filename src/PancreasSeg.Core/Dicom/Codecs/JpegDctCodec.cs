using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PancreasSeg.Dicom.Codecs;

/// <summary>
/// Lossy JPEG, baseline (1.2.840.10008.1.2.4.50) and extended sequential with 8 or 12 bits (.51): PS3.5 section 8.2.1, T.81 Annex F.
/// </summary>
internal sealed class JpegDctCodec : IFrameCodec
{
    private const string Encoding = "JPEG";
    private const int Side = 8;

    // Element [frequency * 8 + position] is C(frequency) / 2 * cos((2 * position + 1) * frequency * pi / 16).
    private static readonly float[] s_cosines = CreateCosines();

    /// <inheritdoc/>
    public FrameTraits Decode(ReadOnlySpan<byte> encoded, FrameFormat format, Span<byte> destination)
    {
        var header = new JpegHeader(encoded, format, Encoding, 0xC0, 0xC1);
        if (header.Precision is not (8 or 12))
            FrameFault.Throw($"The JPEG header states {header.Precision} bits per pixel; 8 or 12 are possible.");
        HuffmanTable dc = header.Huffman(ac: false, highestSymbol: 15);
        HuffmanTable ac = header.Huffman(ac: true, highestSymbol: 255);
        Span<float> scale = stackalloc float[Side * Side];
        header.ReadQuantization(scale);
        int blocksAcross = (format.Columns + Side - 1) / Side;
        int blocks = blocksAcross * ((format.Rows + Side - 1) / Side);
        int interval = header.RestartInterval == 0 ? blocks : header.RestartInterval;

        var reader = new EntropyReader(encoded, header.ScanStart, bitStuffing: false);
        var writer = new RowWriter(Encoding, format, header.Precision, saturates: true);
        Span<float> block = stackalloc float[Side * Side];
        Span<ushort> row = stackalloc ushort[Side];
        int sampleLength = format.BitsAllocated / 8;
        int last = 0;
        for (int i = 0; i < blocks; i++)
        {
            if (i > 0 && i % interval == 0)
            {
                reader.NextInterval(i / interval - 1, Encoding);
                last = 0;
            }
            ReadBlock(ref reader, dc, ac, scale, ref last, block);
            if (reader.Exhausted) FrameFault.ThrowTruncated(Encoding);
            InverseTransform(block);
            int top = i / blocksAcross * Side;
            int left = i % blocksAcross * Side;
            int width = Math.Min(Side, format.Columns - left);
            for (int y = 0; y < Math.Min(Side, format.Rows - top); y++)
            {
                Round(block.Slice(y * Side, Side), header.Precision, row);
                int at = ((top + y) * format.Columns + left) * sampleLength;
                writer.Write(row[..width], destination.Slice(at, width * sampleLength));
            }
        }
        return FrameTraits.Lossy;
    }

    // F.2.2: the difference of the DC coefficient, then runs of zeros and AC coefficients, in zig-zag order and dequantized (A.3.4).
    private static void ReadBlock(
        ref EntropyReader reader,
        HuffmanTable dc,
        HuffmanTable ac,
        scoped ReadOnlySpan<float> scale,
        ref int last,
        scoped Span<float> block)
    {
        block.Clear();
        reader.Fill();
        last += HuffmanTable.ReadDifference(ref reader, dc.Decode(ref reader));
        block[0] = last * scale[0];
        for (int k = 1; k < block.Length; k++)
        {
            reader.Fill();
            int symbol = ac.Decode(ref reader);
            int category = symbol & 0x0F;
            k += symbol >> 4;
            if (category == 0)
            {
                if (symbol == 0) return;
                if (symbol != 0xF0) FrameFault.Throw("The JPEG pixel data contain an impossible run of coefficients.");
                continue;
            }
            if (k >= block.Length) FrameFault.Throw("The JPEG pixel data contain more coefficients than a block has.");
            block[ZigZag[k]] = HuffmanTable.ReadDifference(ref reader, category) * scale[k];
        }
    }

    // A.3.3, first along the columns, then along the rows; each is a product with the 8 x 8 cosine matrix, a row of it at a time.
    private static void InverseTransform(Span<float> block)
    {
        ReadOnlySpan<float> cosines = s_cosines;
        ReadOnlySpan<Vector256<float>> cosineRows = MemoryMarshal.Cast<float, Vector256<float>>(cosines);
        Span<Vector256<float>> rows = MemoryMarshal.Cast<float, Vector256<float>>(block);
        Span<float> half = stackalloc float[Side * Side];
        half.Clear();
        Span<Vector256<float>> halfRows = MemoryMarshal.Cast<float, Vector256<float>>(half);
        for (int v = 0; v < Side; v++)
        {
            Vector256<float> row = rows[v];
            if (row == Vector256<float>.Zero) continue;
            for (int y = 0; y < Side; y++) halfRows[y] += row * cosines[v * Side + y];
        }
        for (int y = 0; y < Side; y++)
        {
            Vector256<float> sum = Vector256<float>.Zero;
            for (int u = 0; u < Side; u++) sum += cosineRows[u] * half[y * Side + u];
            rows[y] = sum;
        }
    }

    // The level shift of A.3.1, and the limits of the precision.
    private static void Round(ReadOnlySpan<float> values, int precision, Span<ushort> samples)
    {
        float shift = (1 << (precision - 1)) + 0.5f;
        float highest = (1 << precision) - 1;
        for (int i = 0; i < values.Length; i++) samples[i] = (ushort)Math.Clamp(values[i] + shift, 0, highest);
    }

    private static float[] CreateCosines()
    {
        var cosines = new float[Side * Side];
        for (int i = 0; i < cosines.Length; i++)
        {
            (int frequency, int position) = (i / Side, i % Side);
            cosines[i] = (float)((frequency == 0 ? Math.Sqrt(0.125) : 0.5) * Math.Cos((2 * position + 1) * frequency * Math.PI / 16));
        }
        return cosines;
    }

    // Figure A.6: place in the block of each element of the zig-zag sequence.
    private static ReadOnlySpan<byte> ZigZag =>
    [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    ];
}
