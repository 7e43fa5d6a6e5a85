using System.Globalization;

namespace PancreasSeg.Batch;

/// <summary>One report over all journals of an output folder. It is a question to them: nothing in them is changed.</summary>
public static class MergedReport
{
    // The whole is as bad as its worst part.
    private static readonly BatchOutcome[] s_worstFirst =
    [
        BatchOutcome.OutputFailed, BatchOutcome.SomeFailed, BatchOutcome.Stopped, BatchOutcome.Unsent, BatchOutcome.Outstanding,
        BatchOutcome.Completed, BatchOutcome.NothingFound,
    ];

    /// <summary>Writes the page.</summary>
    /// <param name="outputPath">Full path of the output folder.</param>
    /// <param name="server">The database that holds a journal of it; null for none.</param>
    /// <param name="since">Attempts and runs that began earlier are left out; null for none.</param>
    /// <returns>What all runs together have done, with the report. Its outcome is the worst of the last runs of each shard; a shard of
    /// the newest run's division that has no run counts as stopped, and so does a time since which no run began.</returns>
    /// <exception cref="CoreException">As <see cref="BatchHistory.Read"/>; <see cref="Fault.FileWriteFailed"/>.</exception>
    public static BatchSummary Write(string outputPath, JournalServer? server = null, DateTimeOffset? since = null)
    {
        BatchHistory batch = BatchHistory.Read(outputPath, server);
        bool IsMeant(DateTimeOffset started) => since is null || started >= since;
        List<BatchSummary> runs = [.. batch.Runs.Where(run => IsMeant(run.Started))];
        List<BatchItem> items = [.. batch.Newest.Where(item => IsMeant(item.Started)).OrderBy(item => item.Study, StringComparer.Ordinal)];
        List<(BatchShard? Shard, BatchSummary Run)> last = [.. batch.Last.Where(part => IsMeant(part.Run.Started))];
        int shards = last.OrderBy(part => part.Run.Started).LastOrDefault().Shard?.Count ?? 0;
        int missing = shards - last.Count(part => part.Shard?.Count == shards);
        HashSet<BatchOutcome> outcomes = [.. last.Select(part => part.Run.Outcome ?? BatchOutcome.Stopped)];
        if (missing > 0 || (since is not null && last.Count == 0)) outcomes.Add(BatchOutcome.Stopped);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        BatchSummary all = BatchJournal.Counted(new BatchSummary
        {
            Run = string.Create(CultureInfo.InvariantCulture, $"all-{now:yyyyMMdd-HHmmss}"),
            Started = runs.Select(run => run.Started).Append(now).Min(),
            Ended = runs.Select(run => run.Ended ?? run.Started).DefaultIfEmpty(now).Max(),
            Model = string.Join(", ", runs.Select(run => run.Model).Distinct()),
            IsRunning = runs.Exists(run => run.IsRunning),
            Outcome = s_worstFirst.FirstOrDefault(outcomes.Contains, BatchOutcome.NothingFound),
            Skipped = last.Sum(part => part.Run.Skipped),
            Outstanding = last.Sum(part => part.Run.Outstanding),
            Unsent = last.Sum(part => part.Run.Unsent),
            Left = last.Sum(part => part.Run.Left),
            PeakMemory = runs.Select(run => run.PeakMemory).DefaultIfEmpty().Max(),
        }, items);
        return all with { Report = BatchReport.Write(new BatchFolder(outputPath), all, items, batch.Attempts) };
    }
}
