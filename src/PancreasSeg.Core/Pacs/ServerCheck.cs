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
        DicomSeriesReference? series = null;
        bool canSearch = Try(problems, "Search (QIDO-RS)", () =>
        {
            IReadOnlyList<DicomJson> studies = client.List(Invariant($"studies?limit={Page}"), false);
            if (studies.Count == 0) return;
            // A server that does not know of pages gives the same ones again.
            HashSet<string?> first = [.. studies.Select(s => s.Uid(ArchiveTag.StudyInstanceUid))];
            if (studies.Count < Page && client.List(Invariant($"studies?limit={Page}&offset={studies.Count}"), false)
                .Any(s => !first.Contains(s.Uid(ArchiveTag.StudyInstanceUid))))
                info = info with { PageLimit = studies.Count };
            if (client.List("studies?StudyDate=18000101", false).Count > 0)
                problems.Add("It ignores search keys and answers with everything; searches are right, but slow.");
            series = FirstSeries(client, studies);
        });
        info = info with { CanSearch = canSearch, CertificateFingerprint = server.SeenFingerprint };
        if (!canSearch) return info;
        if (!info.IsEncrypted && !server.Uri.IsLoopback)
            problems.Add("Nothing is encrypted: images go over the network in clear. Put TLS before the server.");
        if (series is { InstanceCount: null })
            problems.Add("It does not tell how many instances a series has; they are counted by listing them.");
        bool? canRetrieve = series is null ? null : Try(problems, "Retrieval (WADO-RS)", () => RetrieveOne(client, series));
        return info with { CanRetrieve = canRetrieve, CanStore = Try(problems, "Storing (STOW-RS)", () => AskToStore(client)) };
    }

    private static DicomSeriesReference? FirstSeries(DicomWebClient client, IReadOnlyList<DicomJson> studies) =>
        studies.Select(s => s.Uid(ArchiveTag.StudyInstanceUid)).FirstOrDefault(uid => uid is not null) is { } study
            ? ArchiveSearch.Find(client.Server, new StudyQuery { StudyInstanceUid = study, Modality = null }).FirstOrDefault() : null;

    private static void RetrieveOne(DicomWebClient client, DicomSeriesReference series)
    {
        string instance = ArchiveSearch.Instances(client, series.StudyInstanceUid, series.SeriesInstanceUid).FirstOrDefault()
            ?? throw new CoreException(Fault.ServerAnswerInvalid, "The server lists no instance of a series that it lists.");
        bool sent = SeriesReceiver.Retrieve(client, series, $"{series.Resource}/instances/{instance}", reader =>
        {
            if (!reader.Next()) return false;
            reader.CopyTo(Stream.Null);
            return true;
        });
        if (!sent) throw new CoreException(Fault.ServerAnswerInvalid, "The server sends no instance.");
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
