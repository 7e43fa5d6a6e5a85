using PancreasSeg.Batch;
using PancreasSeg.Inference;
using PancreasSeg.Network;

namespace PancreasSeg.Core.Tests.Batch;

/// <summary>One report over all shards, and the scripts that make a cluster do them.</summary>
public sealed class MergedReportTests : IDisposable
{
    private readonly BatchFixture _batch = new();

    public void Dispose() => _batch.Dispose();

    private BatchSummary Run(int index, int count) => _batch.Run(o => o with { Shard = new BatchShard(index, count) }).Summary;

    [Fact]
    public void One_report_over_all_shards_counts_each_study_once_and_is_as_bad_as_the_worst()
    {
        foreach (int i in Enumerable.Range(0, 8)) _batch.Study($"s{i}.nii");
        File.WriteAllText(Path.Combine(_batch.Studies, "bad.nii"), "no NIfTI");
        foreach (int i in Enumerable.Range(0, 3)) Run(i, 3);
        BatchSummary all = MergedReport.Write(_batch.Output.Root);
        Assert.Equal((8, 1, BatchOutcome.SomeFailed, 2), (all.Done, all.Failed, all.Outcome, all.ExitCode));
        string page = File.ReadAllText(all.Report!);
        Assert.All(Enumerable.Range(0, 8), i => Assert.Contains($">s{i}<", page, StringComparison.Ordinal));
        Assert.Contains(">bad<", page, StringComparison.Ordinal);

        File.Delete(Path.Combine(_batch.Studies, "bad.nii"));
        foreach (int i in Enumerable.Range(0, 4)) Run(i, 4);
        all = MergedReport.Write(_batch.Output.Root);
        Assert.Equal((8, 1), (all.Done, all.Failed));
        all = MergedReport.Write(_batch.Output.Root, since: DateTimeOffset.UtcNow.AddHours(1));
        Assert.Equal((0, BatchOutcome.NothingFound), (all.Done, all.Outcome));
    }

    [Fact]
    public void A_shard_without_a_study_is_no_failure_of_the_whole_and_one_that_died_is_not_the_end()
    {
        _batch.Study("a.nii");
        foreach (int i in Enumerable.Range(0, 3)) Run(i, 3);
        Assert.Equal(BatchOutcome.Completed, MergedReport.Write(_batch.Output.Root).Outcome);
        BatchFolder shard = _batch.Output with { Shard = new BatchShard(0, 3) };
        using (var journal = SqliteJournal.Open(shard))
            journal.Begin(new BatchSummary { Run = "died", Started = DateTimeOffset.UtcNow, Model = "m" }, "sha");
        Assert.Equal(BatchOutcome.Stopped, MergedReport.Write(_batch.Output.Root).Outcome);
    }

    [Fact]
    public void The_scripts_of_a_job_hold_what_was_asked_for_however_it_is_written()
    {
        using var folder = new TemporaryFolder();
        var job = new SlurmJob
        {
            Folder = folder.File("it's a job"),
            Module = "/m/PancreasSeg.psd1",
            BatchCommand = "Start-PancreasBatch -Path:'a'",
            OutputPath = "/o'ut",
            Shards = 7,
            AtOnce = 3,
            Cores = 2,
            Memory = (2L << 30) + 1,
            TimeLimit = TimeSpan.FromMinutes(90.5),
            Partition = "low",
        };
        job.Write(overwrite: false);
        string shard = File.ReadAllText(job.Files[1]);
        Assert.Contains("--array=0-6%3 --cpus-per-task=2 --mem=2049M --time=91\n", shard, StringComparison.Ordinal);
        Assert.Contains("#SBATCH --partition=low\n", shard, StringComparison.Ordinal);
        Assert.All(job.Files, file => Assert.DoesNotContain('\r', File.ReadAllText(file)));
        Assert.Contains("-Path:'a' -Shard $Shard ", File.ReadAllText(job.Files[0]), StringComparison.Ordinal);
        Assert.Equal(Fault.NoClobber, Assert.Throws<CoreException>(() => job.Write(overwrite: false)).Fault);
        if (!File.Exists("/bin/bash")) return;
        foreach (string script in job.Files.Skip(1))
        {
            using var bash = System.Diagnostics.Process.Start("/bin/bash", ["-n", script]);
            bash.WaitForExit();
            Assert.Equal(0, bash.ExitCode);
        }
    }

    [Fact]
    public void Memory_of_a_task_lies_above_that_of_the_pass_and_grows_with_the_studies_at_once()
    {
        PancreasModel model = BatchFixture.Model();
        long pass = MemoryEstimate.Of(model.Network, 48, 96, 96).Total;
        Assert.InRange(BatchMemory.Of(model, 1), pass, pass * 2 + 2_000_000_000);
        Assert.InRange(BatchMemory.Of(model, 3) - BatchMemory.Of(model, 1), 1L << 30, 2L << 30);
    }
}
