using System.Globalization;
using System.Text;

namespace PancreasSeg.Batch;

/// <summary>A batch on a Slurm cluster: an array job with a shard in each task, and a job that writes one report when all have
/// ended.</summary>
public sealed record SlurmJob
{
    /// <summary>Names of the files, in the order in which they are written.</summary>
    public static IReadOnlyList<string> FileNames { get; } = ["batch.ps1", "shard.sbatch", "report.sbatch", "submit.sh"];

    /// <summary>Full path of the folder for the scripts and the logs of the tasks.</summary>
    public required string Folder { get; init; }

    /// <summary>How PowerShell is called on the nodes.</summary>
    public string PowerShell { get; init; } = "pwsh";

    /// <summary>Full path of the module's manifest, as the nodes see it.</summary>
    public required string Module { get; init; }

    /// <summary>The command line of Start-PancreasBatch but for its shard.</summary>
    public required string BatchCommand { get; init; }

    /// <summary>Full path of the output folder.</summary>
    public required string OutputPath { get; init; }

    /// <summary>Parts of the studies, one for each task.</summary>
    public int Shards { get; init; } = 40;

    /// <summary>Tasks that run at once at most.</summary>
    public int AtOnce { get; init; } = 10;

    /// <summary>Cores of a task.</summary>
    public int Cores { get; init; } = 4;

    /// <summary>Memory of a task in bytes.</summary>
    public required long Memory { get; init; }

    /// <summary>After which time a task goes back into the queue.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromHours(4);

    /// <summary>Where the tasks run; null for the cluster's default.</summary>
    public string? Partition { get; init; }

    /// <summary>Full paths of the files.</summary>
    public IReadOnlyList<string> Files => [.. FileNames.Select(name => Path.Combine(Folder, name))];

    /// <summary>Writes the files, each whole or not at all.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/>; <see cref="Fault.NoClobber"/>: a file is there.</exception>
    public void Write(bool overwrite)
    {
        FileFault.Writing(Folder, () => Directory.CreateDirectory(Folder));
        foreach ((string file, string text) in Files.Zip([Batch(), Shard(), Report(), Submit()]))
            AtomicFile.Write(file, overwrite, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>A text in quotes that neither PowerShell nor a shell looks into.</summary>
    public static string Quoted(string text, bool forShell = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        return $"'{text.Replace("'", forShell ? @"'\''" : "''", StringComparison.Ordinal)}'";
    }

    private string Batch() => $$"""
        # Written by New-PancreasSlurmJob: does one shard; the exit code is that of the batch.
        param([Parameter(Mandatory)] [string] $Shard)
        Import-Module {{Quoted(Module)}}
        $code = 4
        try {
            {{BatchCommand}} -Shard $Shard -ErrorAction Stop -OutVariable items
            $code = $items[-1].ExitCode
        }
        catch {
            [Console]::Error.WriteLine("$_ $($_.ErrorDetails.RecommendedAction)")
            if ($_.FullyQualifiedErrorId -like 'FileWriteFailed,*') { $code = 6 }
        }
        exit $code

        """;

    // The shell gets the signal before the end, not the batch, which runs in the background so that the trap is not kept
    // waiting.
    private string Shard() => string.Create(CultureInfo.InvariantCulture, $$"""
        #!/bin/bash
        # One array task a shard. A task that runs into its time limit, or is preempted, goes back into the queue and goes on.
        #SBATCH --job-name=pancreas --array=0-{{Shards - 1}}%{{AtOnce}} --cpus-per-task={{Cores}} --mem={{Megabytes(Memory)}}M --time={{MinuteLimit}}
        #SBATCH --requeue --open-mode=append --signal=B:TERM@{{Notice}}
        #SBATCH --output={{Escaped("pancreas-%A_%a.log")}}{{PartitionLine}}
        trap 'told=1; kill -TERM $!' TERM
        # Of all shards, also where a task is repeated alone: sbatch --array=7
        {{Call("batch.ps1")}} -Shard "$SLURM_ARRAY_TASK_ID/{{Shards}}" &
        wait $!
        code=$?
        # The first wait is broken off by the signal.
        [ $code -gt 128 ] && { wait $!; code=$?; }
        # A batch that ends at its -StopAt or -MaxCase has ended.
        [ -n "$told" ] && [ $code = 5 ] && scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
        # A shard without a study is no failure.
        [ $code = 3 ] && code=0
        exit $code

        """);

    private string Report() => $$"""
        #!/bin/bash
        # When all shards have ended: one report over all of them since a time, or over all nights; the exit code is that of the whole.
        #SBATCH --job-name=pancreas-report --mem=1G --time=00:30:00
        #SBATCH --output={{Escaped("report-%j.log")}}{{PartitionLine}}
        since="$1" {{PowerShellCall}} -Command {{Quoted(ReportCommand, true)}}

        """;

    private string ReportCommand => $"Import-Module {Quoted(Module)}; "
        + "$since = @{}; if ($env:since) { $since.Since = $env:since }; "
        + $"$all = New-PancreasReport {Quoted(OutputPath)} @since -ErrorAction Stop; $all; exit $all.ExitCode";

    private string Submit() => $$"""
        #!/bin/bash
        # Gives both jobs to Slurm and tells their numbers.
        set -e
        since=$(date +%FT%T%:z)
        shards=$(sbatch --parsable {{Quoted(Path.Combine(Folder, "shard.sbatch"), true)}})
        report=$(sbatch --parsable --dependency=afterany:$shards {{Quoted(Path.Combine(Folder, "report.sbatch"), true)}} "$since")
        echo "$shards"
        echo "$report"

        """;

    private string PowerShellCall => $"{Quoted(PowerShell, true)} -NoProfile -NonInteractive";

    private string PartitionLine => Partition is null ? "" : $"\n#SBATCH --partition={Partition}";

    private long MinuteLimit => Math.Max(1, (long)Math.Ceiling(TimeLimit.TotalMinutes));

    /// <summary>Seconds before the end: enough to end a batch, and not so many that a task with a short limit does nothing.</summary>
    private long Notice => Math.Min(120, MinuteLimit * 60 / 2);

    private string Call(string script) => $"{PowerShellCall} -File {Quoted(Path.Combine(Folder, script), true)}";

    // Slurm takes the path as it is but for % and spaces.
    private string Escaped(string name) => $"\"{Path.Combine(Folder.Replace("%", "%%", StringComparison.Ordinal), name)}\"";

    private static long Megabytes(long bytes) => (bytes + (1 << 20) - 1) >> 20;
}
