using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Pacs;

namespace PancreasSeg.Commands;

/// <summary>Fetches series from an archive, whole or not at all.</summary>
[Cmdlet(VerbsCommunications.Receive, "DicomSeries", SupportsShouldProcess = true)]
[OutputType(typeof(DirectoryInfo))]
public sealed class ReceiveDicomSeriesCommand : LongRunningCommand
{
    private string _folder = "";

    /// <summary>Series out of Find-DicomStudy.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public DicomSeriesReference? InputObject { get; set; }

    /// <summary>Folder in which each series gets a folder.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("Destination")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Creates the folder and replaces series that are there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _folder = this.ResolveOutput(Path);

    /// <inheritdoc/>
    protected override void ProcessRecord() => TryItem(InputObject, () =>
    {
        DicomSeriesReference series = InputObject!;
        if (!ShouldProcess($"{series}", $"Receive into '{_folder}', with the patient module")) return;
        if (!Force && !Directory.Exists(_folder))
            throw new CoreException(Fault.FileNotFound, $"The folder '{_folder}' does not exist.", _folder, "Create it, or let -Force do so.");
        IReadOnlyList<string> files = RunWork("Receiving a series", channel =>
            SeriesReceiver.Receive(series, _folder, Force, channel, channel.Cancellation));
        this.WriteFile(System.IO.Path.GetDirectoryName(files[0])!);
    });
}
