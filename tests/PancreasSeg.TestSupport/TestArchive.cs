using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using PancreasSeg.Dicom;
using PancreasSeg.Pacs;

namespace PancreasSeg.TestSupport;

/// <summary>
/// A small DICOMweb archive on 127.0.0.1 that answers as Orthanc does (its answers were recorded), one request a connection, and that a
/// test can let fail in any way: <see cref="Fault"/> sees each request first and may answer in its place, bytes as they go over the
/// line.
/// </summary>
internal sealed class TestArchive : IDisposable
{
    private static readonly DicomSelection s_selection = new(tag => DicomTag.IsKept(tag)
        || tag is DicomTag.StudyDate or DicomTag.AccessionNumber, _ => false);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Instance> _instances = [];
    private readonly List<string> _requests = [];

    public TestArchive()
    {
        _listener.Start();
        new Thread(Listen) { IsBackground = true }.Start();
    }

    public Uri Uri => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/dicom-web");

    /// <summary>Sees each request before the archive; null leaves it to the archive.</summary>
    public Func<Request, byte[]?>? Fault { get; set; }

    /// <summary>The only user, as name:password; null for everyone.</summary>
    public string? User { get; set; }

    /// <summary>Items that a page of a list has at most.</summary>
    public int PageCap { get; set; } = int.MaxValue;

    /// <summary>Whether keys of a search count; servers ignore those they do not know.</summary>
    public bool IgnoresKeys { get; set; }

    /// <summary>Method and address of each request, in order.</summary>
    public string[] Requests
    {
        get
        {
            lock (_requests) return [.. _requests];
        }
    }

    public int Posts => Requests.Count(r => r.StartsWith("POST", StringComparison.Ordinal));

    public int Count
    {
        get
        {
            lock (_instances) return _instances.Count;
        }
    }

    /// <summary>The server as the module sees it, with tries that do not wait.</summary>
    public DicomWebServer Server(int delayMilliseconds = 1, int silenceMilliseconds = 20_000) => new(Uri)
    {
        Patience = new ServerPatience([.. Enumerable.Repeat(TimeSpan.FromMilliseconds(delayMilliseconds), 4)], TimeSpan.FromSeconds(10),
            TimeSpan.FromMilliseconds(silenceMilliseconds), TimeSpan.FromMilliseconds(silenceMilliseconds)),
    };

    /// <summary>Stores a file, as if it had come from a scanner; what came last is listed first.</summary>
    public void Add(byte[] file)
    {
        Instance instance = Parse(file) ?? throw new ArgumentException("no DICOM", nameof(file));
        lock (_instances) _instances.Insert(0, instance);
    }

    public void Add(string folder)
    {
        foreach (string file in Directory.GetFiles(folder)) Add(File.ReadAllBytes(file));
    }

