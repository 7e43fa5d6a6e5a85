namespace PancreasSeg.Batch;

/// <summary>All that the journals of an output folder have: that of the whole, those of its shards and that in a database.</summary>
/// <param name="Runs">By their begin.</param>
/// <param name="Attempts">By their begin.</param>
public sealed record BatchHistory(IReadOnlyList<BatchSummary> Runs, IReadOnlyList<BatchItem> Attempts)
{
    /// <summary>The last run of each journal, with the shard whose journal it is.</summary>
    internal IReadOnlyList<(BatchShard? Shard, BatchSummary Run)> Last { get; private init; } = [];

    /// <summary>The last attempt at each study; one that was given up only where there is no other.</summary>
    public IEnumerable<BatchItem> Newest => Attempts.GroupBy(i => i.Study)
        .Select(g => g.LastOrDefault(i => i.State is not (BatchState.Stopped or BatchState.Preempted)) ?? g.Last());

    /// <summary>Reads the journals, also while batches write to them.</summary>
    /// <param name="outputPath">Full path of the output folder.</param>
    /// <param name="server">The database that holds a journal of it; null for none.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/>: there is no journal; <see cref="Fault.BatchJournalInvalid"/>;
    /// <see cref="Fault.FileReadFailed"/>; <see cref="Fault.SettingInvalid"/>: the database cannot be used.</exception>
    public static BatchHistory Read(string outputPath, JournalServer? server = null)
    {
        var folder = new BatchFolder(outputPath);
        var journals = new List<(BatchShard? Shard, Func<BatchJournal> Open)>();
        foreach (BatchFolder part in folder.WithJournals()) journals.Add((part.Shard, () => SqliteJournal.OpenExisting(part)));
        if (server is not null) journals.Add((null, () => PostgresJournal.OpenExisting(folder, server)));
        else if (journals.Count == 0) journals.Add((null, () => SqliteJournal.OpenExisting(folder)));   // says that there is none
        var runs = new List<BatchSummary>();
        var last = new List<(BatchShard?, BatchSummary)>();
        var attempts = new List<BatchItem>();
        foreach ((BatchShard? shard, Func<BatchJournal> open) in journals)
        {
            using BatchJournal journal = open();
            IReadOnlyList<BatchSummary> own = journal.Runs();
            runs.AddRange(own);
            if ((journal.IsShared ? LastOfWorkers(own) : own is [.., var latest] ? latest : null) is { } newest) last.Add((shard, newest));
            attempts.AddRange(journal.History());
        }
        return new BatchHistory([.. runs.OrderBy(run => run.Started)], [.. attempts.OrderBy(item => item.Started)]) { Last = last };
    }

    // The one that ended last has waited for the others; what failed at one beside it has failed.
    private static BatchSummary? LastOfWorkers(IReadOnlyList<BatchSummary> runs)
    {
        BatchSummary? last = runs.Where(run => run.Outcome is not null || run.IsRunning)
            .MaxBy(run => run.Ended ?? DateTimeOffset.MaxValue);
        return last is { Outcome: BatchOutcome.Completed or BatchOutcome.Outstanding or BatchOutcome.Unsent }
            && runs.Any(run => run.Outcome == BatchOutcome.SomeFailed && run.Ended >= last.Started)
            ? last with { Outcome = BatchOutcome.SomeFailed } : last;
    }
}
