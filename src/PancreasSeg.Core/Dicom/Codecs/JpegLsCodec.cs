using System.Buffers;

namespace PancreasSeg.Dicom.Codecs;

/// <summary>
/// JPEG-LS lossless (1.2.840.10008.1.2.4.80) and near-lossless (.81): PS3.5 section 8.2.3, T.87. 2 to 16 bits, preset coding parameters,
/// restart intervals.
/// </summary>
internal sealed class JpegLsCodec : IFrameCodec
{
    private const string Encoding = "JPEG-LS";

    /// <inheritdoc/>
    public FrameTraits Decode(ReadOnlySpan<byte> encoded, FrameFormat format, Span<byte> destination)
    {
        var header = new JpegHeader(encoded, format, Encoding, 0xF7);
        if (header.Precision is < 2 or > 16) FrameFault.Throw("The JPEG-LS header states an impossible precision.");
        if (header.TableSelector != 0 || header.PointTransform != 0)
            FrameFault.Throw("The JPEG-LS pixel data use a mapping table or a point transform, which DICOM does not.");
        ReadOnlySpan<byte> presets = header.Presets == 0 ? [] : encoded.Slice(header.Presets, 10);
        JpegLsParameters parameters = JpegLsParameters.Create(header.Precision, header.SpectralStart, presets);

        int gradientCount = 2 * parameters.MaxValue + 1;
        sbyte[] gradients = ArrayPool<sbyte>.Shared.Rent(gradientCount);
        var reader = new EntropyReader(encoded, header.ScanStart, bitStuffing: true);
        var decoder = new JpegLsDecoder(parameters, reader, gradients.AsSpan(0, gradientCount));
        bool isLossy = parameters.Near > 0;
        var writer = new RowWriter(Encoding, format, header.Precision, saturates: isLossy || format.IsLossy);
        FrameTraits traits = DecodeLines(ref decoder, header.RestartInterval, format, writer, destination);
        ArrayPool<sbyte>.Shared.Return(gradients);
        return isLossy ? FrameTraits.Lossy : traits;
    }

    private static FrameTraits DecodeLines(
        scoped ref JpegLsDecoder decoder, int restartInterval, FrameFormat format, RowWriter writer, Span<byte> destination)
    {
        int width = format.Columns;
        int rowLength = destination.Length / format.Rows;
        int interval = restartInterval == 0 ? format.Rows : restartInterval;
        ushort[] buffer = ArrayPool<ushort>.Shared.Rent(2 * (width + 2));
        Span<ushort> above = buffer.AsSpan(0, width + 2);
        Span<ushort> line = buffer.AsSpan(width + 2, width + 2);
        var traits = FrameTraits.None;
        for (int r = 0; r < format.Rows; r++)
        {
            if (r % interval == 0)
            {
                if (r > 0) decoder.NextInterval(r / interval - 1, Encoding);
                above.Clear();
            }
            // A.2: beyond the right edge stands the last sample above, left of the line the first one above.
            above[^1] = above[^2];
            line[0] = above[1];
            decoder.DecodeLine(above, line);
            if (decoder.Exhausted) FrameFault.ThrowTruncated(Encoding);
            traits |= writer.Write(line[1..^1], destination.Slice(r * rowLength, rowLength));
            Span<ushort> done = line;
            line = above;
            above = done;
        }
        ArrayPool<ushort>.Shared.Return(buffer);
        return traits;
    }
}
