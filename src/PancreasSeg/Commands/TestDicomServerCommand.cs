using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Pacs;

namespace PancreasSeg.Commands;

/// <summary>Tells what a DICOMweb server can do and what is wrong.</summary>
[Cmdlet(VerbsDiagnostic.Test, "DicomServer")]
[OutputType(typeof(DicomServerInfo))]
public sealed class TestDicomServerCommand : ServerCommand
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        DicomWebServer server = Server();
        TryItem(Uri, () => WriteObject(RunWork("Trying a DICOMweb server", channel => ServerCheck.Run(server, channel.Cancellation))));
    }
}
