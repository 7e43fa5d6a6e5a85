using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace PancreasSeg.Pacs;

/// <summary>A DICOMweb archive: its address, and how to sign on, which is never shown. Safe from several threads.</summary>
public sealed class DicomWebServer
{
    private readonly NetworkCredential? _credential;
    private readonly SecureString? _token;
    private readonly X509Certificate2? _certificate;
    private readonly string? _fingerprint;
    private readonly Lazy<HttpClient> _http;

    /// <summary>Takes the address; nothing is sent yet.</summary>
    /// <param name="uri">The root of the services, e.g. <c>https://pacs.example/dicom-web</c>.</param>
    /// <param name="credential">User name and password (HTTP basic authentication); null for none.</param>
    /// <param name="token">A bearer token; null for none.</param>
    /// <param name="certificate">The client's own certificate with its key; null for none.</param>
    /// <param name="fingerprint">SHA-256 of the only certificate the server may have, in hexadecimal digits, colons between them allowed;
    /// null for any that a trusted authority has signed for the server's name.</param>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/>: no address of http or https, or a credential over http to another
    /// machine.</exception>
    public DicomWebServer(Uri uri, NetworkCredential? credential = null, SecureString? token = null, X509Certificate2? certificate = null,
        string? fingerprint = null)
    {
        ArgumentNullException.ThrowIfNull(uri);
        if (!uri.IsAbsoluteUri || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0 || uri.Query.Length > 0
            || uri.Fragment.Length > 0)
            throw Invalid("The address of a DICOMweb server is http or https and a path, without user name, question mark or number sign.",
                "Write e.g. https://pacs.example/dicom-web; user name and password go into a credential.");
        Uri = new Uri(uri.AbsoluteUri.TrimEnd('/') + '/');
        if (credential is not null && token is not null)
            throw Invalid("A server is signed on to with a password or a token, not both.", "Leave one of them out.");
        if (Uri.Scheme == "http" && !Uri.IsLoopback && (credential is not null || token is not null))
            throw Invalid("Passwords and tokens are not sent over http, where everyone on the way can read them.",
                "Use https; http with a password is for this machine itself (localhost).");
        if (credential?.UserName.Contains(':', StringComparison.Ordinal) == true)
            throw Invalid("A user name with a colon cannot be sent by basic authentication.", "Use another account.");
        (_credential, _token, _certificate) = (credential, token, certificate);
        _fingerprint = fingerprint is null ? null : Fingerprint(fingerprint);
        _http = new Lazy<HttpClient>(Connect);
    }

    /// <summary>The root of the services, with a slash at its end.</summary>
    public Uri Uri { get; }

    /// <summary>The address alone.</summary>
    public override string ToString() => Uri.ToString();

    /// <summary>How long to wait for the server, and when to ask again.</summary>
    internal ServerPatience Patience { get; init; } = ServerPatience.Default;

    /// <summary>The proxy on the way, as the environment or the system has it; null for none. It may hold a password.</summary>
    internal Uri? Proxy => Uri.IsLoopback ? null : HttpClient.DefaultProxy.IsBypassed(Uri) ? null : HttpClient.DefaultProxy.GetProxy(Uri);

    /// <summary>One for all requests, which share its connections.</summary>
    internal HttpClient Http => _http.Value;

    /// <summary>SHA-256 of the certificate that the server showed last; null before, and without TLS.</summary>
    internal string? SeenFingerprint { get; private set; }

    /// <summary>True when that one was not trusted.</summary>
    internal bool CertificateRefused { get; private set; }

    /// <summary>What a request states of the user; null for nothing.</summary>
    internal AuthenticationHeaderValue? Authorization => _credential is not null
        ? new AuthenticationHeaderValue("Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_credential.UserName}:{_credential.Password}")))
        : _token is not null ? new AuthenticationHeaderValue("Bearer", new NetworkCredential("", _token).Password) : null;

    private HttpClient Connect() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = !Uri.IsLoopback,
        ConnectTimeout = Patience.Connection,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = Trusts,
            ClientCertificates = _certificate is null ? null : [_certificate],
        },
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    // A named certificate is trusted because it is that one, whoever signed it; any other only by its signature, name and dates.
    private bool Trusts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        SeenFingerprint = certificate?.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256);
        bool trusted = certificate is not null && (_fingerprint is null ? errors == SslPolicyErrors.None : SeenFingerprint == _fingerprint);
        CertificateRefused = !trusted;
        return trusted;
    }

    private static string Fingerprint(string text)
    {
        string digits = text.Replace(":", "", StringComparison.Ordinal).Trim().ToUpperInvariant();
        return digits.Length == 64 && digits.All(char.IsAsciiHexDigit) ? digits
            : throw Invalid("The fingerprint of a certificate is 64 hexadecimal digits (SHA-256).",
                "openssl x509 -in server.pem -noout -fingerprint -sha256 shows it.");
    }

    private static CoreException Invalid(string message, string remedy) => new(Fault.SettingInvalid, message, null, remedy);
}
