using System.Net;
using System.Net.Http.Headers;
using static System.FormattableString;

namespace PancreasSeg.Pacs;

/// <summary>Tries what a DICOMweb server can do, without storing anything.</summary>
public static class ServerCheck
{
    private const int Page = 200;

    /// <summary>Asks each service once.</summary>
    /// <param name="server">The server.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What it can do; failures are told in it.</returns>
    public static DicomServerInfo Run(DicomWebServer server, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        var client = new DicomWebClient(server, server.Patience with { Delays = [] }, cancellation);
        var problems = new List<string>();
        var info = new DicomServerInfo { Server = server, IsEncrypted = server.Uri.Scheme == "https", Problems = problems };
        IReadOnlyList<DicomJson> studies = [];
        bool canSearch = Try(problems, "Search (QIDO-RS)", () => studies = client.List(Invariant($"studies?limit={Page}"), false));
        info = info with { CanSearch = canSearch, CertificateFingerprint = server.SeenFingerprint };
        if (!canSearch) return info;
        if (!info.IsEncrypted && !server.Uri.IsLoopback)
            problems.Add("Nothing is encrypted: images go over the network in clear. Put TLS before the server.");
        if (studies.Count is > 0 and < Page && client.List(Invariant($"studies?limit={Page}&offset={studies.Count}"), false).Count > 0)
            info = info with { PageLimit = studies.Count };
        if (studies.Count > 0 && client.List("studies?StudyDate=18000101", false).Count > 0)
            problems.Add("It ignores search keys and answers with everything; searches are right, but slow.");
        bool? canRetrieve = null;
        if (FirstSeries(client, studies) is { } series)
        {
            if (series.InstanceCount is null)
                problems.Add("It does not tell how many instances a series has; they are counted by listing them.");
            canRetrieve = Try(problems, "Retrieval (WADO-RS)", () => RetrieveOne(client, series));
        }
        return info with { CanRetrieve = canRetrieve, CanStore = Try(problems, "Storing (STOW-RS)", () => AskToStore(client)) };
    }

    private static DicomSeriesReference? FirstSeries(DicomWebClient client, IReadOnlyList<DicomJson> studies) =>
        studies.Select(s => s.Uid(ArchiveTag.StudyInstanceUid)).FirstOrDefault(uid => uid is not null) is { } study
            ? ArchiveSearch.Find(client.Server, new StudyQuery { StudyInstanceUid = study, Modality = null }).FirstOrDefault() : null;

    private static void RetrieveOne(DicomWebClient client, DicomSeriesReference series)
    {
        string instance = ArchiveSearch.Instances(client, series.StudyInstanceUid, series.SeriesInstanceUid).FirstOrDefault()
            ?? throw new CoreException(Fault.ServerAnswerInvalid, "The server lists no instance of a series that it lists.");
        using HttpResponseMessage answer = client.Get($"{series.Resource}/instances/{instance}", SeriesReceiver.AnyEncoding);
        if (answer.StatusCode != HttpStatusCode.OK) throw client.Refused(answer.StatusCode);
        var reader = new MultipartReader(client.Body(answer), MultipartReader.BoundaryOf(SeriesReceiver.TypeOf(answer)));
        if (!reader.Next()) throw new CoreException(Fault.ServerAnswerInvalid, "The server sends no instance.");
        reader.CopyTo(Stream.Null);
    }

    // A body of a kind that no store request has: a server that stores refuses the kind, one that does not has no such address.
    private static void AskToStore(DicomWebClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(client.Server.Uri, "studies"));
        request.Content = new ByteArrayContent([]) { Headers = { ContentType = new MediaTypeHeaderValue("text/plain") } };
        using HttpResponseMessage answer = client.Send(request);
        if (answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed) throw client.Refused(answer.StatusCode);
    }

    private static bool Try(List<string> problems, string what, Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception e) when (e is CoreException or TransientFault)
        {
            CoreException told = e as CoreException ?? ((TransientFault)e).Told;
            problems.Add($"{what}: {told.Message} {told.Remedy}".TrimEnd());
            return false;
        }
    }
}
