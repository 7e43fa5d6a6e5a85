using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Dicom;
using PancreasSeg.Import;
using PancreasSeg.Pacs;

namespace PancreasSeg.Commands;

/// <summary>Reads a CT from a DICOM folder or zip archive or a NIfTI file into Hounsfield units.</summary>
[Cmdlet(VerbsData.Import, "CtSeries", DefaultParameterSetName = PathSet)]
[OutputType(typeof(CtVolume))]
public sealed class ImportCtSeriesCommand : PathCommand
{
    private const string InputObjectSet = "InputObject", ArchiveSet = "Archive";

    /// <summary>A series out of Get-CtSeries.</summary>
    [Parameter(Mandatory = true, ParameterSetName = InputObjectSet, ValueFromPipeline = true)]
    [ValidateNotNull]
    public CtSeriesInfo? InputObject { get; set; }

    /// <summary>A series in an archive, out of Find-DicomStudy.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ArchiveSet, ValueFromPipeline = true)]
    [ValidateNotNull]
    public DicomSeriesReference? ArchiveSeries { get; set; }

    /// <summary>Which series, where a path holds several.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SeriesUidCompleter))]
    public string? SeriesInstanceUid { get; set; }

    /// <summary>Takes the series whose description matches; * and ? are wildcards.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string? DescriptionLike { get; set; }

    /// <summary>Takes the series with the thinnest slices.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public SwitchParameter ThinnestSlice { get; set; }

    /// <summary>Takes the series with the most slices.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public SwitchParameter MostSlices { get; set; }

    /// <summary>Takes the latest series.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public SwitchParameter Newest { get; set; }

    /// <summary>Resamples an irregular series onto a regular grid instead of refusing it.</summary>
    [Parameter]
    public SwitchParameter Regularize { get; set; }

    /// <summary>Voxels beyond which a series is refused.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int MaxVoxelCount { get; set; } = 1 << 30;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var options = new CtSeriesOptions
        {
            MaxVoxels = MaxVoxelCount,
            Regularize = Regularize,
            Rules = new SeriesRules
            {
                DescriptionLike = DescriptionLike,
                ThinnestSlice = ThinnestSlice,
                MostSlices = MostSlices,
                Newest = Newest,
            },
        };
        if (InputObject is { } series)
        {
            Import(series.Path, series.Path, channel => CtSeriesReader.Read(series, options, channel, channel.Cancellation));
            return;
        }
        if (ArchiveSeries is { } reference)
        {
            Import($"{reference}", reference, channel => SeriesReceiver.ReadCt(reference, options, channel, channel.Cancellation));
            return;
        }
        foreach (string path in ResolvePaths())
        {
            Import(path, path, channel => CtImporter.Read(path, SeriesInstanceUid, options, channel, channel.Cancellation));
        }
    }

    private void Import(string name, object target, Func<PipelineChannel, CtVolume> read) => TryItem(target, () =>
    {
        CtVolume volume = RunWork("Reading CT", read);
        foreach (string note in volume.Source.Notes) WriteWarning($"'{name}': {note}");
        WriteVerbose($"'{name}': {volume.Grid}, {volume.Grid.Orientation}.");
        WriteObject(volume);
    });
}
