using PancreasSeg.Dicom.Codecs;

namespace PancreasSeg.Benchmarks;

/// <summary>Lossless codecs on one image as large as the pixels of a series: 140 slices of 512 x 512 side by side, decoded by one
/// thread. DCMTK encodes it and, as a whole process that reads and writes the file too, decodes it as peer.</summary>
internal static class CodecJobs
{
    private const int Columns = 10 * 512, Rows = 14 * 512;

    public static IReadOnlyList<Job> All(Settings settings) =>
    [
        new("JPEG-LS, one image of 140 slices", true, () => Decode(settings, "dcmcjpls", "1.2.840.10008.1.2.4.80")),
        new("JPEG Lossless, one image of 140 slices", true, () => Decode(settings, "dcmcjpeg", "1.2.840.10008.1.2.4.70")),
    ];

    public static IReadOnlyList<Peer> Peers(Settings settings) =>
    [
        Peer.Program("DCMTK (CharLS) JPEG-LS", settings, "dcmdjpls", Encoded(settings, "dcmcjpls"), Path.Combine(settings.Work, "ls.dcm")),
        Peer.Program("DCMTK JPEG Lossless", settings, "dcmdjpeg", Encoded(settings, "dcmcjpeg"), Path.Combine(settings.Work, "ll.dcm")),
    ];

    private static string Encoded(Settings settings, string encoder) => Path.Combine(settings.Work, $"{encoder}.dcm");

    private static Action Decode(Settings settings, string encoder, string transferSyntax)
    {
        string plain = Path.Combine(settings.Work, "image.dcm"), file = Encoded(settings, encoder);
        if (!File.Exists(plain)) NoiseSeries.WriteImage(plain, Columns, Rows);
        if (!File.Exists(file) && Peer.Start(encoder, [plain, file]) is null)
            throw new InvalidOperationException($"{encoder} is not there.");
        ReadOnlyMemory<byte> encoded = File.ReadAllBytes(file);
        // One fragment, from the marker that begins an image.
        encoded = encoded[encoded.Span.IndexOf((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])..];
        IFrameCodec codec = FrameCodecs.ForTransferSyntax(transferSyntax)!;
        var format = new FrameFormat(Rows, Columns, 16, 12, false);
        var pixels = new byte[2 * Rows * Columns];
        return () => codec.Decode(encoded.Span, format, pixels);
    }
}