    public bool Holds(string sopInstanceUid)
    {
        lock (_instances) return _instances.Exists(i => i.Sop == sopInstanceUid);
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>An answer as it goes over the line.</summary>
    public static byte[] Answer(int status, string type, byte[] body, string headers = "", bool stateLength = true) =>
    [
        .. Encoding.Latin1.GetBytes($"HTTP/1.1 {status} X\r\nContent-Type: {type}\r\n{headers}"
            + (stateLength ? $"Content-Length: {body.Length}\r\n" : "") + "Connection: close\r\n\r\n"),
        .. body,
    ];

    public static byte[] Answer(int status, string headers = "") => Answer(status, "text/plain", [], headers);

    /// <summary>The body of a retrieval.</summary>
    public static byte[] Multipart(string boundary, params IEnumerable<byte[]> parts) =>
    [
        .. parts.SelectMany(part => (byte[])[.. Encoding.ASCII.GetBytes(
            $"\r\n--{boundary}\r\nContent-Type: application/dicom\r\nContent-Length: {part.Length}\r\nMIME-Version: 1.0\r\n\r\n"), .. part]),
        .. Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n"),
    ];

    /// <summary>The answer that the archive itself would give.</summary>
    public byte[] Own(Request request)
    {
        string[] path = request.Path.Split('/');
        return request.Method == "POST" && !request.Headers["content-type"].StartsWith("multipart/related", StringComparison.Ordinal)
            ? Answer(415) : request.Method == "POST" ? Store(request, path is [_, var target] ? target : null)
            : path switch
            {
                ["studies"] => List(request, All().GroupBy(i => i.Study), Study),
                ["studies", var study, "series"] =>
                    List(request, All().Where(i => i.Study == study).GroupBy(i => i.Series), Series),
                ["studies", var study, "series", var series, "instances"] =>
                    List(request, All().Where(i => i.Study == study && i.Series == series).GroupBy(i => i.Sop), Uids),
                ["studies", var study, "series", var series] => Retrieve([.. All().Where(i => i.Study == study && i.Series == series)]),
                ["studies", var study, "series", var series, "instances", var sop] =>
                    Retrieve([.. All().Where(i => i.Study == study && i.Series == series && i.Sop == sop)]),
                _ => Answer(404),
            };
    }

    private Instance[] All()
    {
        lock (_instances) return [.. _instances];
    }

    private void Listen()
    {
        try
        {
            while (true)
            {
                TcpClient client = _listener.AcceptTcpClient();
                new Thread(() => Serve(client)) { IsBackground = true }.Start();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Closed.
        }
    }

    private void Serve(TcpClient client)
    {
        try
        {
            using (client)
            {
                using NetworkStream stream = client.GetStream();
                if (Request.Read(stream) is not { } request) return;
                lock (_requests) _requests.Add($"{request.Method} {request.Target}");
                string? expected = User is null ? null : $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(User))}";
                byte[] answer = expected is not null && request.Headers.GetValueOrDefault("authorization") != expected ? Answer(401)
                    : Fault?.Invoke(request) ?? Own(request);
                stream.Write(answer);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The client went away.
        }
    }

    private byte[] List(Request request, IEnumerable<IGrouping<string, Instance>> groups, Func<Instance[], Dictionary<string, object>> item)
    {
        var found = groups.Select(g => g.ToArray()).Where(g => IgnoresKeys || Matches(g, request.Keys));
        int offset = int.Parse(request.Keys.GetValueOrDefault("offset", "0"), CultureInfo.InvariantCulture);
        int limit = int.Parse(request.Keys.GetValueOrDefault("limit", "1000000"), CultureInfo.InvariantCulture);
        object[] page = [.. found.Select(item).Skip(offset).Take(Math.Min(limit, PageCap))];
        return Answer(200, "application/dicom+json", JsonSerializer.SerializeToUtf8Bytes(page));
    }

    private static bool Matches(Instance[] group, Dictionary<string, string> keys)
    {
        DicomDataset header = group[0].Header;
        bool Is(string key, uint tag) => !keys.TryGetValue(key, out string? value) || header.Words(tag) == value;
        bool date = !keys.TryGetValue("StudyDate", out string? range) || range.Split('-') is var days
            && string.CompareOrdinal(header.Text(DicomTag.StudyDate), days[0]) >= 0
            && (days[^1].Length == 0 || string.CompareOrdinal(header.Text(DicomTag.StudyDate), days[^1]) <= 0);
        return date && Is("PatientID", DicomTag.PatientId) && Is("AccessionNumber", DicomTag.AccessionNumber)
            && Is("StudyInstanceUID", DicomTag.StudyInstanceUid)
            && (!keys.TryGetValue("ModalitiesInStudy", out string? m) || group.Any(i => i.Header.Text(DicomTag.Modality) == m));
    }

    private static Dictionary<string, object> Element(params (uint Tag, object? Value)[] elements) => elements.ToDictionary(
        e => e.Tag.ToString("X8", CultureInfo.InvariantCulture),
        object (e) => e.Value is null ? new { vr = "LO" } : new { vr = "LO", Value = new[] { e.Value } });

    private static Dictionary<string, object> Study(Instance[] all) => Element(
        (DicomTag.StudyInstanceUid, all[0].Study), (DicomTag.StudyDate, all[0].Header.Text(DicomTag.StudyDate)),
        (DicomTag.PatientId, all[0].Header.Words(DicomTag.PatientId)),
        (DicomTag.PatientName, new { Alphabetic = all[0].Header.Text(DicomTag.PatientName) }),
        (DicomTag.AccessionNumber, all[0].Header.Text(DicomTag.AccessionNumber)));

    private static Dictionary<string, object> Series(Instance[] all) => Element(
        (DicomTag.SeriesInstanceUid, all[0].Series), (DicomTag.Modality, all[0].Header.Text(DicomTag.Modality)),
        (DicomTag.SeriesNumber, all[0].Header.Text(DicomTag.SeriesNumber)),
        (DicomTag.SeriesDescription, all[0].Header.Text(DicomTag.SeriesDescription)),
        (0x0020_1209, all.Length.ToString(CultureInfo.InvariantCulture)));

    private static Dictionary<string, object> Uids(Instance[] all) => Element((DicomTag.SopInstanceUid, all[0].Sop));

    private static byte[] Retrieve(Instance[] instances) => instances.Length == 0 ? Answer(404)
        : Answer(200, "multipart/related; type=\"application/dicom\"; boundary=\"25ce-11bb\"",
            Multipart("25ce-11bb", instances.Select(i => i.File)), stateLength: false);

    private byte[] Store(Request request, string? study)
    {
        List<Dictionary<string, object>> stored = [], failed = [];
        bool unreadable = false;
        foreach (byte[] part in request.Parts())
        {
            Instance? instance = Parse(part);
            if (instance is null)
            {
                unreadable = true;
            }
            else if (study is not null && instance.Study != study)
            {
                failed.Add(Element((DicomTag.ReferencedSopInstanceUid, instance.Sop), (0x0008_1197, 0x0110)));
            }
            else
            {
                if (!Holds(instance.Sop)) lock (_instances) _instances.Add(instance);
                stored.Add(Element((DicomTag.ReferencedSopInstanceUid, instance.Sop)));
            }
        }
        var body = new Dictionary<string, object>
        {
            ["00081199"] = new { vr = "SQ", Value = stored },
            ["00081198"] = new { vr = "SQ", Value = failed },
        };
        return Answer(unreadable ? 400 : failed.Count > 0 ? 409 : 200, "application/dicom+json", JsonSerializer.SerializeToUtf8Bytes(body));
    }

    private static Instance? Parse(byte[] file)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, file);
            return DicomFile.ReadHeader(new DicomDiskFile(path), s_selection) is { Damage: null } header && header.Dataset.Has(DicomTag.SopInstanceUid)
                ? new Instance(header.Dataset, file) : null;
        }
        finally
        {
            File.Delete(path);
        }
    }

    private sealed record Instance(DicomDataset Header, byte[] File)
    {
        public string Study => Header.Uid(DicomTag.StudyInstanceUid)!;

        public string Series => Header.Uid(DicomTag.SeriesInstanceUid)!;

        public string Sop => Header.Uid(DicomTag.SopInstanceUid)!;
    }

    /// <summary>A request, read whole.</summary>
    internal sealed record Request(string Method, string Target, Dictionary<string, string> Headers, byte[] Body)
    {
        /// <summary>Below the root of the services.</summary>
        public string Path => Target.Split('?')[0].Replace("/dicom-web/", "", StringComparison.Ordinal);

        public Dictionary<string, string> Keys => !Target.Contains('?', StringComparison.Ordinal) ? []
            : Target.Split('?')[1].Split('&', StringSplitOptions.RemoveEmptyEntries).Select(k => k.Split('=')).DistinctBy(k => k[0])
                .ToDictionary(k => k[0], k => System.Uri.UnescapeDataString(k[1]));

        /// <summary>The parts of a store request, found by plain search.</summary>
        public IEnumerable<byte[]> Parts()
        {
            string body = Encoding.Latin1.GetString(Body), type = Headers["content-type"];
            string boundary = type.Split("boundary=")[1].Trim('"');
            foreach (string part in body.Split($"--{boundary}")[1..^1])
                yield return Encoding.Latin1.GetBytes(part[(part.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..^2]);
        }

        public static Request? Read(Stream stream)
        {
            var head = new StringBuilder();
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                int b = stream.ReadByte();
                if (b < 0) return null;
                head.Append((char)b);
            }
            string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries), first = lines[0].Split(' ');
            var headers = lines[1..].Select(l => l.Split(": ", 2)).ToDictionary(l => l[0].ToLowerInvariant(), l => l[1]);
            var body = new byte[int.Parse(headers.GetValueOrDefault("content-length", "0"), CultureInfo.InvariantCulture)];
            stream.ReadExactly(body);
            return new Request(first[0], first[1], headers, body);
        }
    }
}
