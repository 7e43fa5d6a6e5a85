using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Dicom;
using PancreasSeg.Import;

namespace PancreasSeg.Commands;

/// <summary>Lists the DICOM series under a path, each with its geometry and the reason why it can or cannot be used.</summary>
[Cmdlet(VerbsCommon.Get, "CtSeries", DefaultParameterSetName = PathSet)]
[OutputType(typeof(CtSeriesInfo))]
public sealed class GetCtSeriesCommand : PathCommand
{
    /// <summary>Only series that can be imported.</summary>
    [Parameter]
    public SwitchParameter Usable { get; set; }

    /// <summary>Tells description and date too, which may be personal.</summary>
    [Parameter]
    public SwitchParameter IncludeDescription { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string[] paths = [.. ResolvePaths()];
        bool among = paths.Length > 1 || MyInvocation.ExpectingInput;
        foreach (string path in paths) TryItem(path, () => List(path, among));
    }

    private void List(string path, bool among)
    {
        CtSeriesScan scan = RunWork("Looking for CT series", channel => CtSeriesFinder.Find(path, null, channel, channel.Cancellation));
        foreach (string reason in scan.Unreadable) WriteWarning(reason);
        if (scan.NotDicomCount + scan.NotImageCount > 0)
            WriteVerbose(
                $"'{path}': {scan.FileCount} files, {scan.NotDicomCount} of them no DICOM and {scan.NotImageCount} DICOM without an image.");
        if (scan.Series.Count == 0 && DataLayout.Of(path) is { } layout)
            WriteWarning($"'{path}' holds no DICOM series; it is {layout.What}. {layout.Remedy}");
        foreach (CtSeriesInfo series in scan.Series)
        {
            if (Usable && !series.IsUsable) continue;
            CtSeriesInfo listed = series.Below(path, among);
            WriteObject(IncludeDescription ? Described(listed) : listed);
        }
    }

    /// <summary>Under a type name of its own, by which the view with these columns is chosen.</summary>
    private static PSObject Described(CtSeriesInfo series)
    {
        var shown = new PSObject(series.Described());
        shown.TypeNames.Insert(0, $"{typeof(CtSeriesInfo)}#Described");
        return shown;
    }
}
