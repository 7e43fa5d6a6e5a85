using System.Collections.Frozen;

namespace PancreasSeg.Dicom;

/// <summary>How a file's data set and pixels are encoded (DICOM PS3.5 chapter 10 and annex A).</summary>
/// <param name="Uid">The UID in the file.</param>
/// <param name="Name">The name in the standard.</param>
internal sealed record TransferSyntax(string Uid, string Name)
{
    public const string ImplicitLittleEndianUid = "1.2.840.10008.1.2";
    public const string ExplicitLittleEndianUid = "1.2.840.10008.1.2.1";

    private const string DeflatedUid = "1.2.840.10008.1.2.1.99";
    public const string ExplicitBigEndianUid = "1.2.840.10008.1.2.2";

    private static readonly FrozenDictionary<string, TransferSyntax> s_known = new TransferSyntax[]
    {
        new(ImplicitLittleEndianUid, "Implicit VR Little Endian"),
        new(ExplicitLittleEndianUid, "Explicit VR Little Endian"),
        new("1.2.840.10008.1.2.1.98", "Encapsulated Uncompressed Explicit VR Little Endian"),
        new(DeflatedUid, "Deflated Explicit VR Little Endian"),
        new(ExplicitBigEndianUid, "Explicit VR Big Endian"),
        new("1.2.840.10008.1.2.4.50", "JPEG Baseline (Process 1)"),
        new("1.2.840.10008.1.2.4.51", "JPEG Extended (Process 2 and 4)"),
        new("1.2.840.10008.1.2.4.53", "JPEG Spectral Selection, Non-Hierarchical (Process 6 and 8)"),
        new("1.2.840.10008.1.2.4.55", "JPEG Full Progression, Non-Hierarchical (Process 10 and 12)"),
        new("1.2.840.10008.1.2.4.57", "JPEG Lossless (Process 14)"),
        new("1.2.840.10008.1.2.4.70", "JPEG Lossless, First-Order Prediction (Process 14, Selection Value 1)"),
        new("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless"),
        new("1.2.840.10008.1.2.4.81", "JPEG-LS Near-Lossless"),
        new("1.2.840.10008.1.2.4.90", "JPEG 2000 (Lossless Only)"),
        new("1.2.840.10008.1.2.4.91", "JPEG 2000"),
        new("1.2.840.10008.1.2.4.92", "JPEG 2000 Part 2 Multi-component (Lossless Only)"),
        new("1.2.840.10008.1.2.4.93", "JPEG 2000 Part 2 Multi-component"),
        new("1.2.840.10008.1.2.4.94", "JPIP Referenced"),
        new("1.2.840.10008.1.2.4.95", "JPIP Referenced Deflate"),
        new("1.2.840.10008.1.2.4.100", "MPEG2 Main Profile / Main Level"),
        new("1.2.840.10008.1.2.4.101", "MPEG2 Main Profile / High Level"),
        new("1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264 High Profile / Level 4.1"),
        new("1.2.840.10008.1.2.4.103", "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1"),
        new("1.2.840.10008.1.2.4.107", "HEVC/H.265 Main Profile / Level 5.1"),
        new("1.2.840.10008.1.2.4.108", "HEVC/H.265 Main 10 Profile / Level 5.1"),
        new("1.2.840.10008.1.2.4.110", "JPEG XL Lossless"),
        new("1.2.840.10008.1.2.4.111", "JPEG XL JPEG Recompression"),
        new("1.2.840.10008.1.2.4.112", "JPEG XL"),
        new("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 (Lossless Only)"),
        new("1.2.840.10008.1.2.4.202", "High-Throughput JPEG 2000 with RPCL (Lossless Only)"),
        new("1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000"),
        new("1.2.840.10008.1.2.5", "RLE Lossless"),
        new("1.2.840.113619.5.2", "GE Private Implicit VR with Big Endian Pixels"),
    }.ToFrozenDictionary(s => s.Uid);

    /// <summary>The syntax of a UID; one not in the standard's list is named unknown.</summary>
    public static TransferSyntax Of(string uid) => s_known.GetValueOrDefault(uid) ?? new TransferSyntax(uid, "unknown transfer syntax");

    /// <summary>How the elements are written.</summary>
    public DicomEncoding Encoding => Uid switch
    {
        ImplicitLittleEndianUid or "1.2.840.113619.5.2" => DicomEncoding.Implicit,
        ExplicitBigEndianUid => new DicomEncoding(true, true),
        _ => DicomEncoding.Explicit,
    };

    /// <summary>True when everything after the meta information is one deflate stream.</summary>
    public bool IsDeflated => Uid is DeflatedUid or "1.2.840.10008.1.2.4.95";

    /// <summary>True when the pixels are plain samples.</summary>
    public bool IsNative => Uid is ImplicitLittleEndianUid or ExplicitLittleEndianUid or DeflatedUid or ExplicitBigEndianUid;

    /// <summary>True when the encoding always loses detail.</summary>
    public bool IsLossy => Uid is "1.2.840.10008.1.2.4.50" or "1.2.840.10008.1.2.4.51"
        or "1.2.840.10008.1.2.4.53" or "1.2.840.10008.1.2.4.55";

    /// <summary>Name and UID.</summary>
    public override string ToString() => $"{Name} ({Uid})";
}
