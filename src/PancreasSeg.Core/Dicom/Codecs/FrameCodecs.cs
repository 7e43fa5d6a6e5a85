namespace PancreasSeg.Dicom.Codecs;

/// <summary>The codecs of this version.</summary>
internal static class FrameCodecs
{
    /// <summary>The codec of an encapsulated transfer syntax; null where there is none.</summary>
    public static IFrameCodec? ForTransferSyntax(string uid) => null;
}
