using System.Buffers.Binary;

namespace PancreasSeg.Dicom.Codecs;

/// <summary>
/// RLE Lossless (1.2.840.10008.1.2.5), PS3.5 Annex G: a header of 16 words, then one PackBits segment per byte of the sample, most
/// significant byte first.
/// </summary>
internal sealed class RleCodec : IFrameCodec
{
    private const int HeaderLength = 64;

    /// <inheritdoc/>
    public FrameTraits Decode(ReadOnlySpan<byte> encoded, FrameFormat format, Span<byte> destination)
    {
        if (format.BitsAllocated is not (8 or 16 or 32)) FrameFault.Throw($"RLE with Bits Allocated {format.BitsAllocated} is impossible.");
        int planes = format.BitsAllocated / 8;
        if (encoded.Length < HeaderLength) FrameFault.ThrowTruncated("RLE");
        uint segments = BinaryPrimitives.ReadUInt32LittleEndian(encoded);
        if (segments != planes)
            FrameFault.Throw($"The RLE header states {segments} segments; Bits Allocated {format.BitsAllocated} needs {planes}.");
        for (int plane = 0; plane < planes; plane++)
        {
            uint start = Offset(encoded, plane);
            uint end = plane + 1 < planes ? Offset(encoded, plane + 1) : (uint)encoded.Length;
            if (start < HeaderLength || start > end || end > encoded.Length) FrameFault.Throw("The RLE segment offsets are impossible.");
            DecodeSegment(encoded[(int)start..(int)end], destination[(planes - 1 - plane)..], planes);
        }
        return FrameTraits.None;
    }

    // G.4: the word after the segment count is the offset of segment 1, and so on.
    private static uint Offset(ReadOnlySpan<byte> encoded, int segment) =>
        BinaryPrimitives.ReadUInt32LittleEndian(encoded[(4 + 4 * segment)..]);

    // G.3.2. Every turn consumes input; output beyond the plane is refused before it is written.
    private static void DecodeSegment(ReadOnlySpan<byte> segment, Span<byte> destination, int stride)
    {
        int at = 0;
        int to = 0;
        while (to < destination.Length)
        {
            if (at >= segment.Length) FrameFault.ThrowTruncated("RLE");
            int code = (sbyte)segment[at++];
            if (code == -128) continue;
            int count = 1 + Math.Abs(code);
            int stop = to + (count - 1) * stride;
            if (stop >= destination.Length) FrameFault.Throw("An RLE run goes beyond the last pixel.");
            if (at + (code < 0 ? 1 : count) > segment.Length) FrameFault.ThrowTruncated("RLE");
            if (code < 0)
            {
                byte value = segment[at++];
                for (; to <= stop; to += stride) destination[to] = value;
            }
            else
            {
                foreach (byte value in segment.Slice(at, count))
                {
                    destination[to] = value;
                    to += stride;
                }
                at += count;
            }
        }
    }
}
