using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PancreasSeg.Pacs;

namespace PancreasSeg.Core.Tests.Pacs;

/// <summary>Who is spoken to, how, and what is said when that fails.</summary>
public sealed class DicomWebServerTests : IDisposable
{
    private const string Password = "pass-w0rd-of-test";
    private readonly TestArchive _archive = new();

    public void Dispose() => _archive.Dispose();

    [Theory]
    [InlineData("ftp://pacs/dicom-web")]
    [InlineData("file:///dicom-web")]
    [InlineData("https://user:secret@pacs/dicom-web")]
    [InlineData("https://pacs/dicom-web?x=1")]
    [InlineData("https://pacs/dicom-web#x")]
    public void Only_a_plain_address_is_taken(string address) => AssertInvalid(() => new DicomWebServer(new Uri(address)));

    [Fact]
    public void Passwords_and_tokens_go_over_https_or_stay_on_this_machine()
    {
        NetworkCredential user = new("batch", Password);
        SecureString token = new NetworkCredential("", Password).SecurePassword;
        AssertInvalid(() => new DicomWebServer(new Uri("http://pacs.example/dicom-web"), user));
        AssertInvalid(() => new DicomWebServer(new Uri("http://10.0.0.5/dicom-web"), token: token));
        AssertInvalid(() => new DicomWebServer(new Uri("http://localhost.pacs.example/dicom-web"), user));
        AssertInvalid(() => new DicomWebServer(new Uri("https://pacs.example/dicom-web"), user, token));
        AssertInvalid(() => new DicomWebServer(new Uri("https://pacs.example/dicom-web"), new NetworkCredential("a:b", Password)));
        foreach (string address in new[] { "https://pacs.example/dicom-web", "http://localhost/x", "http://127.0.0.1:8042/x", "http://[::1]/x" })
            Assert.NotNull(new DicomWebServer(new Uri(address), user).Authorization);
        Assert.Equal("https://pacs.example/dicom-web/", new DicomWebServer(new Uri("https://pacs.example/dicom-web"), user).ToString());
    }

    [Fact]
    public void What_signs_on_is_sent_and_never_shown()
    {
        _archive.User = $"batch:{Password}";
        var server = new DicomWebServer(_archive.Uri, new NetworkCredential("batch", Password)) { Patience = _archive.Server().Patience };
        Assert.Empty(ArchiveSearch.Find(server, new StudyQuery()));
        string shown = string.Join(' ', server, System.Text.Json.JsonSerializer.Serialize(server));
        Assert.DoesNotContain(Password, shown, StringComparison.Ordinal);
        Assert.DoesNotContain(typeof(DicomWebServer).GetProperties(), p => p.Name != "Uri");
    }

    [Theory]
    [InlineData(401, Fault.CredentialRefused, 1)]
    [InlineData(403, Fault.CredentialRefused, 1)]
    [InlineData(404, Fault.ServerRequestRefused, 1)]
    [InlineData(405, Fault.ServerRequestRefused, 1)]
    [InlineData(500, Fault.ServerUnreachable, 3)]
    [InlineData(503, Fault.ServerUnreachable, 3)]
    [InlineData(429, Fault.ServerUnreachable, 3)]
    public void A_status_that_may_pass_is_tried_again_and_no_other(int status, Fault fault, int tries)
    {
        _archive.Fault = _ => TestArchive.Answer(status);
        ArchiveSearchTests.AssertFault(fault, () => ArchiveSearch.Find(_archive.Server(), new StudyQuery { PatientId = "SECRET-ID" }).Count());
        Assert.Equal(tries, _archive.Requests.Length);
    }

