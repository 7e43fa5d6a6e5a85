using System.Management.Automation;
using PancreasSeg.Batch;
using PancreasSeg.Common;

namespace PancreasSeg.Commands;

/// <summary>Shows what a batch has done and is doing, out of its journal.</summary>
[Cmdlet(VerbsCommon.Get, "PancreasBatch", DefaultParameterSetName = StudySet)]
[OutputType(typeof(BatchItem), typeof(BatchSummary))]
public sealed class GetPancreasBatchCommand : LongRunningCommand
{
    private const string StudySet = "Study", RunSet = "Run";

    /// <summary>Output folder of a batch.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("OutputPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Names of studies; wildcards are allowed.</summary>
    [Parameter(Position = 1, ParameterSetName = StudySet)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(StudyCompleter))]
    public string Study { get; set; } = "*";

    /// <summary>Every attempt, and not only the last one at each study.</summary>
    [Parameter(ParameterSetName = StudySet)]
    public SwitchParameter History { get; set; }

    /// <summary>The runs and not the studies.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RunSet)]
    public SwitchParameter Run { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => TryItem(Path, () =>
    {
        var folder = new BatchFolder(this.ResolveOutput(Path));
        IReadOnlyList<BatchFolder> folders = folder.WithJournals() is { Count: > 0 } found ? found : [folder];
        var runs = new List<BatchSummary>();
        var attempts = new List<BatchItem>();
        foreach (BatchFolder part in folders)
        {
            using BatchJournal journal = BatchJournal.OpenExisting(part);
            if (Run) runs.AddRange(journal.Runs());
            else attempts.AddRange(journal.History());
        }
        if (Run)
        {
            WriteObject(runs.OrderBy(run => run.Started), enumerateCollection: true);
            return;
        }
        var pattern = new WildcardPattern(Study, WildcardOptions.IgnoreCase);
        IEnumerable<BatchItem> items = attempts.Where(i => pattern.IsMatch(i.Study)).OrderBy(i => i.Started);
        if (!History) items = items.GroupBy(i => i.Study)
            .Select(g => g.LastOrDefault(i => i.State is not (BatchState.Stopped or BatchState.Preempted)) ?? g.Last());
        WriteObject(items, enumerateCollection: true);
    });
}
