using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Dicom;

namespace PancreasSeg.Commands;

/// <summary>Reads a CT from a DICOM folder or a NIfTI file into Hounsfield units.</summary>
[Cmdlet(VerbsData.Import, "CtSeries", DefaultParameterSetName = PathSet)]
[OutputType(typeof(CtVolume))]
public sealed class ImportCtSeriesCommand : PathCommand
{
    /// <summary>Which series, where a folder holds several.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SeriesUidCompleter))]
    public string? SeriesInstanceUid { get; set; }

    /// <summary>Voxels beyond which a series is refused.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int MaxVoxelCount { get; set; } = 1 << 30;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string path in ResolvePaths()) TryItem(path, () => Import(path));
    }

    private void Import(string path)
    {
        var options = new CtSeriesOptions { MaxVoxels = MaxVoxelCount };
        CtVolume volume = RunWork("Reading CT", channel => CtImporter.Read(path, SeriesInstanceUid, options, channel, channel.Cancellation));
        foreach (string note in volume.Source.Notes) WriteWarning($"'{path}': {note}");
        WriteVerbose($"'{path}': {volume.Grid}, {volume.Grid.Orientation}.");
        WriteObject(volume);
    }
}
