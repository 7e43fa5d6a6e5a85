using System.Management.Automation;
using PancreasSeg.Batch;
using PancreasSeg.Common;

namespace PancreasSeg.Commands;

/// <summary>Writes one report over all runs and shards of a batch's output folder.</summary>
[Cmdlet(VerbsCommon.New, "PancreasReport", SupportsShouldProcess = true)]
[OutputType(typeof(BatchSummary))]
public sealed class NewPancreasReportCommand : LongRunningCommand
{
    /// <summary>Output folder of a batch.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("OutputPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>What began earlier is left out.</summary>
    [Parameter]
    public DateTime? Since { get; set; }

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
        string folder = this.ResolveOutput(Path);
        if (ShouldProcess(folder, "Write a report over all journals"))
            WriteObject(MergedReport.Write(folder, JournalArgument.Of(Journal, JournalCredential), Since));
    });
}
