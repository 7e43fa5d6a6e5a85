using PancreasSeg.Dicom.Codecs;
using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>A DICOM Segmentation file: its segments, where its frames lie, and their pixels one frame at a time.</summary>
internal sealed class SegmentationFile
{
    public const string SopClass = SegmentationWriter.SopClass, LabelMapSopClass = "1.2.840.10008.5.1.4.1.1.66.7";
    private const string RleUid = "1.2.840.10008.1.2.5";
    private const int MaxFramePixels = 1 << 24;

    private readonly DicomFile _file;
    private readonly FrameFormat _format;

    private SegmentationFile(DicomFile file, SegmentationKind kind, FrameFormat format) => (_file, Kind, _format) = (file, kind, format);

    public string Path => _file.Path;

    public SegmentationKind Kind { get; }

    public int Columns => _format.Columns;

    public int Rows => _format.Rows;

    /// <summary>The value that stands for 1 where <see cref="Kind"/> is fractional.</summary>
    public int Maximum { get; private init; } = 1;

    public string? FrameOfReferenceUid => _file.Dataset.Uid(DicomTag.FrameOfReferenceUid);

    public string? InstanceUid => _file.Dataset.Uid(DicomTag.SopInstanceUid);

    /// <summary>The series that the segmentation says it lies on; null when it names none, or several.</summary>
    public string? ReferencedSeriesUid =>
        _file.Dataset.Items(DicomTag.ReferencedSeriesSequence) is [var series] ? series.Uid(DicomTag.SeriesInstanceUid) : null;

    /// <summary>Instances of that series it names.</summary>
    public IReadOnlyList<string?> ReferencedInstances =>
        [.. _file.Dataset.Items(DicomTag.ReferencedSeriesSequence).SelectMany(s => s.Items(DicomTag.ReferencedInstanceSequence))
            .Select(i => i.Uid(DicomTag.ReferencedSopInstanceUid))];

    /// <summary>The items of the segment sequence by number.</summary>
    public IReadOnlyDictionary<int, DicomDataset> Segments { get; private init; } = new Dictionary<int, DicomDataset>();

    public IReadOnlyList<SegmentationFrame> Frames { get; private init; } = [];

    /// <summary>Reads all but the pixels.</summary>
    /// <param name="file">Read with <see cref="DicomSelection.Segmentation"/>.</param>
    /// <exception cref="CoreException"><see cref="Fault.DicomFileInvalid"/>, <see cref="Fault.DicomGeometryInvalid"/> (a frame has no
    /// place: slides,
    /// projections), <see cref="Fault.DicomTransferSyntaxNotSupported"/>, <see cref="Fault.VolumeTooLarge"/>.</exception>
    public static SegmentationFile Read(DicomFile file)
    {
        DicomDataset data = file.Dataset;
        if (file.Damage is { } damage) throw Invalid(file, damage);
        if (file.Pixels is null) throw Invalid(file, "It has no pixel data.");
        if (data.Text(DicomTag.DimensionOrganizationType) is "TILED_FULL" or "TILED_SPARSE")
            throw Geometry(file, "Its frames are tiles of a slide.");
        int rows = data.UInt16(DicomTag.Rows) ?? 0, columns = data.UInt16(DicomTag.Columns) ?? 0, bits = data.UInt16(DicomTag.BitsAllocated)
            ?? 0;
        int frames = data.Integer(DicomTag.NumberOfFrames) ?? 0;
        SegmentationKind kind = KindOf(file, bits);
        var format = new FrameFormat(rows, columns, bits, bits, false);
        if (rows == 0 || columns == 0 || (long)rows * columns > MaxFramePixels) throw Invalid(file,
            Invariant($"Frames of {columns} x {rows} pixels are impossible."));
        if (data.UInt16(DicomTag.SamplesPerPixel) is > 1) throw Invalid(file, "It has several samples per pixel.");
        CheckPixels(file, (long)rows * columns * frames * bits, frames);
        int maximum = kind == SegmentationKind.Fractional ? data.UInt16(DicomTag.MaximumFractionalValue) ?? 0 : 1;
        if (maximum == 0) throw Invalid(file, "Its largest fractional value (0062,000E) is not stated.");

        var segments = new Dictionary<int, DicomDataset>();
        foreach (DicomDataset segment in data.Items(DicomTag.SegmentSequence))
            if (segment.UInt16(DicomTag.SegmentNumber) is not { } number || !segments.TryAdd(number, segment))
                throw Invalid(file, "A segment has no number, or that of another (0062,0004).");
        return new SegmentationFile(file, kind, format)
        {
            Maximum = maximum,
            Segments = segments,
            Frames = FramesOf(file, kind, frames, segments)
        };
    }

