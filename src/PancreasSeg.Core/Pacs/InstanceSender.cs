using System.Net;
using static System.FormattableString;

namespace PancreasSeg.Pacs;

/// <summary>Stores files in an archive (STOW-RS) and proves by asking for them (QIDO-RS). What is there already is not sent.</summary>
public static class InstanceSender
{
    private const int MostInstances = 500;
    private const long MostBytes = 100L << 20;

    /// <summary>Sends files, study by study.</summary>
    /// <param name="server">The archive.</param>
    /// <param name="paths">Full paths of DICOM files.</param>
    /// <param name="studyInstanceUid">The study that all must be of; null for any.</param>
    /// <param name="progress">Told about instances.</param>
    /// <param name="cancellation">Ends it; what is stored stays.</param>
    /// <returns>One result for each file, as soon as it is known.</returns>
    /// <exception cref="CoreException"><see cref="Fault.DicomFileInvalid"/> and <see cref="Fault.SettingInvalid"/> before anything is
    /// sent: a file is none, of another study, or two are one instance; and the faults of servers. What was sent before is stored.</exception>
    public static IEnumerable<SendResult> Send(DicomWebServer server, IReadOnlyList<string> paths, string? studyInstanceUid = null,
        IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(paths);
        InstanceIdentity[] all = [.. paths.Select(path => InstanceIdentity.Read(path, cancellation))];
        foreach (InstanceIdentity other in all.Where(i => studyInstanceUid is not null && i.StudyInstanceUid != studyInstanceUid).Take(1))
            throw new CoreException(Fault.SettingInvalid, $"'{other.Path}' is of another study than the one named.", other.Path,
                "Send it to its own study, or leave the study out.");
        foreach (IGrouping<string, InstanceIdentity> same in all.GroupBy(i => i.SopInstanceUid).Where(g => g.Count() > 1).Take(1))
            throw new CoreException(Fault.SettingInvalid,
                $"'{same.First().Path}' and '{same.Last().Path}' have one instance UID.", same.Last().Path, "Send one of them.");
        return Batches(all).SelectMany(batch =>
        {
            progress?.Report(new ProgressStep(Invariant($"{batch.Count} instances of {all.Length}"), double.NaN));
            return new Sending(server, batch, cancellation).Run();
        });
    }

    /// <summary>Files of one study each, at most 500 and 100 MB; a larger file goes alone.</summary>
    private static IEnumerable<IReadOnlyList<InstanceIdentity>> Batches(IEnumerable<InstanceIdentity> all)
    {
        foreach (IGrouping<string, InstanceIdentity> study in all.GroupBy(i => i.StudyInstanceUid))
        {
            var batch = new List<InstanceIdentity>();
            foreach (InstanceIdentity instance in study)
            {
                if (batch.Count == MostInstances || (batch.Count > 0 && batch.Sum(i => i.Length) + instance.Length > MostBytes))
                {
                    yield return batch;
                    batch = [];
                }
                batch.Add(instance);
            }
            yield return batch;
        }
    }

    /// <summary>One batch on its way: asks what is there, sends the rest, asks again, until nothing is left to try.</summary>
    private sealed class Sending(DicomWebServer server, IReadOnlyList<InstanceIdentity> batch, CancellationToken cancellation)
    {
        private readonly DicomWebClient _client = new(server, server.Patience, cancellation);
        private readonly Dictionary<string, string> _refused = [], _remarks = [];
        private readonly Dictionary<string, int> _tries = [];

