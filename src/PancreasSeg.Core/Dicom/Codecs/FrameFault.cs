using System.Diagnostics.CodeAnalysis;

namespace PancreasSeg.Dicom.Codecs;

/// <summary>The one way in which a codec reports a frame it cannot trust; kept out of line so that decoding loops stay small.</summary>
internal static class FrameFault
{
    private const int Padding = 16;

    private const string Remedy =
        "Fetch the file again from its source; if it is the same there, convert the series with 'gdcmconv --raw'.";

    /// <summary>Throws <see cref="Fault.DicomFileInvalid"/>.</summary>
    /// <param name="message">What is wrong with the frame, one sentence without a path.</param>
    [DoesNotReturn]
    public static void Throw(string message) => throw new CoreException(Fault.DicomFileInvalid, message, remedy: Remedy);

    /// <summary>Throws that the coded data end before the last pixel.</summary>
    /// <param name="encoding">Name of the encoding.</param>
    [DoesNotReturn]
    public static void ThrowTruncated(string encoding) => Throw($"The {encoding} pixel data end before the last pixel.");

    /// <summary>
    /// Refuses a frame that ends in blank bytes without the end marker of all JPEG standards: a copy that was broken off after its length
    /// had been set. A decoder would make something of them.
    /// </summary>
    /// <param name="encoding">Name of the encoding.</param>
    /// <param name="encoded">The frame; a few bytes of padding are none.</param>
    public static void CheckEnd(string encoding, ReadOnlySpan<byte> encoded)
    {
        int last = encoded.LastIndexOfAnyExcept((byte)0);
        if (encoded.Length - last > Padding && !encoded[..(last + 1)].EndsWith((ReadOnlySpan<byte>)[0xFF, 0xD9]))
            Throw($"The {encoding} pixel data end in blank bytes.");
    }

    /// <summary>Throws that the sign of samples is not certain.</summary>
    /// <param name="encoding">Name of the encoding.</param>
    /// <param name="precision">Bits per sample in the frame header.</param>
    /// <param name="format">The data set's pixel description.</param>
    [DoesNotReturn]
    public static void ThrowSignUnknown(string encoding, int precision, FrameFormat format) => Throw(
        $"The {encoding} header states {precision} bits per pixel, the data set {format.BitsStored} bits "
        + $"{(format.IsSigned ? "with" : "without")} sign; which pixels are negative is not certain.");

    /// <summary>Refuses a frame header that disagrees with the data set. Called before any buffer is made.</summary>
    /// <param name="encoding">Name of the encoding.</param>
    /// <param name="format">The data set's pixel description.</param>
    /// <param name="width">Columns in the frame header.</param>
    /// <param name="height">Rows in the frame header.</param>
    /// <param name="components">Components in the frame header.</param>
    /// <param name="precision">Bits per sample in the frame header.</param>
    public static void Check(string encoding, FrameFormat format, long width, long height, int components, int precision)
    {
        if (components != 1) Throw($"The {encoding} header states {components} components; a CT slice has one.");
        if (width < 1 || height < 1 || width != format.Columns || height != format.Rows)
            Throw($"The {encoding} header states {width} x {height} pixels, the data set {format.Columns} x {format.Rows}.");
        if (format.BitsAllocated is not (8 or 16) || precision > format.BitsAllocated)
            Throw($"The {encoding} header states {precision} bits per pixel, which does not fit Bits Allocated {format.BitsAllocated}.");
    }
}
