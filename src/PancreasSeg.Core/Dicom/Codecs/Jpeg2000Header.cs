using System.Buffers.Binary;

namespace PancreasSeg.Dicom.Codecs;

/// <summary>The image and tile sizes of a JPEG 2000 codestream (T.800 A.5.1), checked before a native decoder sees any of it.</summary>
/// <param name="Precision">Bits per sample.</param>
/// <param name="IsSigned">Samples are signed.</param>
/// <param name="IsIrreversible">The wavelet does not give back what was encoded (the 9-7 filter).</param>
internal readonly record struct Jpeg2000Header(int Precision, bool IsSigned, bool IsIrreversible)
{
    private const string Encoding = "JPEG 2000";
    private const int FirstComponent = 42;

    // A decoder keeps several kilobytes for each; 512 x 512 pixels in tiles of 64 x 64 are 64.
    private const long MostTiles = 4096;

    /// <summary>
    /// The codestream itself: PS3.5 A.4.4 forbids the JP2 file format around it, but some files have it (T.800 I.4, boxes).
    /// </summary>
    public static ReadOnlySpan<byte> FindCodestream(ReadOnlySpan<byte> encoded)
    {
        while (encoded.Length >= 8 && encoded is not [0xFF, 0x4F, ..])
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(encoded);
            bool codestream = encoded.Slice(4, 4).SequenceEqual("jp2c"u8);
            if (codestream) encoded = encoded[8..];
            else if (length >= 8 && length <= encoded.Length) encoded = encoded[(int)length..];
            else break;
        }
        return encoded;
    }

    /// <summary>Reads the SIZ segment and checks it against the data set.</summary>
    /// <param name="codestream">Begins with the start-of-codestream marker.</param>
    /// <param name="format">The data set's pixel description.</param>
    /// <exception cref="CoreException"><see cref="Fault.DicomFileInvalid"/>: damaged, or another size than the data set's.</exception>
    public static Jpeg2000Header Read(ReadOnlySpan<byte> codestream, FrameFormat format)
    {
        if (codestream is not [0xFF, 0x4F, 0xFF, 0x51, ..])
            FrameFault.Throw("The JPEG 2000 pixel data do not begin with a codestream header.");
        if (codestream.Length < FirstComponent + 3) FrameFault.ThrowTruncated(Encoding);
        (long width, long tilesAcross) = Extent(codestream[8..]);
        (long height, long tilesDown) = Extent(codestream[12..]);
        int components = BinaryPrimitives.ReadUInt16BigEndian(codestream[40..]);
        ReadOnlySpan<byte> component = codestream.Slice(FirstComponent, 3);
        int precision = (component[0] & 0x7F) + 1;
        FrameFault.Check(Encoding, format, width, height, components, precision);
        if (tilesAcross * tilesDown > MostTiles) FrameFault.Throw("The JPEG 2000 header states an impossible number of tiles.");
        if (component[1] != 1 || component[2] != 1) FrameFault.Throw("The JPEG 2000 header states subsampled pixels.");
        return new(precision, (component[0] & 0x80) != 0, IsIrreversibleWavelet(codestream));
    }

    /// <summary>The filter that the COD segment of the main header names (T.800 A.6.1); 0 is the irreversible one.</summary>
    private static bool IsIrreversibleWavelet(ReadOnlySpan<byte> codestream)
    {
        const int Segments = 2, Filter = 13;
        for (int at = Segments; at + Filter < codestream.Length && codestream[at] == 0xFF && codestream[at + 1] != 0x90;)
        {
            if (codestream[at + 1] == 0x52) return codestream[at + Filter] == 0;
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(codestream[(at + 2)..]);
        }
        return false;
    }

    // Size, offset, tile size and tile offset of one axis stand eight bytes apart.
    private static (long Length, long Tiles) Extent(ReadOnlySpan<byte> axis)
    {
        long end = BinaryPrimitives.ReadUInt32BigEndian(axis);
        long start = BinaryPrimitives.ReadUInt32BigEndian(axis[8..]);
        long tile = BinaryPrimitives.ReadUInt32BigEndian(axis[16..]);
        long firstTile = BinaryPrimitives.ReadUInt32BigEndian(axis[24..]);
        if (tile == 0 || firstTile > start || firstTile + tile <= start || end <= start)
            FrameFault.Throw("The JPEG 2000 header states an impossible image or tile size.");
        return (end - start, (end - firstTile + tile - 1) / tile);
    }
}