    [Theory]
    [InlineData("Bearer realm=\"archive\"", false, "asks for a bearer token (401)", "-Token")]
    [InlineData("Bearer error=\"invalid_token\"", true, "does not accept the token (401)", "expired")]
    [InlineData("Basic realm=\"archive\"", false, "does not accept the user (401)", "password")]
    public void What_an_archive_wants_of_its_user_is_told(string challenge, bool hasToken, string message, string remedy)
    {
        _archive.Fault = _ => TestArchive.Answer(401, $"WWW-Authenticate: {challenge}\r\n");
        DicomWebServer server = hasToken ? new DicomWebServer(_archive.Uri, token: new NetworkCredential("", Password).SecurePassword)
            : new DicomWebServer(_archive.Uri, new NetworkCredential("batch", Password));
        var error = Assert.Throws<CoreException>(() => ArchiveSearch.Find(server, new StudyQuery()).Count());
        Assert.Equal(Fault.CredentialRefused, error.Fault);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, error.ToString(), StringComparison.Ordinal);
    }

    // As HTTPS_PROXY names one: it asks for a user, lets nothing through, or is away.
    [Theory]
    [InlineData(407, Fault.ServerRequestRefused, "The proxy 127.0.0.1 lets nothing through to 'https://pacs.example/dicom-web/'.")]
    [InlineData(403, Fault.ServerRequestRefused, "The proxy 127.0.0.1 lets nothing through to 'https://pacs.example/dicom-web/'.")]
    [InlineData(0, Fault.ServerUnreachable, "cannot be reached by way of the proxy 127.0.0.1:")]
    public void A_proxy_that_stands_in_the_way_is_named_without_its_password(int status, Fault fault, string message)
    {
        (IWebProxy before, int port) = (HttpClient.DefaultProxy, _archive.Uri.Port);
        _archive.Fault = _ => TestArchive.Answer(status);
        if (status == 0) _archive.Dispose();
        try
        {
            HttpClient.DefaultProxy = new WebProxy(new Uri($"http://user:{Password}@127.0.0.1:{port}"));
            var server = new DicomWebServer(new Uri("https://pacs.example/dicom-web"), new NetworkCredential("batch", Password))
            {
                Patience = _archive.Server().Patience,
            };
            var error = Assert.Throws<CoreException>(() => ArchiveSearch.Find(server, new StudyQuery()).Count());
            Assert.Equal(fault, error.Fault);
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(Password, $"{error.Message} {error.Remedy}", StringComparison.Ordinal);
            // A machine's own services are never asked for by way of a proxy.
            Assert.Null(_archive.Server().Proxy);
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }
    }

    [Fact]
    public void A_server_that_is_busy_twice_answers_the_third_time()
    {
        int asked = 0;
        _archive.Fault = _ => ++asked < 3 ? TestArchive.Answer(503) : null;
        Assert.Empty(ArchiveSearch.Find(_archive.Server(), new StudyQuery()));
        Assert.Equal(3, asked);
    }

    [Fact]
    public void Retry_after_is_waited_for()
    {
        long begun = 0, again = 0;
        _archive.Fault = _ =>
        {
            if (begun == 0) begun = Environment.TickCount64;
            else again = Environment.TickCount64;
            return again == 0 ? TestArchive.Answer(429, "Retry-After: 1\r\n") : null;
        };
        Assert.Empty(ArchiveSearch.Find(_archive.Server(), new StudyQuery()));
        Assert.True(again - begun >= 900);
    }

    [Fact]
    public void A_server_that_falls_silent_is_given_up_and_asked_again()
    {
        using var never = new ManualResetEventSlim();
        _archive.Fault = _ =>
        {
            never.Wait(TimeSpan.FromSeconds(20));
            return null;
        };
        ArchiveSearchTests.AssertFault(
            Fault.ServerUnreachable, () => ArchiveSearch.Find(_archive.Server(silenceMilliseconds: 150), new StudyQuery()).Count());
        Assert.Equal(3, _archive.Requests.Length);
        never.Set();
    }

    [Fact]
    public void A_slow_answer_is_an_answer()
    {
        _archive.Fault = _ =>
        {
            Thread.Sleep(300);
            return null;
        };
        Assert.Empty(ArchiveSearch.Find(_archive.Server(), new StudyQuery()));
        Assert.Single(_archive.Requests);
    }

    [Fact]
    public void Nobody_at_the_address_is_told_as_such()
    {
        DicomWebServer server = _archive.Server();
        _archive.Dispose();
        var error = Assert.Throws<CoreException>(() => ArchiveSearch.Find(server, new StudyQuery { PatientId = "SECRET-ID" }).Count());
        Assert.Equal(Fault.ServerUnreachable, error.Fault);
        Assert.DoesNotContain("SECRET", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dicom-web/other/studies", null)]
    [InlineData("http://evil.example/dicom-web/studies", Fault.ServerAnswerInvalid)]
    [InlineData("http://127.0.0.1:9/dicom-web/other/studies", Fault.ServerAnswerInvalid)]
    [InlineData("https://127.0.0.1:9/dicom-web/other/studies", Fault.ServerAnswerInvalid)]
    [InlineData("/dicom-web/studies", Fault.ServerAnswerInvalid)]
    public void A_redirect_is_followed_on_the_same_host_and_port_only(string location, Fault? fault)
    {
        _archive.Fault = request => request.Path == "studies" ? TestArchive.Answer(302, $"Location: {location}\r\n")
            : TestArchive.Answer(200, "application/dicom+json", "[]"u8.ToArray());
        if (fault is { } expected)
            ArchiveSearchTests.AssertFault(expected, () => ArchiveSearch.Find(_archive.Server(), new StudyQuery()).Count());
        else Assert.Empty(ArchiveSearch.Find(_archive.Server(), new StudyQuery()));
    }

    [Fact]
    public void A_certificate_is_trusted_by_its_authority_or_because_it_is_the_one_named()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 own = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var certificate = X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), null);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        new Thread(() => ServeTls(listener, certificate)) { IsBackground = true }.Start();
        var uri = new Uri($"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/dicom-web");
        string fingerprint = certificate.GetCertHashString(HashAlgorithmName.SHA256);
        DicomWebServer Server(string? pin) => new(uri, fingerprint: pin) { Patience = _archive.Server().Patience };

        var error = Assert.Throws<CoreException>(() => ArchiveSearch.Find(Server(null), new StudyQuery()).Count());
        Assert.Equal(Fault.CertificateUntrusted, error.Fault);
        Assert.Contains(fingerprint, error.Message, StringComparison.Ordinal);
        Assert.Empty(ArchiveSearch.Find(Server(fingerprint), new StudyQuery()));
        string colons = string.Join(':', fingerprint.ToLowerInvariant().Chunk(2).Select(c => new string(c)));
        Assert.Empty(ArchiveSearch.Find(Server(colons), new StudyQuery()));
        ArchiveSearchTests.AssertFault(
            Fault.CertificateUntrusted, () => ArchiveSearch.Find(Server(new string('0', 64)), new StudyQuery()).Count());
        AssertInvalid(() => Server("12345"));
    }

    private static void ServeTls(TcpListener listener, X509Certificate2 certificate)
    {
        while (true)
        {
            try
            {
                using TcpClient client = listener.AcceptTcpClient();
                using var stream = new SslStream(client.GetStream());
                stream.AuthenticateAsServer(certificate);
                if (TestArchive.Request.Read(stream) is not null)
                    stream.Write(TestArchive.Answer(200, "application/dicom+json", "[]"u8.ToArray()));
            }
            catch (Exception e) when (e is IOException or AuthenticationException)
            {
                // The client did not trust it.
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }

    private static void AssertInvalid(Func<object> make) =>
        Assert.Equal(Fault.SettingInvalid, Assert.Throws<CoreException>(() => make()).Fault);
}
