namespace PancreasSeg.Dicom.Codecs;

/// <summary>
/// Decoder of one encapsulated pixel encoding (PS3.5 section 8.2 and Annex A.4). Stateless: one instance serves all threads.
/// </summary>
internal interface IFrameCodec
{
    /// <summary>What keeps the codec from decoding on this machine, with what to do; null when nothing does.</summary>
    CoreException? Obstacle => null;

    /// <summary>
    /// Decodes one frame. The work is bounded by the lengths of <paramref name="encoded"/> and <paramref name="destination"/>.
    /// </summary>
    /// <param name="encoded">The frame's fragments, joined.</param>
    /// <param name="format">The data set's pixel description; the frame's own header must agree with it.</param>
    /// <param name="destination">
    /// Exactly <c>Rows * Columns * BitsAllocated / 8</c> bytes; receives little-endian samples, row by row. The low BitsStored bits of a
    /// sample are the value in the data set's Pixel Representation; the bits above them are not defined.
    /// </param>
    /// <returns>What the frame itself tells. Samples that the error of an encoding has carried beyond the stored bits take the nearest
    /// value that these hold.</returns>
    /// <exception cref="CoreException">
    /// <see cref="Fault.DicomFileInvalid"/>: the frame is damaged or disagrees with <paramref name="format"/>; no path is named, the caller
    /// adds the file. <see cref="Fault.NativeRuntimeMissing"/> or <see cref="Fault.NativeRuntimeIncompatible"/>: the decoder is a native
    /// library that is absent or cannot be loaded.
    /// </exception>
    FrameTraits Decode(ReadOnlySpan<byte> encoded, FrameFormat format, Span<byte> destination);
}
