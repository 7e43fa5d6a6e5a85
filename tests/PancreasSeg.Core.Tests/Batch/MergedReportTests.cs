using PancreasSeg.Batch;
using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;

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
        Assert.Equal((0, BatchOutcome.Stopped), (all.Done, all.Outcome));
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
    public void A_shard_that_never_ran_leaves_the_whole_unfinished()
    {
        _batch.Study("a.nii");
        foreach (int i in (int[])[0, 2]) Run(i, 3);
        BatchSummary all = MergedReport.Write(_batch.Output.Root);
        Assert.Equal((BatchOutcome.Stopped, 5), (all.Outcome, all.ExitCode));
        Run(1, 3);
        Assert.Equal(BatchOutcome.Completed, MergedReport.Write(_batch.Output.Root).Outcome);
        _batch.Run();
        Assert.Equal(BatchOutcome.Completed, MergedReport.Write(_batch.Output.Root).Outcome);
    }

    [Fact]
    public void A_run_that_died_hides_no_failure_of_another()
    {
        File.WriteAllText(Path.Combine(_batch.Studies, "bad.nii"), "no NIfTI");
        foreach (int i in Enumerable.Range(0, 3)) Run(i, 3);
        int other = Enumerable.Range(0, 3).First(i => !new BatchShard(i, 3).Holds("bad.nii"));
        using (var journal = SqliteJournal.Open(_batch.Output with { Shard = new BatchShard(other, 3) }))
            journal.Begin(new BatchSummary { Run = "died", Started = DateTimeOffset.UtcNow, Model = "m" }, "sha");
        Assert.Equal(BatchOutcome.SomeFailed, MergedReport.Write(_batch.Output.Root).Outcome);
    }

    [Fact]
    public void A_folder_without_a_study_is_told_as_such()
    {
        foreach (int i in Enumerable.Range(0, 2)) Run(i, 2);
        Assert.Equal(BatchOutcome.NothingFound, MergedReport.Write(_batch.Output.Root).Outcome);
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
        Assert.Contains("--signal=B:TERM@120\n", shard, StringComparison.Ordinal);
        (job with { TimeLimit = TimeSpan.FromSeconds(50) }).Write(overwrite: true);
        Assert.Matches("--time=1\n(.*\n)?#SBATCH .*--signal=B:TERM@30\n", File.ReadAllText(job.Files[1]));
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

    [Theory]
    [InlineData(false, "")]
    [InlineData(true, "requeue 1_7")]
    public void A_task_does_its_own_shard_and_goes_back_into_the_queue_after_the_signal_alone(bool signal, string asked)
    {
        Assert.SkipUnless(File.Exists("/bin/bash") && !OperatingSystem.IsWindows(), "There is no bash.");
        using var folder = new TemporaryFolder();
        string Tool(string name, string text)
        {
            string file = folder.File(name);
            File.WriteAllText(file, $"#!/bin/bash\n{text}\n");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return file;
        }
        string end = signal ? "trap 'exit 5' TERM; kill -TERM $PPID; while :; do sleep 0.05; done" : "exit 5";
        var job = new SlurmJob
        {
            Folder = folder.File("job"),
            PowerShell = Tool("pwsh", $"echo \"$@\" > '{folder.File("told")}'; {end}"),
            Module = "/m/PancreasSeg.psd1",
            BatchCommand = "Start-PancreasBatch",
            OutputPath = "/out",
            Shards = 40,
            Memory = 1L << 30,
        };
        job.Write(overwrite: false);
        Tool("scontrol", $"echo \"$@\" > '{folder.File("asked")}'");
        var start = new System.Diagnostics.ProcessStartInfo("/bin/bash", [job.Files[1]]);
        foreach ((string name, string value) in new[] { ("TASK_ID", "7"), ("TASK_MIN", "7"), ("TASK_COUNT", "1"), ("JOB_ID", "1") })
            start.Environment[$"SLURM_ARRAY_{name}"] = value;
        start.Environment["PATH"] = $"{Path.GetDirectoryName(folder.File("x"))}:{start.Environment["PATH"]}";
        using var bash = System.Diagnostics.Process.Start(start)!;
        bash.WaitForExit();
        Assert.Equal(5, bash.ExitCode);
        Assert.EndsWith("-Shard 7/40\n", File.ReadAllText(folder.File("told")), StringComparison.Ordinal);
        Assert.Equal(asked, File.Exists(folder.File("asked")) ? File.ReadAllText(folder.File("asked")).Trim() : "");
    }

    [Fact]
    public void The_report_of_a_job_is_that_of_what_began_since_it_was_submitted()
    {
        Assert.SkipUnless(File.Exists("/bin/bash") && !OperatingSystem.IsWindows(), "There is no bash.");
        using var folder = new TemporaryFolder();
        foreach ((string name, string text) in new[]
        {
            ("sbatch", "echo 7; [ $# -gt 2 ] && bash \"${@: -2:1}\" \"${@: -1}\" > /dev/null; true"),
            ("pwsh", $"echo \"$since\" > '{folder.File("since")}'; echo \"$@\" > '{folder.File("told")}'"),
        })
        {
            File.WriteAllText(folder.File(name), $"#!/bin/bash\n{text}\n");
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder.File(name), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
        var job = new SlurmJob
        {
            Folder = folder.File("job"),
            Module = "/m/PancreasSeg.psd1",
            BatchCommand = "Start-PancreasBatch",
            OutputPath = "/out",
            Memory = 1L << 30,
        };
        job.Write(overwrite: false);
        DateTimeOffset before = DateTimeOffset.Now.AddSeconds(-1);
        var start = new System.Diagnostics.ProcessStartInfo("/bin/bash", [job.Files[3]]) { RedirectStandardOutput = true };
        start.Environment["PATH"] = $"{Path.GetDirectoryName(folder.File("x"))}:{start.Environment["PATH"]}";
        using var bash = System.Diagnostics.Process.Start(start)!;
        Assert.Equal("7\n7\n", bash.StandardOutput.ReadToEnd());
        bash.WaitForExit();
        Assert.InRange(DateTimeOffset.Parse(File.ReadAllText(folder.File("since")), System.Globalization.CultureInfo.InvariantCulture),
            before, DateTimeOffset.Now);
        Assert.Contains("if ($env:since) { $since.Since = $env:since }", File.ReadAllText(folder.File("told")), StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_of_a_task_lies_above_that_of_the_pass_and_grows_with_the_studies_at_once()
    {
        PancreasModel model = BatchFixture.Model();
        long pass = MemoryEstimate.Of(model.Network, 48, 96, 96).Total;
        Assert.InRange(BatchMemory.Of(model, 1), pass, pass * 2 + 2_000_000_000);
        Assert.InRange(BatchMemory.Of(model, 3) - BatchMemory.Of(model, 1), 1L << 30, 2L << 30);
    }

    [Fact]
    public void Memory_of_a_task_is_that_of_the_volumes_that_the_network_takes()
    {
        NetworkSpec spec = new() { Kind = NetworkKind.ResidualUNet, Filters = 2, Strides = [[2, 2, 2], [2, 2, 2], [1, 1, 2]] };
        PancreasModel model = TestModels.Model(spec, TestModels.Weights(spec, 1));
        // 50 voxels of each axis, in multiples of 16, 16 and 8.
        Assert.Equal(BatchMemory.Of(model.Planned(new PreprocessPlan { Size = [64, 64, 56] }), 1),
            BatchMemory.Of(model.Planned(new PreprocessPlan { Spacing = [3, 3, 3], BoxSize = [150, 150, 150] }), 1));
        Assert.Equal(BatchMemory.Of(model.Planned(new PreprocessPlan { Size = [176, 176, 168] }), 1),
            BatchMemory.Of(model.Planned(new PreprocessPlan { Spacing = [3, 3, 3] }), 1));
    }
}
