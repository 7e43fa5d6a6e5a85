using System.Management.Automation;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using PancreasSeg.Common;
using PancreasSeg.Pacs;

namespace PancreasSeg.Commands;

/// <summary>Stores DICOM files in an archive and proves that it has them.</summary>
[Cmdlet(VerbsCommunications.Send, "DicomFile", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(SendResult))]
public sealed class SendDicomFileCommand : PathCommand
{
    private readonly List<string> _files = [];
    private readonly HashSet<string> _seen =
        new(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);

    /// <summary>Root of the server's DICOMweb services.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNull]
    public Uri? Uri { get; set; }

    /// <summary>User name and password.</summary>
    [Parameter]
    [Credential]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>A bearer token.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Token { get; set; }

    /// <summary>The client's own certificate.</summary>
    [Parameter]
    [ValidateNotNull]
    public X509Certificate2? Certificate { get; set; }

    /// <summary>SHA-256 of the only certificate that the server may have.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CertificateFingerprint { get; set; }

    /// <summary>The study that all files must be of.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StudyInstanceUid { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string path in ResolvePaths())
        {
            string[] files = [path];
            if (Directory.Exists(path) && !TryItem(path, () => files = FileFault.Reading(path, () => Files(path)))) continue;
            // A folder and its own files may both come, as of Get-ChildItem -Recurse.
            foreach (string file in files.Select(System.IO.Path.GetFullPath).Where(_seen.Add))
                if (TryItem(file, () => InstanceIdentity.Read(file, CancellationToken.None))) _files.Add(file);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        DicomWebServer server = SetUp(Uri, () => ServerCommand.Server(Uri!, Credential, Token, Certificate, CertificateFingerprint));
        if (_files.Count == 0 || !ShouldProcess($"{server}", $"Send {_files.Count} files, which contain the patient module")) return;
        TryItem(Uri, () => RunWork("Sending DICOM", channel =>
        {
            foreach (SendResult result in InstanceSender.Send(server, _files, StudyInstanceUid, channel, channel.Cancellation))
            {
                if (!result.IsThere) channel.Error(NotThere(result, server));
                channel.Output(result);
            }
        }));
    }

    private static string[] Files(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static CoreException NotThere(SendResult result, DicomWebServer server) => result.Status == SendStatus.Refused
        ? new CoreException(Fault.InstanceRefused, $"'{server}' refused '{result.Path}': {result.Reason}.", result.Path,
            "Correct the object or the archive's rules, then send it again.")
        : new CoreException(Fault.InstanceUnproven, $"'{result.Path}' was sent, but '{server}' does not list it: {result.Reason}.", result.Path,
            "Send it again later: what is there is not sent twice. If it stays so, the archive loses it.");
}
