using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Dicom;

namespace PancreasSeg.Commands;

/// <summary>Lists the DICOM series under a path, each with its geometry and the reason why it can or cannot be used.</summary>
[Cmdlet(VerbsCommon.Get, "CtSeries", DefaultParameterSetName = PathSet)]
[OutputType(typeof(CtSeriesInfo))]
public sealed class GetCtSeriesCommand : PathCommand
{
    /// <summary>Only series that can be imported.</summary>
    [Parameter]
    public SwitchParameter Usable { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string path in ResolvePaths()) TryItem(path, () => List(path));
    }

    private void List(string path)
    {
        CtSeriesScan scan = RunWork("Looking for CT series", channel => CtSeriesFinder.Find(path, null, channel, channel.Cancellation));
        foreach (string reason in scan.Unreadable) WriteWarning(reason);
        if (scan.NotDicomCount + scan.NotImageCount > 0)
            WriteVerbose(
                $"'{path}': {scan.FileCount} files, {scan.NotDicomCount} of them no DICOM and {scan.NotImageCount} DICOM without an image.");
        foreach (CtSeriesInfo series in scan.Series)
        {
            if (!Usable || series.IsUsable) WriteObject(series);
        }
    }
}
