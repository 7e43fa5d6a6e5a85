namespace PancreasSeg.Dicom.Codecs;

/// <summary>What decoding a frame has shown that its data set need not say.</summary>
[Flags]
internal enum FrameTraits
{
    None = 0,

    /// <summary>The encoding does not give back what was encoded.</summary>
    Lossy = 1,

    /// <summary>Samples without loss lie beyond the bits stored; what is above them was left out.</summary>
    BeyondStoredBits = 2,
}
