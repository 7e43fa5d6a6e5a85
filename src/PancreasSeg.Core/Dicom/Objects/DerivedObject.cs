using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PancreasSeg.Dicom;

/// <summary>What every object made from a CT series has in common: patient, study, series, equipment and its UIDs.</summary>
/// <param name="source">The CT series.</param>
/// <param name="kind">What is made.</param>
/// <param name="segments">What is in it.</param>
/// <param name="options">How it is written.</param>
internal sealed class DerivedObject(SourceSeries source, DicomObjectKind kind, IReadOnlyList<DicomSegment> segments,
    DicomObjectOptions options)
{
    public const string Manufacturer = "PancreasSeg project", Model = "PancreasSeg", Warning = "Not for diagnostic use";

    /// <summary>Version of the module.</summary>
    public static string Version { get; } = typeof(DerivedObject).Assembly.GetName().Version!.ToString(3);

    public SourceSeries Source => source;

    public IReadOnlyList<DicomSegment> Segments => segments;

    public DicomObjectOptions Options => options;

    /// <summary>When the object was made, by local time.</summary>
    public DateTime Created { get; } = options.Created ?? DateTime.Now;

    /// <summary>Module and model, as versions of an algorithm are told.</summary>
    public string AlgorithmVersion => options.Origin.ModelSha256 is { } sha ? $"{Version}+{Short(sha)}" : Version;

    /// <summary>Follows from source series, kind, model and settings.</summary>
    public string SeriesUid { get; } = DicomUid.Of("series", source.Info.SeriesInstanceUid,
        $"{kind}", options.Origin.ModelSha256 ?? "", Settings(segments, options));

    /// <summary>Follows from the series, the source's images, the labels and the module's version.</summary>
    /// <param name="labels">What the object says of each of the source's pixels.</param>
    public string InstanceUid(ReadOnlySpan<byte> labels) => DicomUid.Of(
        ["instance", SeriesUid, .. source.Slices.Select(s => s.SopInstanceUid!), Convert.ToHexStringLower(SHA256.HashData(labels)),
            Version]);

    /// <summary>By which a structure is followed from object to object.</summary>
    public string TrackingUid(DicomSegment segment) => DicomUid.Of("track", source.Info.SeriesInstanceUid, segment.Structure.Name);

    public static string TrackingId(DicomSegment segment) => $"{Model} {segment.Structure.Name}";

    /// <summary>The modules that all kinds share.</summary>
    /// <param name="sopClass">SOP class UID.</param>
    /// <param name="instanceUid">SOP instance UID.</param>
    /// <param name="modality">Modality.</param>
    /// <param name="cancellation">Stops the reading of the source's header.</param>
    public DicomItem Create(string sopClass, string instanceUid, string modality, CancellationToken cancellation)
    {
        string sha = options.Origin.ModelSha256 ?? "";
        var item = new DicomItem();
        SourceModules.Copy(source.First.File.Source, item, cancellation);
        item.Text(DicomTag.SopClassUid, sopClass)
            .Text(DicomTag.SopInstanceUid, instanceUid)
            .Text(DicomTag.Modality, modality)
            .Text(DicomTag.SeriesInstanceUid, SeriesUid)
            .Integers(DicomTag.SeriesNumber, options.SeriesNumber ?? SeriesNumber(source.Info.SeriesNumber))
            .Text(DicomTag.SeriesDescription, options.SeriesDescription ?? Description())
            .Integers(DicomTag.InstanceNumber, 1)
            .Text(DicomTag.Manufacturer, Manufacturer)
            .Text(DicomTag.ManufacturerModelName, Model)
            .Text(DicomTag.DeviceSerialNumber, sha.Length >= 16 ? sha[..16] : "0")
            .Text(DicomTag.SoftwareVersions, sha.Length > 0 ? [Version, sha] : [Version]);
        return Stamp(item, DicomTag.SeriesDate, DicomTag.SeriesTime);
    }

    /// <summary>Writes date and time of making.</summary>
    public DicomItem Stamp(DicomItem item, uint date, uint time) => item
        .Text(date, Created.ToString("yyyyMMdd", CultureInfo.InvariantCulture))
        .Text(time, Created.ToString("HHmmss", CultureInfo.InvariantCulture));

    /// <summary>Frame of reference (PS3.3 C.7.4.1).</summary>
    public DicomItem AddFrameOfReference(DicomItem item) => item
        .Text(DicomTag.FrameOfReferenceUid, source.FrameOfReferenceUid)
        .Raw(DicomTag.PositionReferenceIndicator, source.First.Attributes.Raw(DicomTag.PositionReferenceIndicator));

    /// <summary>Class and instance of an image of the source, and its frame where the file holds several.</summary>
    public static DicomItem Reference(CtSlice slice)
    {
        DicomItem item = Instance(slice);
        return slice.IsFrame ? item.Integers(DicomTag.ReferencedFrameNumber, slice.Frame + 1) : item;
    }

    /// <summary>Class and instance of each file that holds some of the images, once.</summary>
    public static IReadOnlyList<DicomItem> Instances(IEnumerable<CtSlice> slices) =>
        [.. slices.DistinctBy(s => s.SopInstanceUid).Select(Instance)];

    private static DicomItem Instance(CtSlice slice) => new DicomItem()
        .Text(DicomTag.ReferencedSopClassUid, slice.SopClassUid!).Text(DicomTag.ReferencedSopInstanceUid, slice.SopInstanceUid!);

    private static string Settings(IReadOnlyList<DicomSegment> segments, DicomObjectOptions options)
    {
        string structures = string.Join('|', segments.Select(s => $"{s.Label}={s.Structure.Name}"));
        string text = $"{options.Origin.Settings}|{structures}|{options.AllFrames}|{options.OnSourceSlices}"
            + (options.Probability ? "|probability" : "");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private int SeriesNumber(int? number) => number is > 0 and < int.MaxValue / 100 ? 100 * number.Value + (int)kind : 9900 + (int)kind;

    private string Description()
    {
        string what = kind switch { DicomObjectKind.Preview => "preview", DicomObjectKind.Report => "report", _ => "" };
        string organs = segments.Count <= 2 ? string.Join(", ", segments.Select(s => s.Structure.Name)) : $"{segments.Count} organs";
        return string.Join(' ', new[] { Model, organs, what, "(research)" }.Where(part => part.Length > 0));
    }

    private static string Short(string sha) => sha[..Math.Min(12, sha.Length)];
}