    /// <summary>Reads the pixels.</summary>
    /// <param name="consume">Gets the number of each frame, from 0, and its samples row by row: 0 or 1, or values up to
    /// <see cref="Maximum"/>, or
    /// segment numbers. Valid until it returns.</param>
    /// <param name="cancellation">Looked at between frames.</param>
    /// <exception cref="CoreException">The file is gone, changed or damaged.</exception>
    public void ReadPixels(SegmentationConsumer consume, CancellationToken cancellation)
    {
        int area = Columns * Rows;
        var samples = new ushort[area];
        byte[] bytes = new byte[_format.BitsAllocated == 1 ? area / 8 + 2 : area * _format.BitsAllocated / 8];
        using var reader = new SampleReader(_file, cancellation);
        for (int frame = 0; frame < Frames.Count; frame++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_format.BitsAllocated == 1)
            {
                ReadBits(reader, (long)frame * area, bytes, samples);
            }
            else
            {
                reader.Read(frame, _format, bytes);
                for (int i = 0; i < area; i++) samples[i] = _format.BitsAllocated == 8 ? bytes[i] : BitConverter.ToUInt16(bytes, 2 * i);
            }
            consume(frame, samples);
        }
        reader.Finish();
    }

    /// <summary>Frames begin within bytes; the byte that two share is the last one read, and is kept at the start of the buffer.</summary>
    private static void ReadBits(SampleReader reader, long firstBit, byte[] buffer, ushort[] samples)
    {
        int offset = (int)(firstBit % 8), count = (offset + samples.Length + 7) / 8, kept = offset == 0 ? 0 : 1;
        reader.ReadBytes(firstBit / 8 + kept, buffer.AsSpan(kept, count - kept));
        for (int i = 0; i < samples.Length; i++) samples[i] = (ushort)(buffer[(offset + i) >> 3] >> ((offset + i) & 7) & 1);
        buffer[0] = buffer[count - 1];
    }

    private static SegmentationFrame[] FramesOf(DicomFile file, SegmentationKind kind, int count, Dictionary<int, DicomDataset> segments)
    {
        IReadOnlyList<DicomDataset> groups = file.Dataset.Items(DicomTag.PerFrameFunctionalGroupsSequence);
        if (groups.Count != count) throw Geometry(file, Invariant($"It describes {groups.Count} of {count} frames (5200,9230)."));
        DicomDataset[] shared = [.. file.Dataset.Items(DicomTag.SharedFunctionalGroupsSequence).Take(1).SelectMany(g => g.FirstItems())];
        var frames = new SegmentationFrame[count];
        for (int i = 0; i < count; i++)
        {
            var attributes = new FrameAttributes([.. groups[i].FirstItems(), .. shared]);
            if (PlaneGeometry.Read(attributes, out string? fault) is not { } plane) throw Geometry(file,
                Invariant($"Frame {i + 1} {fault}."));
            int segment = kind == SegmentationKind.LabelMap ? 0 : attributes.UInt16(DicomTag.ReferencedSegmentNumber) ?? -1;
            if (kind != SegmentationKind.LabelMap && !segments.ContainsKey(segment)) throw Invalid(file,
                Invariant($"Frame {i + 1} belongs to no segment of the file."));
            frames[i] = new SegmentationFrame(segment, plane, attributes);
        }
        return frames;
    }

    private static SegmentationKind KindOf(DicomFile file, int bits) => (file.Dataset.Text(DicomTag.SegmentationType), bits) switch
    {
        ("BINARY", 1) => SegmentationKind.Binary,
        ("FRACTIONAL", 8) => SegmentationKind.Fractional,
        ("LABELMAP", 8 or 16) => SegmentationKind.LabelMap,
        _ => throw Invalid(file, Invariant($"Its type (0062,0001) and {bits} bits per pixel do not go together.")),
    };

    private static void CheckPixels(DicomFile file, long bits, int frames)
    {
        if (frames < 1) throw Invalid(file, "It has no frames.");
        if (!file.Syntax.IsNative && file.Syntax.Uid != RleUid)
            throw new CoreException(Fault.DicomTransferSyntaxNotSupported,
                $"'{file.Path}' is encoded as {file.Syntax}, in which segmentations are not read.",
                file.Path, "Convert it first, e.g. with dcmtk: dcmdrle or dcmconv +te.");
        if (file.Syntax.IsNative && file.Pixels!.Length < (bits + 7) / 8)
            throw Invalid(file, Invariant($"It has {file.Pixels.Length} bytes of pixel data where {(bits + 7) / 8} are needed."));
        if (!file.Syntax.IsNative && file.Pixels!.Frames?.Length != frames) throw Invalid(file,
            "Its encoded frames are not as many as it says.");
    }

    private static CoreException Invalid(DicomFile file, string what) =>
        new(Fault.DicomFileInvalid, $"'{file.Path}' is no valid segmentation: {what}", file.Path, "Export it again from where it comes.");

    private static CoreException Geometry(DicomFile file, string what) =>
        new(Fault.DicomGeometryInvalid,
            $"'{file.Path}' has no place in a CT: {what}", file.Path, "Only segmentations of slices can be read.");
}
