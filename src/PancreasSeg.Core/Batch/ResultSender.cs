using PancreasSeg.Pacs;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Batch;

/// <summary>Brings the objects of results back to the archive that their studies are from. A result is entered as
/// <see cref="BatchState.Unsent"/> before anything is sent, and as done when the archive is proven to have all of it: whatever ends the
/// process in between, the next run sends what is missing, and segments nothing again.</summary>
/// <param name="archive">The archive.</param>
/// <param name="journal">The journal.</param>
/// <param name="run">Id of the run.</param>
internal sealed class ResultSender(BatchArchive archive, BatchJournal journal, string run)
{
    private const int MostFailures = 3;
    private const string HeldBack = "Not sent to the archive, because a person should look first; -SendFlagged sends it.";
    private const string NotYet = "The run ended before this was sent to the archive. The next run sends it first.";

    private readonly HashSet<long> _offered = [];                               // rows that this run has tried to send

    /// <summary>A result as it is entered before it is sent.</summary>
    public BatchItem Entered(BatchItem item) => item.State != BatchState.Done || archive.SendBack.Count == 0 ? item
        : IsHeldBack(item) ? item with { NotSent = HeldBack } : item with { State = BatchState.Unsent, NotSent = NotYet };

    /// <summary>Sends what earlier runs, or an earlier look of this one, have left; ends where it finds the archive away, or failing at
    /// three in a row.</summary>
    /// <param name="isMeant">Which studies are looked at.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The results as they have become.</returns>
    /// <exception cref="CoreException">The journal cannot be used.</exception>
    public IEnumerable<BatchItem> SendWaiting(Predicate<string> isMeant, CancellationToken cancellation)
    {
        if (archive.SendBack.Count == 0) yield break;
        int failures = 0;
        foreach (AttemptRow row in journal.NotSent())
        {
            BatchItem item = row.Item;
            // What another run has just made it sends itself.
            if (item.Path != $"{archive.Server}" || !isMeant(item.Study) || IsHeldBack(item)
                || (item.Run != run && journal.IsAlive(item.Run))) continue;
            _offered.Add(row.Id);
            (item, SendFailure? failure) = Try(row.Id, item, cancellation);
            yield return item;
            failures = failure == SendFailure.Unknown ? failures + 1 : 0;
            if (failure == SendFailure.Away || failures == MostFailures) yield break;
        }
    }

    /// <summary>Sends the result of a study that was found in the archive and left alone, where that has not got it.</summary>
    /// <exception cref="CoreException">The journal cannot be used.</exception>
    public BatchItem Deliver(BatchItem item, CancellationToken cancellation) =>
        item.HasResult && archive.SendBack.Except(item.Sent).Any() && !IsHeldBack(item)
        && journal.DoneOf(item.Study) is { } row && row.Item.Run == item.Run && row.Item.Started == item.Started
        && _offered.Add(row.Id) ? Send(row.Id, item, cancellation) : item;

    /// <summary>Sends the objects of a result and enters what has become of it.</summary>
    /// <param name="id">Row of the attempt.</param>
    /// <param name="item">The attempt.</param>
    /// <param name="cancellation">Ends it; the result is then still to be sent.</param>
    /// <exception cref="CoreException">The journal cannot be used.</exception>
    public BatchItem Send(long id, BatchItem item, CancellationToken cancellation) => Try(id, item, cancellation).Item;

    private (BatchItem Item, SendFailure? Failure) Try(long id, BatchItem item, CancellationToken cancellation)
    {
        (string Why, SendFailure Kind)? failure;
        try
        {
            failure = InstanceSender.Send(archive.Server, Files(item), null, null, cancellation).ToArray().Where(result => !result.IsThere)
                .Select(result => ((string, SendFailure)?)($"'{result.Path}': {result.Reason}.",
                    result.Status == SendStatus.Refused ? SendFailure.Refused : SendFailure.Unknown)).FirstOrDefault();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return (item, SendFailure.Away);
        }
        catch (CoreException e)
        {
            failure = ($"{e.Message} {e.Remedy}".TrimEnd(), e.Fault is Fault.ServerUnreachable or Fault.CredentialRefused
                or Fault.CertificateUntrusted ? SendFailure.Away : SendFailure.Refused);
        }
        item = failure is var (why, _)
            ? item with { State = BatchState.Unsent, NotSent = $"The archive does not have it. {why} The next run sends it first." }
            : item with { State = BatchState.Done, Sent = [.. item.Sent.Union(archive.SendBack)], NotSent = null };
        journal.Sent(id, item);
        return (item, failure?.Kind);
    }

    private List<string> Files(BatchItem item) => FileFault.Reading(item.OutputFolder!, () => archive.SendBack.Except(item.Sent)
        .SelectMany(kind => Directory.EnumerateFiles(item.OutputFolder!, $"*{DicomExport.Suffix(kind)}")).ToList());

    private bool IsHeldBack(BatchItem item) => item.IsWorthALook && !archive.SendFlagged;

    // Of the whole archive; of an object, by its word; of an object, without a word.
    private enum SendFailure
    {
        Away,
        Refused,
        Unknown,
    }
}
