using System.Data.Common;

namespace PancreasSeg.Batch;

/// <summary>
/// The memory of an output folder: one row per attempt, one per run. A unique index lets no two batches work on one study at a time.
/// Where the rows lie and how others are told to live is up to the kind of journal.
/// </summary>
internal abstract class BatchJournal(BatchFolder folder) : IDisposable
{
    private readonly Lock _turn = new();
    private JournalRows? _rows;

    /// <summary>The output folder.</summary>
    protected BatchFolder Folder => folder;

    /// <summary>The rows, while the journal is open.</summary>
    protected JournalRows Rows => _rows!;

    /// <summary>True where several machines share the journal: what one of them has in work may become another's.</summary>
    public virtual bool IsShared => false;

    /// <summary>The clock by which attempts are dated.</summary>
    public virtual DateTimeOffset Now => DateTimeOffset.UtcNow;

    /// <summary>What ends a question to rows that are then changed, so that nobody changes them in between; nothing where one writes at a
    /// time.</summary>
    protected virtual string RowLock => "";

    /// <summary>What attempts are called whose process is gone: interrupted, or preempted by a scheduler.</summary>
    protected BatchState Died { get; init; } = BatchState.Interrupted;

    /// <summary>True while the process of a run lives, as far as can be told.</summary>
    public abstract bool IsAlive(string run);

    /// <summary>Enters a run.</summary>
    public virtual void Begin(BatchSummary run, string modelSha256) => Write(() => Rows.Execute(
        "INSERT INTO run (id, started, model, model_sha256) VALUES (@p0, @p1, @p2, @p3)", run.Run, JournalRows.Text(run.Started), run.Model,
        modelSha256));

    /// <summary>Enters how a run ended.</summary>
    public void End(BatchSummary run) => Write(() => Rows.Execute(
        "UPDATE run SET ended = @p1, outcome = @p2, skipped = @p3, remaining = @p4, peak_memory = @p5, report = @p6, outstanding = @p7, unsent = @p8 WHERE id = @p0",
        run.Run, JournalRows.Text(run.Ended!.Value), run.Outcome.ToString(), run.Skipped, run.Left, run.PeakMemory, run.Report,
        run.Outstanding, run.Unsent));

    /// <summary>What was found out before about files of this fingerprint; null when nothing was.</summary>
    public string? Recall(string fingerprint) =>
        Read(() => Rows.Scalar("SELECT sha256 FROM content WHERE fingerprint = @p0", fingerprint) as string);

    /// <summary>Remembers what was found out about files, e.g. the hash of their content.</summary>
    public void Remember(string fingerprint, string found) => Write(() => Rows.Execute(
        "INSERT INTO content (fingerprint, sha256) VALUES (@p0, @p1) ON CONFLICT (fingerprint) DO UPDATE SET sha256 = excluded.sha256",
        fingerprint, found));

    /// <summary>Takes a study into work, unless that is not to be: see <see cref="StudyClaims"/>.</summary>
    /// <returns>The attempt with its id and number; or no id and the earlier attempt that stands in the way, one that is
    /// <see cref="BatchState.Interrupted"/> when it must be done alone. An item of another name is no attempt: by that name the study is
    /// known here, and under it it is to be claimed.</returns>
    public virtual (long? Id, BatchItem Item) Claim(ClaimRequest request) =>
        Write(() => new StudyClaims(Rows, IsAlive, Died).Claim(request));

    /// <summary>Enters how an attempt ended.</summary>
    /// <param name="id">Of the attempt.</param>
    /// <param name="item">How it ended.</param>
    /// <param name="settle">Puts the files of the attempt into their place, while nobody else can take the study.</param>
    /// <returns>False when another process has taken the study over; then nothing was done.</returns>
    public virtual bool Complete(long id, BatchItem item, Action? settle = null)
    {
        settle?.Invoke();
        return Write(() => Rows.Complete(id, item));
    }

    /// <summary>Enters that the files of a study lie elsewhere, as the study has changed since.</summary>
    /// <param name="study">Name of the study.</param>
    /// <param name="before">Full path of the folder that was named.</param>
    /// <param name="now">Full path of the folder.</param>
    public void Moved(string study, string before, string now) => Write(() => Rows.Execute(
        $"UPDATE attempt SET state = 'Done', not_sent = NULL, folder = @p2, message = @p3 WHERE study = @p0 AND {StudyClaims.HasResult} AND folder = @p1",
        study, Path.GetRelativePath(folder.Root, before), Path.GetRelativePath(folder.Root, now),
        "Superseded: the study changed afterwards and then failed."));

    /// <summary>The newest finished attempt at a study; null when there is none.</summary>
    public AttemptRow? DoneOf(string study) => Read(() => StudyClaims.NewestDone(Rows, study));

    /// <summary>The newest finished attempt at each study.</summary>
    public IReadOnlyDictionary<string, AttemptRow> Done() => Read(() => (IReadOnlyDictionary<string, AttemptRow>)
        Rows.Attempts(StudyClaims.HasResult).GroupBy(d => d.Item.Study).ToDictionary(g => g.Key, g => g.Last()));

