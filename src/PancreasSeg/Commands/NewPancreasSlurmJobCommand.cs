using System.Collections;
using System.Management.Automation;
using PancreasSeg.Batch;
using PancreasSeg.Common;

namespace PancreasSeg.Commands;

/// <summary>Writes the scripts of a batch on a Slurm cluster.</summary>
[Cmdlet(VerbsCommon.New, "PancreasSlurmJob", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class NewPancreasSlurmJobCommand : WritingCommand
{
    private static readonly string[] s_own = ["Path", "OutputPath", "Model", "Shard", "Journal", "JournalCredential", "Watch", "SummaryVariable"];
    private static readonly string[] s_ofArchive =
        ["Server", "Query", "SendBack", "SendFlagged", "Credential", "Token", "Certificate", "CertificateFingerprint"];

    /// <summary>Folder whose entries are the studies.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Folder for results, journals, logs and reports.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string OutputPath { get; set; } = "";

    /// <summary>A model file.</summary>
    [Parameter(Mandatory = true, Position = 2)]
    [ArgumentCompleter(typeof(ModelFileCompleter))]
    [ValidateNotNullOrEmpty]
    public string Model { get; set; } = "";

    /// <summary>Folder for the scripts.</summary>
    [Parameter(Mandatory = true, Position = 3)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>Parts of the studies, one for each task.</summary>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int ShardCount { get; set; } = 40;

    /// <summary>Tasks that run at once at most.</summary>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int TaskLimit { get; set; } = 10;

    /// <summary>Cores of a task.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int CorePerTask { get; set; } = 4;

    /// <summary>Memory of a task in bytes, e.g. 16GB.</summary>
    [Parameter]
    [ValidateRange(1L << 20, long.MaxValue)]
    public long? MemoryPerTask { get; set; }

    /// <summary>After which time a task goes back into the queue.</summary>
    [Parameter]
    [TimeArgument]
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromHours(4);

    /// <summary>Where the tasks run.</summary>
    [Parameter]
    [ValidatePattern(@"^[\w,.-]+\z")]
    public string? Partition { get; set; }

    /// <summary>Further parameters of Start-PancreasBatch.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary BatchParameter { get; set; } = new Hashtable();

    /// <summary>How PowerShell is called on the nodes.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string PowerShell { get; set; } = "pwsh";

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (object key in BatchParameter.Keys)
        {
            if (s_ofArchive.Contains($"{key}", StringComparer.OrdinalIgnoreCase))
                ThrowTerminatingError(Errors.Conflict(
                    $"-BatchParameter does not take '{key}': a Slurm job takes its studies from the folder of -Path, and from no archive."));
            if (s_own.Contains($"{key}", StringComparer.OrdinalIgnoreCase) || !IsBatchParameter($"{key}"))
                ThrowTerminatingError(Errors.Conflict($"-BatchParameter does not take '{key}': {(IsBatchParameter($"{key}")
                    ? "it is set otherwise." : "it is no parameter of Start-PancreasBatch.")}"));
        }
        string model = this.ResolveOutput(Model), destination = this.ResolveOutput(Destination);
        Hashtable further = Further();
        SlurmJob job = SetUp(model, () => new SlurmJob
        {
            Folder = destination,
            PowerShell = PowerShell,
            Module = System.IO.Path.Combine(MyInvocation.MyCommand.Module.ModuleBase, "PancreasSeg.psd1"),
            BatchCommand = PowerShellText.Command("Start-PancreasBatch", new Hashtable(further)
            {
                ["Path"] = this.ResolveOutput(Path),
                ["OutputPath"] = this.ResolveOutput(OutputPath),
                ["Model"] = model,
            }),
            OutputPath = this.ResolveOutput(OutputPath),
            Shards = ShardCount,
            AtOnce = TaskLimit,
            Cores = CorePerTask,
            Memory = MemoryPerTask ?? BatchMemory.Of(ModelArgument.Behind(
                this, ModelArgument.Resolve(this, model, (string?)further["Plan"], null), further["Locator"])(), StudiesAtOnce),
            TimeLimit = TimeLimit,
            Partition = Partition,
        });
        if (ShouldProcess(destination, "Write the scripts of a Slurm job"))
            SetUp(destination, () =>
            {
                Write("Writing scripts", job.Files, _ => job.Write(!NoClobber));
                return job;
            });
    }

    /// <summary>The further parameters, with full paths: the nodes begin in another folder.</summary>
    private Hashtable Further()
    {
        var further = new Hashtable(BatchParameter, StringComparer.OrdinalIgnoreCase);
        foreach (string name in new[] { "Plan", "Locator" })
        {
            if (further[name] is not { } file) continue;
            further[name] = ModelArgument.FileOf(this, file);
            if (further[name] is null)
                ThrowTerminatingError(Errors.Conflict($"-BatchParameter takes '{name}' as the path of a file: scripts hold no objects."));
        }
        return further;
    }

    private int StudiesAtOnce => LanguagePrimitives.ConvertTo<int>(
        BatchParameter.Keys.Cast<object>()
            .FirstOrDefault(key => $"{key}".Equals("ThrottleLimit", StringComparison.OrdinalIgnoreCase)) is { } key
            ? BatchParameter[key] : new StartPancreasBatchCommand().ThrottleLimit);

    private static bool IsBatchParameter(string name) => typeof(StartPancreasBatchCommand).GetProperties().Any(p =>
        p.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && p.IsDefined(typeof(ParameterAttribute), inherit: false));
}
