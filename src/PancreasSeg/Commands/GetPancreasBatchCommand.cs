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

    /// <summary>The PostgreSQL database that holds the journal, as for Start-PancreasBatch.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Journal { get; set; }

    /// <summary>Role and password for the database.</summary>
    [Parameter]
    [Credential]
    [ValidateNotNull]
    public PSCredential? JournalCredential { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => TryItem(Path, () =>
    {
        BatchHistory batch = BatchHistory.Read(this.ResolveOutput(Path), JournalArgument.Of(Journal, JournalCredential));
        if (Run)
        {
            WriteObject(batch.Runs, enumerateCollection: true);
            return;
        }
        var pattern = new WildcardPattern(Study, WildcardOptions.IgnoreCase);
        WriteObject((History ? batch.Attempts : batch.Newest).Where(i => pattern.IsMatch(i.Study)), enumerateCollection: true);
    });
}
