using System.Globalization;
using PancreasSeg.Dicom;
using PancreasSeg.Import;
using PancreasSeg.Pictures;
using PancreasSeg.Postprocess;

namespace PancreasSeg.Segmentation;

/// <summary>
/// Writes results as DICOM objects that an archive files beside their CT. They contain the patient module of their source; nothing of
/// it goes anywhere else.
/// </summary>
public sealed class DicomExport
{
    private readonly DicomExportRequest _request;
    private readonly DicomObjectOptions _options;
    private readonly string _sourcePath;
    private SourceSeries? _source;
    private CtVolume? _ct;
    private LabelVolume? _probability;

    /// <summary>Takes a request; nothing is read yet.</summary>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/>; <see cref="Fault.FileNotFound"/>: the source is not known;
    /// <see cref="Fault.LabelMissing"/>: there
    /// is neither a mask nor a result.</exception>
    public DicomExport(DicomExportRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Options.Validate();
        if (request.Segments.Count == 0 || request.Segments.Any(s => s.Label == 0) || request.Segments.DistinctBy(s => s.Label)
            .Count() < request.Segments.Count
            || request.Segments.DistinctBy(s => s.Structure).Count() < request.Segments.Count)
            throw new CoreException(Fault.SettingInvalid, "Each structure needs a label of its own from 1 to 255.", null,
                "Correct the label map.");
        if (Source(request) is not { } source) throw new CoreException(Fault.LabelMissing, "There is no mask to export.", null,
            "Give a mask or a segmentation result.");
        if (request.Options.Probability && (request.Result is null || request.Segments.Count > 1))
            throw new CoreException(Fault.SettingInvalid, "Probabilities are those of one structure of a segmentation result.", source.Name,
                "Give the result of Invoke-PancreasSegmentation -Probability.");
        _request = request;
        _sourcePath = request.SourceSeries?.Path ?? request.SourcePath
            ?? (source.Path is { } path && !CtImporter.IsNifti(path) ? path : null)
            ?? throw new CoreException(Fault.FileNotFound, "The CT series of the mask is not known.", source.Name, "Give it by -Source.");
        _ct = request.Ct;
        _options = request.Result is { } result ? request.Options with { Origin = OriginOf(result) } : request.Options;
    }

    /// <summary>The files, in the order of <see cref="DicomExportRequest.Kinds"/>.</summary>
    public IReadOnlyList<DicomOutput> Outputs => [.. _request.Kinds.Distinct().SelectMany(OutputsOf)];

    /// <summary>The end of the name of a file of all structures, e.g. <c>.seg.dcm</c>.</summary>
    public static string Suffix(DicomObjectKind kind) => $".{kind.ToString().ToLowerInvariant()}.dcm";

    /// <summary>False where there is nothing to say: voxels of an empty mask, measurements of none.</summary>
    public bool CanWrite(DicomOutput output) => output?.Kind switch
    {
        DicomObjectKind.Preview => true,
        DicomObjectKind.Report => Mask is not null,
        DicomObjectKind.Seg when _options.Probability => Probability is { } found && found.Labels.Span.ContainsAnyExcept((byte)0),
        _ => Mask is not null && _request.Result?.Status != SegmentationStatus.Empty,
    };

    /// <summary>Writes one of the files whole, or not at all.</summary>
    /// <param name="output">Out of <see cref="Outputs"/>.</param>
    /// <param name="path">Full path of the file.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <exception cref="CoreException"><see cref="Fault.OutputIsInput"/>, <see cref="Fault.FileNotFound"/>,
    /// <see cref="Fault.SourceSeriesDiffers"/>,
    /// <see cref="Fault.SourceGridDiffers"/>,
    /// <see cref="Fault.FrameOfReferenceMissing"/>, <see cref="Fault.LabelMissing"/>: a structure has no voxel;
    /// <see cref="Fault.FileWriteFailed"/> and others.</exception>
    public void Write(DicomOutput output, string path, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        SourceSeries source = FindSource(cancellation);
        IReadOnlyList<string> images = source.First.File.Source.Archive is null ? source.Info.Files : [];
        InputGuard.Check(path, [_sourcePath, Mask?.Source.Path, .. images]);
        var header = new DerivedObject(source, output.Kind, output.Segments, _options);
        switch (output.Kind)
        {
            case DicomObjectKind.Seg:
                SegmentationWriter.Write(path, header, VoxelsOf(source, cancellation), cancellation);
                break;
            case DicomObjectKind.RtStruct:
                StructureSetWriter.Write(path, header, Needed, cancellation);
                break;
            case DicomObjectKind.Preview:
                WritePreview(path, header, cancellation);
                break;
            default:
                WriteReport(path, header, cancellation);
                break;
        }
    }

    private LabelVolume? Mask => _request.Mask ?? _request.Result?.Mask;

