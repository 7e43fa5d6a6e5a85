using System.Management.Automation;
using System.Net;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using PancreasSeg.Pacs;

namespace PancreasSeg.Common;

/// <summary>A cmdlet that asks a DICOMweb server.</summary>
public abstract class ServerCommand : LongRunningCommand
{
    /// <summary>Root of the server's DICOMweb services.</summary>
    [Parameter(Mandatory = true, Position = 0)]
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

    /// <summary>The server.</summary>
    private protected DicomWebServer Server() =>
        SetUp(Uri, () => Server(Uri!, Credential, Token, Certificate, CertificateFingerprint));

    /// <summary>A server of what a user gives. The user name goes as it is: PowerShell's own conversion would cut a domain off.</summary>
    internal static DicomWebServer Server(
        Uri uri, PSCredential? credential, SecureString? token, X509Certificate2? certificate, string? fingerprint) => new(uri,
            credential is null ? null : new NetworkCredential { UserName = credential.UserName, SecurePassword = credential.Password },
            token, certificate, fingerprint);
}
