using PancreasSeg.Batch;

namespace PancreasSeg.Tests;

/// <summary>The scripts of New-PancreasSlurmJob on a real Slurm of one node.</summary>
public sealed class SlurmTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>, IDisposable
{
    private const int Studies = 12, Shards = 2;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_array_whose_tasks_are_told_to_end_and_preempted_does_each_study_once_and_reports()
    {
        Assert.SkipUnless(SlurmNode.Absent is null, SlurmNode.Absent ?? "");
        foreach (int i in Enumerable.Range(0, Studies)) Study($"s{i:00}");
        using var slurm = new SlurmNode();
        module.Invoke("New-PancreasSlurmJob $args[0] $args[1] $args[2] $args[3] -PowerShell $args[4] -ShardCount $args[5] -TaskLimit 2 "
            + "-CorePerTask 1 -MemoryPerTask 1GB -Partition low -BatchParameter @{ ThrottleLimit = 1 }", _folder["studies"], _folder["out"],
            Path.Combine(Repository.Root, "tests", "Fixtures", "bright-tissue.safetensors"), _folder["job"], Repository.Shell, Shards)
            .ThrowIfFailed();
        string[] jobs = slurm.Ask("bash", _folder["job/submit.sh"]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, jobs.Length);
        string[] tasks = [.. Enumerable.Range(0, Shards).Select(i => $"{jobs[0]}_{i}")];

        // As at the time limit: the shell is told, the batch gives its study up, and the task goes back into the queue.
        slurm.Until(() => IsAtWork(0), "the first task begins a study");
        slurm.Ask("scancel", "--signal=TERM", "--batch", tasks[0]);
        slurm.Until(() => slurm.Of(tasks[0], "Restarts") == "1", "the first task goes back");

        // A job of a higher partition takes the place of what runs.
        slurm.Until(() => IsAtWork(1), "the second task begins a study");
        slurm.Ask("sbatch", "--partition=high", "--cpus-per-task=2", "--mem=100M", "--output=/dev/null", "--wrap=true");
        slurm.Until(() => slurm.Of(tasks[1], "Restarts") == "1", "the second task is preempted");

        // Slurm lets two minutes pass before it begins such tasks anew.
        slurm.Until(() =>
        {
            foreach (string task in tasks.Where(task => slurm.Of(task, "JobState") == "PENDING"))
                slurm.Ask("scontrol", "update", $"JobId={task}", "StartTime=now");
            return slurm.Ask("squeue", "-h").Length == 0;
        }, "all ends");

        Assert.All(tasks.Append(jobs[1]),
            job => Assert.Equal("COMPLETED 0:0", $"{slurm.Of(job, "JobState")} {slurm.Of(job, "ExitCode")}"));
        BatchItem[] attempts = Batch<BatchItem>("-History");
        Assert.Equal(Enumerable.Range(0, Studies).Select(i => $"s{i:00}"),
            attempts.Where(i => i.State == BatchState.Done).Select(i => i.Study).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(attempts, i => i.State is BatchState.Running or BatchState.Interrupted or BatchState.Failed);
        Assert.Contains(Batch<BatchSummary>("-Run"), run => run.Outcome == BatchOutcome.Stopped);
        Assert.Equal(Studies, Directory.GetFiles(_folder["out/cases"], "mask.nii.gz", SearchOption.AllDirectories).Length);
        string page = File.ReadAllText(Assert.Single(Directory.GetFiles(_folder["out/reports"], "all-*.html")));
        Assert.Contains($"<b>{Studies}</b>done", page, StringComparison.Ordinal);
        Assert.Contains("Completed", File.ReadAllText(Assert.Single(Directory.GetFiles(_folder["job"], "report-*.log"))),
            StringComparison.Ordinal);
    }

    private T[] Batch<T>(string what) => [.. module.Invoke($"Get-PancreasBatch $args[0] {what}", _folder["out"]).Values.Cast<T>()];

    private bool IsAtWork(int shard)
    {
        string logs = _folder[$"out/shards/{shard}-of-{Shards}/logs"];
        return Directory.Exists(logs)
            && Directory.GetFiles(logs).Any(log => File.ReadAllText(log).Contains("study-started", StringComparison.Ordinal));
    }

    private void Study(string name)
    {
        Directory.CreateDirectory(_folder[$"studies/{name}"]);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "examples", "data", "phantom")))
            File.Copy(file, Path.Combine(_folder[$"studies/{name}"], Path.GetFileName(file)));
    }
}
