using PancreasSeg.Segmentation;

namespace PancreasSeg.Batch;

/// <summary>Who may work on a study. Everything happens in one transaction.</summary>
/// <param name="rows">The journal.</param>
/// <param name="isAlive">Tells whether the process of a run lives.</param>
/// <param name="diedState">What attempts are called whose process is gone.</param>
internal sealed class StudyClaims(JournalRows rows, Func<string, bool> isAlive, BatchState diedState)
{
    /// <summary>What a row with a result is told by.</summary>
    public const string HasResult = "state IN ('Done', 'Unsent')";

    /// <summary>Attempts by whose name no other study has been called since.</summary>
    public const string Namings = """
        attempt a WHERE NOT EXISTS (SELECT 1 FROM attempt b WHERE b.study = a.study AND b.id > a.id
            AND coalesce(b.identity, b.path) <> coalesce(a.identity, a.path))
        """;

    private const int MostDeaths = 2;

    /// <summary>
    /// Takes a study into work, unless the journal has it done, failed or in quarantine, or another living batch works on it. Attempts
    /// that died are closed. One that died beside others is only done alone from then on, so that it is known whose fault it was; the
    /// second death alone makes it quarantine.
    /// </summary>
    /// <returns>As <see cref="BatchJournal.Claim"/>.</returns>
    public (long? Id, BatchItem Item) Claim(ClaimRequest request)
    {
        BatchItem item = request.Item;
        if (NameOf(request.Identity) is { } name && name != item.Study) return (null, item with { Study = name });
        foreach (AttemptRow running in rows.Attempts(
            "(a.study = @p0 OR coalesce(a.identity, a.path) = @p1) AND a.state = 'Running'", item.Study, request.Identity))
        {
            // One of the same run was entered just before the connection broke off.
            bool isOwn = running.Item.Run == item.Run;
            if (!isOwn && isAlive(running.Item.Run)) return (null, running.Item with { Study = item.Study });
            rows.Execute("UPDATE attempt SET state = @p3, ended = @p1, message = @p2 WHERE id = @p0 AND state = 'Running'", running.Id,
                JournalRows.Text(item.Started),
                isOwn ? null : "The process ended while it worked on this study.", $"{(isOwn ? BatchState.Stopped : diedState)}");
        }
        List<BatchItem> before = rows.Attempts("a.work = @p0", request.Key).ConvertAll(row => row.Item);
        bool isReplaced = (request.Newest ?? NewestDone(rows, item.Study)?.Mask) is { } other && other != request.Mask;
        if (before.LastOrDefault(b => b.HasResult || b.State is BatchState.Failed or BatchState.Quarantined) is { } last
            && !(isReplaced && last.HasResult) && !request.Again(last)) return (null, last);
        item = item with { Attempt = before.Count(b => b.State != BatchState.Stopped) + 1 };
        if (!request.Alone && before.LastOrDefault() is { State: BatchState.Interrupted } died) return (null, died);
        if (DeathsAlone(request.Key) >= MostDeaths)
        {
            item = item with
            {
                State = BatchState.Quarantined,
                Status = SegmentationStatus.Failed,
                Reasons = [nameof(SegmentationReason.ProcessDied)],
                Ended = item.Started,
                Message =
                    "The process ended twice while it worked on this study alone. Look at its size and at the memory of the machine, then use -Retry.",
            };
        }
        return (rows.Insert(item, request.Identity == item.Path ? null : request.Identity, request.Key, request.Mask, request.Alone), item);
    }

    /// <summary>The newest finished attempt at a study; null when there is none.</summary>
    public static AttemptRow? NewestDone(JournalRows rows, string study) =>
        rows.Attempts($"{HasResult} AND a.study = @p0", study).LastOrDefault();

    private string? NameOf(string identity) => rows.Scalar(
        $"SELECT a.study FROM {Namings} AND coalesce(a.identity, a.path) = @p0 ORDER BY a.id DESC LIMIT 1", identity) as string;

    // Since the last quarantine.
    private long DeathsAlone(string key) => (long)rows.Scalar(
        """
        SELECT count(*) FROM attempt WHERE work = @p0 AND alone = 1 AND state = 'Interrupted'
            AND id > (SELECT coalesce(max(id), 0) FROM attempt WHERE work = @p0 AND state = 'Quarantined')
        """, key)!;
}
