using static System.FormattableString;

namespace PancreasSeg.Pacs;

/// <summary>Stores files in an archive (STOW-RS) and proves by asking for them (QIDO-RS). What is there already is not sent.</summary>
public static class InstanceSender
{
    private const int MostInstances = 500, MostFailures = 12;
    private const long MostBytes = 100L << 20;

    /// <summary>Sends files, study by study.</summary>
    /// <param name="server">The archive.</param>
    /// <param name="paths">Full paths of DICOM files.</param>
    /// <param name="studyInstanceUid">The study that all must be of; null for any.</param>
    /// <param name="progress">Told about instances.</param>
    /// <param name="cancellation">Ends it; what is stored stays.</param>
    /// <returns>One result for each file, as soon as it is known.</returns>
    /// <exception cref="CoreException"><see cref="Fault.DicomFileInvalid"/> and <see cref="Fault.SettingInvalid"/> before anything is
    /// sent: a file is none, of another study, or two are one instance; and the faults of servers. What was sent before is
    /// stored.</exception>
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
        private readonly DicomWebClient _asking = new(server, server.Patience.Asking, cancellation);
        private readonly Dictionary<string, string> _refused = [], _remarks = [];
        private readonly Dictionary<string, int> _tries = [];

        public IEnumerable<SendResult> Run()
        {
            // At first nothing is at stake yet: whether the server is there at all is told soon.
            HashSet<string> before = Listed(batch, _asking);
            List<InstanceIdentity> left = [.. batch.Where(i => !before.Contains(i.SopInstanceUid))];
            CoreException? end = null;
            try
            {
                if (StoreTogether(left)) StoreApart(left);
            }
            catch (CoreException e)
            {
                end = e;
            }
            // What is known is told, whatever ended it.
            foreach (InstanceIdentity instance in batch)
            {
                bool isLeft = left.Contains(instance);
                int tries = _tries.GetValueOrDefault(instance.SopInstanceUid);
                if (end is not null && isLeft && tries == 0) continue;
                yield return new SendResult
                {
                    Path = instance.Path,
                    SopInstanceUid = instance.SopInstanceUid,
                    SeriesInstanceUid = instance.SeriesInstanceUid,
                    StudyInstanceUid = instance.StudyInstanceUid,
                    Tries = tries,
                    Status = before.Contains(instance.SopInstanceUid) ? SendStatus.AlreadyThere
                        : _refused.ContainsKey(instance.SopInstanceUid) ? SendStatus.Refused
                        : isLeft ? SendStatus.Unknown : SendStatus.Stored,
                    Reason = _refused.GetValueOrDefault(instance.SopInstanceUid) ?? _remarks.GetValueOrDefault(instance.SopInstanceUid)
                        ?? (isLeft ? "the archive neither refused it nor lists it" : ""),
                };
            }
            if (end is not null) throw end;
        }

        /// <summary>Sends until nothing is left that another try may store.</summary>
        /// <returns>True where the archive has failed at what is left, and does not say at which of them.</returns>
        private bool StoreTogether(List<InstanceIdentity> left)
        {
            for (int tried = 0; left.Count > 0; tried++)
            {
                (bool final, TransientFault? fault) = Store(left);
                left.RemoveAll(i => _refused.ContainsKey(i.SopInstanceUid));
                bool last = tried == server.Patience.Delays.Count;
                // A server that is gone, and does not only fail at what it is sent, ends all here.
                if (fault is null || last) RemoveListed(left, last ? _asking : _client);
                if (left.Count == 0) break;
                if (last) return Remark(left, fault);
                server.Patience.Wait(final ? 0 : tried, fault?.After, cancellation);
                // Some archives list late, and a connection may break when all has arrived.
                RemoveListed(left, _client);
                if (final) return true;
            }
            return false;
        }

        /// <summary>Sends in ever smaller companies, once each, so that an instance at which the archive fails holds no other back. One
        /// that fails at everything is asked only a few times.</summary>
        private void StoreApart(List<InstanceIdentity> left)
        {
            var companies = new Stack<List<InstanceIdentity>>();
            if (left.Count > 1) companies.Push([.. left]);
            for (int failures = 0; failures < MostFailures && companies.TryPop(out List<InstanceIdentity>? company);)
            {
                foreach (InstanceIdentity[] half in company.Chunk((company.Count + 1) / 2))
                {
                    List<InstanceIdentity> sent = [.. half];
                    TransientFault? fault = Store(sent).Fault;
                    sent.RemoveAll(i => _refused.ContainsKey(i.SopInstanceUid));
                    RemoveListed(sent, _asking);
                    failures = sent.Count < half.Length ? 0 : failures + 1;
                    if (sent.Count > 1) companies.Push(sent);
                    Remark(sent, fault);
                    left.RemoveAll(i => half.Contains(i) && !sent.Contains(i));
                }
            }
        }

        private bool Remark(List<InstanceIdentity> left, TransientFault? fault)
        {
            if (fault is null) return false;
            foreach (InstanceIdentity instance in left) _remarks[instance.SopInstanceUid] = fault.Told.Message.TrimEnd('.');
            return true;
        }

        private static void RemoveListed(List<InstanceIdentity> left, DicomWebClient client)
        {
            HashSet<string> there = Listed(left, client);
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

        /// <summary>Sends once; what the archive refuses as a whole goes in halves, until one is left that it refuses.</summary>
        /// <returns>Whether another try would have the same answer; why it did not arrive, where another may.</returns>
        private (bool Final, TransientFault? Fault) Store(IReadOnlyList<InstanceIdentity> instances)
        {
            StoreAnswer answer;
            try
            {
                answer = Post(instances);
            }
            catch (TransientFault fault)
            {
                return (false, fault);
            }
            if (answer.IsByInstance) return (answer.IsFinal, null);
            if (instances.Count == 1 || answer.IsNoService)
            {
                Refuse(instances, _ => StoreAnswer.RefusalWords(answer.Status));
                return (true, null);
            }
            (bool Final, TransientFault? Fault)[] halves = [.. instances.Chunk((instances.Count + 1) / 2).Select(Store)];
            return (halves.All(h => h.Final), halves.Select(h => h.Fault).FirstOrDefault(f => f is not null));
        }

        // An earlier request may have stored what a later one is refused for, as a duplicate.
        private void Refuse(IEnumerable<InstanceIdentity> instances, Func<InstanceIdentity, string> reason)
        {
            InstanceIdentity[] all = [.. instances];
            HashSet<string> there = Listed(all.Where(i => _tries[i.SopInstanceUid] > 1), _client);
            foreach (InstanceIdentity instance in all.Where(i => !there.Contains(i.SopInstanceUid)))
                _refused[instance.SopInstanceUid] = reason(instance);
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
            using Stream body = _client.Body(response);
            var answer = StoreAnswer.Read((int)response.StatusCode, body, server);
            Refuse(instances.Where(i => answer.Refused.ContainsKey(i.SopInstanceUid)), i => answer.Refused[i.SopInstanceUid]);
            foreach ((string uid, string remark) in answer.Remarks) _remarks[uid] = remark;
            return answer;
        }
    }
}