        public IEnumerable<SendResult> Run()
        {
            // At first nothing is at stake yet: whether the server is there at all is told soon.
            HashSet<string> before = Listed(batch, new DicomWebClient(server, server.Patience.Asking, cancellation));
            List<InstanceIdentity> left = [.. batch.Where(i => !before.Contains(i.SopInstanceUid))];
            for (int tried = 0; left.Count > 0; tried++)
            {
                (bool final, TransientFault? fault) = Store(left);
                left.RemoveAll(i => _refused.ContainsKey(i.SopInstanceUid));
                if (fault is null) RemoveListed(left);
                if (left.Count == 0 || final) break;
                if (tried == server.Patience.Delays.Count)
                {
                    if (fault is not null) throw fault.Told;
                    break;
                }
                server.Patience.Wait(tried, fault?.After, cancellation);
                // Some archives list late, and a connection may break when all has arrived.
                RemoveListed(left);
            }
            return batch.Select(i => new SendResult
            {
                Path = i.Path,
                SopInstanceUid = i.SopInstanceUid,
                SeriesInstanceUid = i.SeriesInstanceUid,
                StudyInstanceUid = i.StudyInstanceUid,
                Tries = _tries.GetValueOrDefault(i.SopInstanceUid),
                Status = before.Contains(i.SopInstanceUid) ? SendStatus.AlreadyThere
                    : _refused.ContainsKey(i.SopInstanceUid) ? SendStatus.Refused
                    : left.Contains(i) ? SendStatus.Unknown : SendStatus.Stored,
                Reason = _refused.GetValueOrDefault(i.SopInstanceUid) ?? _remarks.GetValueOrDefault(i.SopInstanceUid)
                    ?? (left.Contains(i) ? "the archive neither refused it nor lists it" : ""),
            });
        }

        private void RemoveListed(List<InstanceIdentity> left)
        {
            HashSet<string> there = Listed(left, _client);
            left.RemoveAll(i => there.Contains(i.SopInstanceUid));
        }

        /// <summary>Which of the instances the archive lists.</summary>
        private static HashSet<string> Listed(IEnumerable<InstanceIdentity> instances, DicomWebClient client)
        {
            var found = new HashSet<string>(StringComparer.Ordinal);
            foreach (IGrouping<(string Study, string Series), InstanceIdentity> series in
                instances.GroupBy(i => (i.StudyInstanceUid, i.SeriesInstanceUid)))
            {
                HashSet<string> wanted = [.. series.Select(i => i.SopInstanceUid)];
                foreach (string uid in ArchiveSearch.Instances(client, series.Key.Study, series.Key.Series))
                {
                    if (wanted.Remove(uid)) found.Add(uid);
                    if (wanted.Count == 0) break;
                }
            }
            return found;
        }

        /// <summary>Sends once, in halves where the archive finds it too large.</summary>
        /// <returns>Whether another try would have the same answer; why it did not arrive, where another may.</returns>
        private (bool Final, TransientFault? Fault) Store(List<InstanceIdentity> instances)
        {
            try
            {
                StoreAnswer answer = Post(instances);
                if (answer.Status != (int)HttpStatusCode.RequestEntityTooLarge) return (answer.IsFinal, null);
                if (instances.Count == 1) throw _client.Refused(HttpStatusCode.RequestEntityTooLarge);
                bool final = true;
                foreach (InstanceIdentity[] half in instances.Chunk((instances.Count + 1) / 2))
                {
                    answer = Post(half);
                    if (answer.Status == (int)HttpStatusCode.RequestEntityTooLarge)
                        throw _client.Refused(HttpStatusCode.RequestEntityTooLarge);
                    final &= answer.IsFinal;
                }
                return (final, null);
            }
            catch (TransientFault fault)
            {
                return (false, fault);
            }
        }

        private StoreAnswer Post(IReadOnlyList<InstanceIdentity> instances)
        {
            foreach (InstanceIdentity instance in instances)
                _tries[instance.SopInstanceUid] = _tries.GetValueOrDefault(instance.SopInstanceUid) + 1;
            using var request = new HttpRequestMessage(
                HttpMethod.Post, new Uri(server.Uri, $"studies/{instances[0].StudyInstanceUid}"));
            request.Content = new SentInstances(instances);
            request.Headers.TryAddWithoutValidation("Accept", "application/dicom+json");
            request.Headers.ExpectContinue = false;
            using HttpResponseMessage response = _client.Send(request);
            if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Accepted or HttpStatusCode.BadRequest
                or HttpStatusCode.Conflict or HttpStatusCode.RequestEntityTooLarge)) throw _client.Refused(response.StatusCode);
            using Stream body = _client.Body(response);
            var answer = StoreAnswer.Read((int)response.StatusCode, body, server);
            foreach ((string uid, string reason) in answer.Refused) _refused[uid] = reason;
            foreach ((string uid, string remark) in answer.Remarks) _remarks[uid] = remark;
            return answer;
        }
    }
}
