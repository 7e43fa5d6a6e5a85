using PancreasSeg.Dicom;
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
    private const string ForAPerson = "Not sent to the archive, because a person should look first; -SendFlagged sends it.";
    private const string ForAPersonNow =
        "Not known to be in the archive in whole, and not sent any further, because a person should look first; -SendFlagged sends it.";
    private const string NotYet = "Not sent to the archive yet. The next run sends it first.";

    private readonly Lock _turn = new();
    private readonly HashSet<long> _offered = [];                               // rows that this run has tried to send
    private readonly HashSet<long> _refused = [];                               // of these, the ones that the archive has refused
    private int _failures;                                                      // in a row
    private bool _takesNothing;

    /// <summary>A result as it is entered before it is sent; as it is where the archive has all of it.</summary>
    public BatchItem Entered(BatchItem item) => !item.HasResult || !archive.SendBack.Except(item.Sent).Any() ? item
        : IsHeldBack(item)
            ? item with { State = BatchState.Done, NotSent = item.NotSent is null or ForAPerson ? ForAPerson : ForAPersonNow }
        : item with { State = BatchState.Unsent, NotSent = NotYet };

    /// <summary>The same, no longer to be sent where a person should look first.</summary>
    public BatchItem HeldBack(BatchItem item) =>
        item.State == BatchState.Unsent && IsHeldBack(item) && IsLacked(item) ? Entered(item) : item;

    /// <summary>True where the archive is to have more of a result than it has, and no other run is about to send it.</summary>
    public bool Owes(BatchItem item) => item.HasResult && !IsHeldBack(item) && IsLacked(item);

    /// <summary>The results that <see cref="SendWaiting"/> sends.</summary>
    /// <param name="isMeant">Which studies are looked at.</param>
    /// <exception cref="CoreException">The journal cannot be used.</exception>
    public IEnumerable<AttemptRow> Waiting(Predicate<string> isMeant) => Meant(isMeant).Where(row => Owes(row.Item));

    /// <summary>Sends what earlier runs, or an earlier look of this one, have left, but for what the archive has refused in this run and
    /// what a person should look at first by now, which waits for no run. Where the archive is found away, or failing at three in a row,
    /// it ends, and until the next call nothing else is sent.</summary>
    /// <param name="isMeant">Which studies are looked at.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The results as they have become.</returns>
    /// <exception cref="CoreException">The journal cannot be used.</exception>
    public IEnumerable<BatchItem> SendWaiting(Predicate<string> isMeant, CancellationToken cancellation)
    {
        lock (_turn) (_takesNothing, _failures) = (false, 0);
        foreach (AttemptRow row in Meant(isMeant))
            if (HeldBack(row.Item) is var held && held != row.Item && journal.HeldBack(row.Id, held)) yield return held;
        foreach (AttemptRow row in Waiting(isMeant))
        {
            if (IsRefused(row.Id)) continue;
            _offered.Add(row.Id);
            BatchItem item = Send(row.Id, row.Item, cancellation);
            // What has files of no more kinds is as it was.
            if (item is { State: BatchState.Unsent } or { NotSent: null }) yield return item;
            if (TakesNothing) yield break;
        }
    }

    /// <summary>Sends the result of a study that was found in the archive and left alone, where that has not got it.</summary>
    /// <exception cref="CoreException">The journal cannot be used.</exception>
    public BatchItem Deliver(BatchItem item, CancellationToken cancellation) =>
        !TakesNothing && Owes(item) && journal.DoneOf(item.Study) is { } row && row.Item.Run == item.Run && row.Item.Started == item.Started
        && _offered.Add(row.Id) ? Send(row.Id, item, cancellation) : item;

    /// <summary>Sends the objects of a result, unless the archive takes nothing, and enters what has become of it.</summary>
    /// <param name="id">Row of the attempt.</param>
    /// <param name="item">The attempt.</param>
    /// <param name="cancellation">Ends it; the result is then still to be sent.</param>
    /// <exception cref="CoreException">The journal cannot be used.</exception>
    public BatchItem Send(long id, BatchItem item, CancellationToken cancellation)
    {
        if (TakesNothing) return item;
        (item, SendFailure? failure) = Try(id, item, cancellation);
        lock (_turn)
        {
            if (failure == SendFailure.Refused) _refused.Add(id);
            _failures = failure == SendFailure.Unknown ? _failures + 1 : 0;
            _takesNothing |= failure == SendFailure.Away || _failures == MostFailures;
        }
        return item;
    }

    private bool TakesNothing
    {
        get
        {
            lock (_turn) return _takesNothing;
        }
    }

    private bool IsRefused(long id)
    {
        lock (_turn) return _refused.Contains(id);
    }

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
            : Taken(item);
        journal.Sent(id, item);
        return (item, failure?.Kind);
    }

    // A kind without a file was not written, unless the result gives no ground for it.
    private BatchItem Taken(BatchItem item)
    {
        DicomObjectKind[] missing = item.Status == SegmentationStatus.Empty
            || !File.Exists(Path.Combine(item.OutputFolder!, BatchFolder.MaskFile))
            ? [] : [.. archive.SendBack.Except(item.Sent).Where(kind => Files(item, kind).Count == 0)];
        return item with
        {
            State = BatchState.Done,
            Sent = [.. item.Sent.Union(archive.SendBack.Except(missing))],
            NotSent = missing.Length == 0 ? null : $"The archive does not have {string.Join(", ", missing)}, which was not written.",
        };
    }

    private List<string> Files(BatchItem item) => [.. archive.SendBack.Except(item.Sent).SelectMany(kind => Files(item, kind))];

    private static List<string> Files(BatchItem item, DicomObjectKind kind) => FileFault.Reading(item.OutputFolder!,
        () => Directory.EnumerateFiles(item.OutputFolder!, $"*{DicomExport.Suffix(kind)}").ToList());

    private IEnumerable<AttemptRow> Meant(Predicate<string> isMeant) =>
        journal.NotSent().Where(row => row.Item.Path == $"{archive.Server}" && isMeant(row.Item.Study));

    private bool IsLacked(BatchItem item) => archive.SendBack.Except(item.Sent).Any() && (item.Run == run || !journal.IsAlive(item.Run));

    private bool IsHeldBack(BatchItem item) => item.IsWorthALook && !archive.SendFlagged;

    // Of the whole archive; of an object, by its word; of an object, without a word.
    private enum SendFailure
    {
        Away,
        Refused,
        Unknown,
    }
}
