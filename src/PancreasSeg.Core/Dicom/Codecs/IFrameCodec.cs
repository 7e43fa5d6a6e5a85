namespace PancreasSeg.Dicom.Codecs;

/// <summary>Decodes frames of one family of transfer syntaxes. Stateless: one instance serves all threads.</summary>
internal interface IFrameCodec
{
    /// <summary>Decodes one frame.</summary>
    /// <param name="encoded">The frame's fragments joined.</param>
    /// <param name="format">What the data set says about the frame.</param>
    /// <param name="destination">Exactly Rows * Columns * (BitsAllocated / 8) bytes, little-endian samples.</param>
    /// <exception cref="CoreException"><see cref="Fault.DicomFileInvalid"/> for damaged data, without path: the caller adds the file.</exception>
    void Decode(ReadOnlySpan<byte> encoded, FrameFormat format, Span<byte> destination);
}
