using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using PancreasSeg.Pacs;

namespace PancreasSeg.TestSupport;

/// <summary>
/// A real Orthanc with its DICOMweb plugin on 127.0.0.1, with authentication, and nginx with TLS before it where that is installed.
/// Debian: apt-get install orthanc orthanc-dicomweb nginx-light.
/// </summary>
internal sealed class OrthancServer : IDisposable
{
    public const string User = "batch", Password = "s3cret-of-test";
    private const string Plugin = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";

    private static readonly string? s_program = Find("Orthanc"), s_proxy = Find("nginx");

    private readonly string _folder = Directory.CreateTempSubdirectory("orthanc-").FullName;
    private readonly List<Process> _processes = [];
    private readonly int _port = FreePort(), _tlsPort = FreePort(), _dicomPort = FreePort();

    public OrthancServer()
    {
        if (Absent is not null) return;
        Start();
        if (s_proxy is not null) StartProxy();
    }

    /// <summary>Why there is none; null where there is.</summary>
    public static string? Absent => s_program is null || !File.Exists(Plugin)
        ? "Orthanc is not installed (apt-get install orthanc orthanc-dicomweb)" : null;

    public static string? ProxyAbsent => Absent ?? (s_proxy is null ? "nginx is not installed (apt-get install nginx-light)" : null);

    public Uri Uri => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}/dicom-web"));

    public Uri TlsUri => new(string.Create(CultureInfo.InvariantCulture, $"https://localhost:{_tlsPort}/dicom-web"));

    public int DicomPort => _dicomPort;

    /// <summary>SHA-256 of the certificate of <see cref="TlsUri"/>.</summary>
    public string Fingerprint { get; private set; } = "";

    /// <summary>Everything that Orthanc has logged.</summary>
    public string Log => File.ReadAllText(Path.Combine(_folder, "log"));

    public DicomWebServer Server(string password = Password) => new(Uri, new NetworkCredential(User, password));

    /// <summary>Ends it as a power failure would.</summary>
    public void Kill()
    {
        _processes[0].Kill();
        _processes[0].WaitForExit();
    }

    /// <summary>Starts it anew with what it had stored.</summary>
    public void Restart()
    {
        _processes[0].Dispose();
        _processes.RemoveAt(0);
        Start();
    }

    public void Dispose()
    {
        foreach (Process process in _processes)
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }

    private void Start()
    {
        string configuration = Path.Combine(_folder, "orthanc.json");
        File.WriteAllText(configuration, JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["Name"] = "Test",
            ["StorageDirectory"] = Path.Combine(_folder, "db"),
            ["IndexDirectory"] = Path.Combine(_folder, "db"),
            ["Plugins"] = new[] { Plugin },
            ["HttpPort"] = _port,
            ["RemoteAccessAllowed"] = false,
            ["AuthenticationEnabled"] = true,
            ["RegisteredUsers"] = new Dictionary<string, string> { [User] = Password },
            ["DicomAet"] = "ORTHANC",
            ["DicomPort"] = _dicomPort,
            ["DicomCheckCalledAet"] = true,
            ["DefaultEncoding"] = "Utf8",
            ["OverwriteInstances"] = false,
            ["SyncStorageArea"] = false,
            ["DicomWeb"] = new { Enable = true, Root = "/dicom-web/" },
        }));
        _processes.Insert(0, Run(s_program!, "--logfile=" + Path.Combine(_folder, "log"), configuration));
        using var client = new HttpClient();
        for (int i = 0; i < 300; i++)
        {
            try
            {
                using HttpResponseMessage answer = client.GetAsync(new Uri($"{Uri}/studies")).GetAwaiter().GetResult();
                if (answer.StatusCode == HttpStatusCode.Unauthorized) return;
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }
            Thread.Sleep(100);
        }
        throw new InvalidOperationException($"Orthanc did not start: {Log}");
    }

    private void StartProxy()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        Fingerprint = certificate.GetCertHashString(HashAlgorithmName.SHA256);
        File.WriteAllText(Path.Combine(_folder, "c.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "k.pem"), key.ExportPkcs8PrivateKeyPem());
        string configuration = Path.Combine(_folder, "nginx.conf");
        File.WriteAllText(configuration, string.Create(CultureInfo.InvariantCulture, $$"""
            daemon off; master_process off; pid {{_folder}}/nginx.pid; error_log {{_folder}}/nginx.log warn;
            events { worker_connections 64; }
            http {
              access_log off; client_body_temp_path {{_folder}}/b; proxy_temp_path {{_folder}}/p; fastcgi_temp_path {{_folder}}/f;
              uwsgi_temp_path {{_folder}}/u; scgi_temp_path {{_folder}}/s;
              server {
                listen 127.0.0.1:{{_tlsPort}} ssl; ssl_certificate {{_folder}}/c.pem; ssl_certificate_key {{_folder}}/k.pem;
                client_max_body_size 0; proxy_request_buffering off;
                location / { proxy_pass http://127.0.0.1:{{_port}}; proxy_set_header Host $http_host; proxy_read_timeout 600s; }
              }
            }
            """));
        _processes.Add(Run(s_proxy!, "-c", configuration));
        for (int i = 0; i < 100 && !File.Exists(Path.Combine(_folder, "nginx.pid")); i++) Thread.Sleep(100);
    }

    private static Process Run(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = false })!;

    private static string? Find(string program) =>
        $"{Environment.GetEnvironmentVariable("PATH")}{Path.PathSeparator}/usr/sbin{Path.PathSeparator}/usr/local/sbin"
            .Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
