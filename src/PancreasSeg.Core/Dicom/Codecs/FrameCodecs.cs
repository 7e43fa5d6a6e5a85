using System.Collections.Frozen;

namespace PancreasSeg.Dicom.Codecs;

/// <summary>The encapsulated transfer syntaxes this module decodes (PS3.6 Table A-1).</summary>
internal static class FrameCodecs
{
    /// <summary>Every codec by transfer syntax UID.</summary>
    public static FrozenDictionary<string, IFrameCodec> All { get; } = CreateAll();

    /// <summary>The codec of a transfer syntax, or null where this module has none.</summary>
    /// <param name="uid">Transfer Syntax UID (0002,0010).</param>
    public static IFrameCodec? ForTransferSyntax(string uid) => All.GetValueOrDefault(uid);

    private static FrozenDictionary<string, IFrameCodec> CreateAll()
    {
        var lossy = new JpegDctCodec();
        var lossless = new JpegLosslessCodec();
        var jpegLs = new JpegLsCodec();
        var jpeg2000 = new Jpeg2000Codec();
        return new Dictionary<string, IFrameCodec>
        {
            ["1.2.840.10008.1.2.5"] = new RleCodec(),
            ["1.2.840.10008.1.2.4.50"] = lossy,
            ["1.2.840.10008.1.2.4.51"] = lossy,
            ["1.2.840.10008.1.2.4.57"] = lossless,
            ["1.2.840.10008.1.2.4.70"] = lossless,
            ["1.2.840.10008.1.2.4.80"] = jpegLs,
            ["1.2.840.10008.1.2.4.81"] = jpegLs,
            ["1.2.840.10008.1.2.4.90"] = jpeg2000,
            ["1.2.840.10008.1.2.4.91"] = jpeg2000,
        }.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
