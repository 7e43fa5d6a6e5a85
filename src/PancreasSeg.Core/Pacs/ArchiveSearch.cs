using static System.FormattableString;

namespace PancreasSeg.Pacs;

/// <summary>Searches an archive (QIDO-RS). Every answer is held against the question again.</summary>
public static class ArchiveSearch
{
    private const int PageLimit = 100, MostPasses = 20, MostPages = 5000;

    /// <summary>Finds series, study by study, as the archive tells them.</summary>
    /// <param name="server">The archive.</param>
    /// <param name="query">What is looked for.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <returns>Each series once, even where studies arrive while the archive is read.</returns>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/>, and the faults of servers.</exception>
    public static IEnumerable<DicomSeriesReference> Find(DicomWebServer server, StudyQuery query, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(query);
        query.Validate();
        var client = new DicomWebClient(server, server.Patience.Asking, cancellation);
        return from study in All(client, "studies", $"{query.StudyKeys()}&includefield=00080020&includefield=00080050",
                   ArchiveTag.StudyInstanceUid, absentIsEmpty: false)
               where query.Holds(study)
               from series in SeriesOf(client, study.Uid(ArchiveTag.StudyInstanceUid)!, query)
               select series;
    }

    /// <summary>The UIDs of a series' instances, as the archive lists them; none where it does not know the series.</summary>
    /// <exception cref="CoreException">The faults of servers.</exception>
    internal static IEnumerable<string> Instances(DicomSeriesReference series, CancellationToken cancellation) =>
        Instances(new DicomWebClient(series.Server, series.Server.Patience.Asking, cancellation), series.StudyInstanceUid,
            series.SeriesInstanceUid);

    /// <inheritdoc cref="Instances(DicomSeriesReference, CancellationToken)"/>
    internal static IEnumerable<string> Instances(DicomWebClient client, string studyUid, string seriesUid) =>
        All(client, $"studies/{studyUid}/series/{seriesUid}/instances", "", ArchiveTag.SopInstanceUid, absentIsEmpty: true)
            .Select(i => i.Uid(ArchiveTag.SopInstanceUid)!);

    private static IEnumerable<DicomSeriesReference> SeriesOf(DicomWebClient client, string studyUid, StudyQuery query)
    {
        DicomJson[] all = [.. All(client, $"studies/{studyUid}/series",
            "includefield=00080060&includefield=00200011&includefield=0008103E&includefield=00201209", ArchiveTag.SeriesInstanceUid,
            absentIsEmpty: true)];
        if (query.Without is { } unwanted && all.Any(s => s.Text(ArchiveTag.Modality) == unwanted)) yield break;
        foreach (DicomJson series in all)
        {
            if (Reference(client.Server, studyUid, series) is var reference && IsMeant(query, reference))
                yield return query.ShowDescription ? reference : reference with { Description = null };
        }
    }

    private static bool IsMeant(StudyQuery query, DicomSeriesReference series) =>
        (query.SeriesInstanceUid is null || series.SeriesInstanceUid == query.SeriesInstanceUid)
        && (query.Modality is null || series.Modality == query.Modality)
        && (query.Description is null || query.Description(series.Description ?? ""))
        && (series.InstanceCount is null || series.InstanceCount >= query.MinimumInstances);

    private static DicomSeriesReference Reference(DicomWebServer server, string studyUid, DicomJson series) => new()
    {
        Server = server,
        StudyInstanceUid = studyUid,
        SeriesInstanceUid = series.Uid(ArchiveTag.SeriesInstanceUid)!,
        Modality = series.Text(ArchiveTag.Modality),
        SeriesNumber = series.Integer(ArchiveTag.SeriesNumber),
        InstanceCount = series.Integer(ArchiveTag.SeriesRelatedInstances) is >= 0 and var count ? count : null,
        Description = series.Text(ArchiveTag.SeriesDescription),
    };

    /// <summary>
    /// Everything in a list, each once. No header says whether more follows and a server may give shorter pages than asked for, so a
    /// list ends with a page shorter than its first one, or empty. What arrives or goes meanwhile shifts the pages: a list of several is
    /// read again from its beginning until nothing new is in it.
    /// </summary>
    private static IEnumerable<DicomJson> All(DicomWebClient client, string resource, string keys, uint uidTag, bool absentIsEmpty)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int pass = 0; pass < MostPasses; pass++)
        {
            int before = seen.Count, pages = 0, offset = 0;
            string?[] first = [], last = [];
            while (pages < MostPages)
            {
                IReadOnlyList<DicomJson> page =
                    client.List(Invariant($"{resource}?{keys}&limit={PageLimit}&offset={offset}"), absentIsEmpty);
                if (page.Count == 0) break;
                pages++;
                foreach (DicomJson item in page)
                    if (item.Uid(uidTag) is { } uid && seen.Add(uid)) yield return item;
                string?[] uids = [.. page.Select(item => item.Uid(uidTag))];
                // A server that does not know of pages gives the same one again.
                if (uids.Length < first.Length || uids.SequenceEqual(first) || uids.SequenceEqual(last)) break;
                if (offset == 0) first = uids;
                offset += uids.Length;
                last = uids;
            }
            if (pages < 2 || seen.Count == before) yield break;
        }
        throw new CoreException(Fault.ServerAnswerInvalid, $"The list of '{client.Server}' changes faster than it can be read.",
            client.Server, "Narrow the search, e.g. to one day.");
    }
}