    /// <summary>Judges the newest result of each study by another bound of the Dice that is expected; see
    /// <see cref="BatchItem.Reviewed"/>.</summary>
    /// <param name="below">The bound; null for none.</param>
    /// <param name="isMeant">Which studies, by their names.</param>
    public void Review(double? below, Predicate<string> isMeant) => Write(() =>
    {
        foreach (AttemptRow row in Rows.AttemptsToChange($"{StudyClaims.HasResult} AND (expected_dice IS NOT NULL OR review IS NOT NULL)"
            + $" AND NOT EXISTS (SELECT 1 FROM attempt WHERE study = a.study AND id > a.id AND {StudyClaims.HasResult})", RowLock))
            if (isMeant(row.Item.Study) && row.Item.Reviewed(below) is var judged && judged != row.Item) Rows.Judged(row.Id, judged);
        return true;
    });

    /// <summary>Enters what has become of sending a result.</summary>
    public void Sent(long id, BatchItem item) => Write(() =>
    {
        Rows.Sent(id, item);
        return true;
    });

    /// <summary>Enters that a result is not to be sent, unless it has been sent meanwhile.</summary>
    /// <returns>False where it has.</returns>
    public bool HeldBack(long id, BatchItem item) => Write(() => Rows.Execute(
        "UPDATE attempt SET state = 'Done', not_sent = @p1 WHERE id = @p0 AND state = 'Unsent'", id, item.NotSent)) > 0;

    /// <summary>The newest result of each study, where an archive that was to have its objects does not.</summary>
    public IReadOnlyList<AttemptRow> NotSent() => Read(() => (IReadOnlyList<AttemptRow>)Rows.Attempts(
        $"not_sent IS NOT NULL AND NOT EXISTS (SELECT 1 FROM attempt WHERE study = a.study AND id > a.id AND {StudyClaims.HasResult})"));

    /// <summary>The name that each study had in the last attempt at it, unless another has got it since, by
    /// <see cref="BatchStudy.Id"/>.</summary>
    public IReadOnlyDictionary<string, string> Names() => Read(() =>
        (IReadOnlyDictionary<string, string>)Rows.Pairs($"SELECT coalesce(a.identity, a.path), a.study FROM {StudyClaims.Namings} ORDER BY a.id"));

    /// <summary>True when an earlier attempt at the same was postponed, of those that are meant.</summary>
    public bool WasPostponed(string key, Predicate<BatchItem> isMeant) =>
        Read(() => Rows.Attempts("a.work = @p0 AND a.state = 'Postponed'", key).Exists(row => isMeant(row.Item)));

    /// <summary>All attempts in the order in which they began.</summary>
    public IReadOnlyList<BatchItem> History() => Read(() => (IReadOnlyList<BatchItem>)Rows.Attempts("1 = 1").ConvertAll(row => row.Item));

    /// <summary>The attempts of a run.</summary>
    public IReadOnlyList<BatchItem> Of(string run) =>
        Read(() => (IReadOnlyList<BatchItem>)Rows.Attempts("a.run = @p0", run).ConvertAll(row => row.Item));

    /// <summary>All runs, the newest last.</summary>
    public IReadOnlyList<BatchSummary> Runs() => Read(() =>
    {
        ILookup<string, BatchItem> items = Rows.Attempts("1 = 1").Select(row => row.Item).ToLookup(item => item.Run);
        return (IReadOnlyList<BatchSummary>)Rows.Runs()
            .ConvertAll(run => Counted(run, items[run.Run]) with { IsRunning = run.Ended is null && IsAlive(run.Run) });
    });

    /// <summary>A run with the counts of its attempts; of several at one study the last counts.</summary>
    public static BatchSummary Counted(BatchSummary run, IEnumerable<BatchItem> items)
    {
        List<BatchItem> last = [.. items.GroupBy(i => i.Study).Select(g => g.Last())];
        return run with
        {
            Done = last.Count(i => i.HasResult),
            Flagged = last.Count(i => i.HasResult && i.IsWorthALook),
            Failed = last.Count(i => i.State is BatchState.Failed or BatchState.Postponed or BatchState.Quarantined),
            SeriesPassedOver = last.Sum(i => i.SeriesPassedOver.Count),
        };
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Takes an open connection for the rows.</summary>
    protected void Use(DbConnection connection) => _rows = new JournalRows(connection, folder.Root, why => Invalid(why));

    /// <summary>The failure of a journal that holds what does not belong there.</summary>
    protected abstract CoreException Invalid(string why, Exception? inner = null);

    /// <summary>Carries out an action and turns what the database refuses into a failure.</summary>
    protected abstract T Guard<T>(Func<T> action);

    /// <summary>Begins a transaction that may write.</summary>
    protected abstract DbTransaction BeginWriting();

    /// <summary>Carries out a change, whole or not at all.</summary>
    protected T Write<T>(Func<T> change) => Read(() =>
    {
        using DbTransaction transaction = BeginWriting();
        T result = change();
        transaction.Commit();
        return result;
    });

    /// <summary>Carries out a question; one at a time.</summary>
    protected T Read<T>(Func<T> question)
    {
        lock (_turn) return Guard(question);
    }
}