    /// <summary>The probabilities in steps of 1/255.</summary>
    private LabelVolume? Probability => _probability ??= _request.Result?.Probability is { } p
        ? new LabelVolume(p.Grid, [.. p.Values.ToArray().Select(v => (byte)MathF.Round(byte.MaxValue * v))], p.Source) : null;

    /// <summary>What a segmentation says of the source's pixels.</summary>
    private ReadOnlyMemory<byte> VoxelsOf(SourceSeries source, CancellationToken cancellation) =>
        source.LabelsOf(_options.Probability ? Probability! : Needed, _options.OnSourceSlices, cancellation);

    private LabelVolume Needed => Mask
        ?? throw new CoreException(Fault.LabelMissing, "The case ended without a mask.", null, "Look at its status.");

    private static VolumeSource? Source(DicomExportRequest request) => request.Mask?.Source ?? request.Result?.Source;

    private IEnumerable<DicomOutput> OutputsOf(DicomObjectKind kind)
    {
        IReadOnlyList<DicomSegment> all = _request.Segments;
        string suffix = kind == DicomObjectKind.Seg && _options.Probability ? $".probability{Suffix(kind)}" : Suffix(kind);
        return kind != DicomObjectKind.Seg || _request.Combined || all.Count == 1 ? [new DicomOutput(kind, all, suffix)]
            : all.Select(s => new DicomOutput(kind, [s], $".{s.Structure.Name.Replace(' ', '-')}{suffix}"));
    }

    private SourceSeries FindSource(CancellationToken cancellation)
    {
        if (_source is not null) return _source;
        _source = _request.SourceSeries is { } series ? SourceSeries.Of(series)
            : SourceSeries.Find(_sourcePath, Mask?.Grid, Source(_request)!.SeriesUid, cancellation);
        return _source;
    }

    private void WritePreview(string path, DerivedObject header, CancellationToken cancellation)
    {
        PreviewOptions words = _request.Result is { } result ? PreviewWords.Of(result) : new PreviewOptions();
        PngImage image = SegmentationPreview.Draw(Ct(header, cancellation), Mask, words, cancellation: cancellation).Image;
        SecondaryCaptureWriter.Write(path, header, image.Rgb, image.Width, Mask?.Labels ?? default, cancellation);
    }

    private void WriteReport(string path, DerivedObject header, CancellationToken cancellation)
    {
        SegmentMeasurement[] measurements = [.. header.Segments.Select(segment => Measure(header, segment, cancellation))];
        string comment = $"{DerivedObject.Warning}.";
        if (_request.Result is { } result)
        {
            string reasons = result.Reasons.Count > 0 ? $" ({string.Join(", ", result.Reasons)})" : "";
            comment = $"Status {result.Status}{reasons}, model {Ascii(result.Model)}. {comment}";
        }
        MeasurementReportWriter.Write(path, header, measurements, comment, Mask?.Labels ?? default, cancellation);
    }

    private SegmentMeasurement Measure(DerivedObject header, DicomSegment segment, CancellationToken cancellation)
    {
        if (Mask is not { } mask || mask.Count(segment.Label) == 0) return new SegmentMeasurement(segment, 0, null, null);
        MaskStatistics statistics = _request.Result?.Statistics is { } known && segment.Label == 1 && _request.Mask is null ? known
            : MaskStatistics.Measure(mask.Select(segment.Label), Ct(header, cancellation), cancellation);
        DicomOutput where = OutputsOf(DicomObjectKind.Seg).Single(o => o.Segments.Contains(segment));
        var segmentation = new DerivedObject(header.Source, DicomObjectKind.Seg, where.Segments, _options);
        bool hasSegmentation = _options.OnSourceSlices
            || (header.Source.Info.Grid is { } grid && LabelVolume.SharesVoxels(mask.Grid, grid));
        SegmentReference? reference = !hasSegmentation ? null : new SegmentReference(segmentation.SeriesUid,
            SegmentationWriter.InstanceUid(segmentation, VoxelsOf(header.Source, cancellation)),
            where.Segments.ToList().IndexOf(segment) + 1);
        return new SegmentMeasurement(segment, statistics.VolumeMl, statistics.MeanHu, reference);
    }

    /// <summary>The CT on the mask's grid, read when first needed; regularized as the mask's was.</summary>
    private CtVolume Ct(DerivedObject header, CancellationToken cancellation)
    {
        _ct ??= CtSeriesReader.Read(header.Source.Info, new CtSeriesOptions { Regularize = true }, null, cancellation);
        VolumeGrid? grid = Mask?.Grid;
        return grid is null || grid.Matches(_ct.Grid) ? _ct : _ct.To(grid, cancellation);
    }

    private static MaskOrigin OriginOf(SegmentationResult result) => new(Ascii(result.Model), result.ModelSha256,
        result.Threshold is { } threshold ? string.Create(CultureInfo.InvariantCulture, $"threshold {threshold:0.######}") : "");

    private static string Ascii(string text) => new([.. text.Select(c => c is >= ' ' and < '\x7F' and not '\\' ? c : '_')]);
}
