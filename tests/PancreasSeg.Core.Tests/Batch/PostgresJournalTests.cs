using PancreasSeg.Batch;
using PancreasSeg.Network;

namespace PancreasSeg.Core.Tests.Batch;

/// <summary>Several workers with one journal in a real PostgreSQL.</summary>
public sealed class PostgresJournalTests : IClassFixture<PostgresServer>, IDisposable
{
    private readonly BatchFixture _batch = new();
    private readonly PostgresServer _server;

    public PostgresJournalTests(PostgresServer server)
    {
        Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? "");
        _server = server;
    }

    public void Dispose() => _batch.Dispose();

    private (BatchSummary Summary, List<BatchItem> Items) Run(JournalServer journal) => _batch.Run(o => o with { Journal = journal });

    private IReadOnlyList<BatchItem> History(JournalServer journal) => BatchHistory.Read(_batch.Output.Root, journal).Attempts;

    private static string DatabaseOf(JournalServer journal) => journal.Connection.Split("Database=")[1].Split(';')[0];

    private byte[][] Masks() => [.. Directory.EnumerateFiles(_batch.Output.Results, BatchFolder.MaskFile, SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];

    [Fact]
    public async Task Workers_at_once_do_each_study_once_and_make_the_masks_of_one()
    {
        foreach (int i in Enumerable.Range(0, 12)) _batch.Study($"s{i}.nii", width: 10 + i % 4);
        _batch.Run();
        byte[][] whole = Masks();
        Directory.Delete(_batch.Output.Root, recursive: true);
        JournalServer journal = _server.NewJournal();
        BatchSummary[] runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Run(journal).Summary)));
        Assert.Equal(12, runs.Sum(r => r.Done));
        Assert.All(runs, run => Assert.Equal(BatchOutcome.Completed, run.Outcome));
        Assert.Equal(whole, Masks());
        Assert.False(File.Exists(_batch.Output.Journal));
        Assert.Equal(12, History(journal).Count(i => i.State == BatchState.Done));
        Assert.Equal(4, BatchHistory.Read(_batch.Output.Root, journal).Runs
            .Count(r => r is { IsRunning: false, Outcome: BatchOutcome.Completed }));
        Assert.Equal(12, Run(journal).Summary.Skipped);
    }

    [Fact]
    public void What_a_silent_worker_had_in_work_is_taken_over_and_its_late_result_thrown_away()
    {
        _batch.Study("a.nii");
        JournalServer journal = _server.NewJournal(leaseSeconds: 1.5);
        using var silent = PostgresJournal.Open(_batch.Output, journal with { Lease = TimeSpan.FromHours(1) });
        StudyClaim claim = _batch.Claim(silent, "a", "silent");
        (BatchSummary run, _) = Run(journal);
        Assert.Equal((1, BatchOutcome.Completed), (run.Done, run.Outcome));
        Assert.Equal([BatchState.Interrupted, BatchState.Done], History(journal).Select(i => i.State));
        bool placed = false;
        BatchItem late = claim.Item with { State = BatchState.Done, Ended = silent.Now };
        Assert.False(silent.Complete(claim.Id!.Value, late, () => placed = true));
        Assert.False(placed);
        Assert.Equal([BatchState.Interrupted, BatchState.Done], History(journal).Select(i => i.State));
    }

    [Fact]
    public async Task A_worker_waits_for_what_another_has_in_work()
    {
        _batch.Study("a.nii");
        JournalServer journal = _server.NewJournal();
        using var other = PostgresJournal.Open(_batch.Output, journal);
        StudyClaim claim = _batch.Claim(other, "a", "other");
        Task<BatchSummary> waiting = Task.Run(() => Run(journal).Summary);
        Assert.NotSame(waiting, await Task.WhenAny(waiting, Task.Delay(TimeSpan.FromSeconds(3))));
        Assert.True(other.Complete(claim.Id!.Value, claim.Item with { State = BatchState.Failed, Ended = other.Now }));
        BatchSummary run = await waiting;
        Assert.Equal((0, 1, 1), (run.Done, run.Skipped, run.Outstanding));
        Assert.Equal(BatchOutcome.SomeFailed, run.Outcome);                    // in this night, at another worker
        Assert.Equal(BatchOutcome.Outstanding, Run(journal).Summary.Outcome);
    }

    [Fact]
    public void A_worker_whose_study_was_taken_over_tells_what_became_of_it()
    {
        _batch.Study("a.nii");
        JournalServer journal = _server.NewJournal();
        using var other = PostgresJournal.Open(_batch.Output, journal);
        _batch.OnRun = () =>
        {
            _batch.OnRun = null;
            _server.Sql(DatabaseOf(journal), "UPDATE pancreasseg.run SET beat = now() - interval '1 hour'");
            StudyClaim taken = _batch.Claim(other, "a", "other", alone: true);
            Assert.True(other.Complete(taken.Id!.Value, taken.Item with { State = BatchState.Done, Ended = other.Now }));
        };
        BatchSummary run = Run(journal).Summary;
        Assert.Equal((0, 1, 0, BatchOutcome.Completed), (run.Done, run.Skipped, run.Left, run.Outcome!.Value));
        Assert.Equal([BatchState.Interrupted, BatchState.Done], History(journal).Select(i => i.State));
    }

    [Fact]
    public void A_study_has_one_name_whatever_siblings_each_worker_has_met()
    {
        JournalServer journal = _server.NewJournal();
        _batch.CheckOneName(() => PostgresJournal.Open(_batch.Output, journal));
    }

    [Fact]
    public async Task Of_two_workers_that_claim_a_study_at_once_by_two_names_one_gets_it()
    {
        JournalServer journal = _server.NewJournal();
        BatchJournal[] workers = [PostgresJournal.Open(_batch.Output, journal), PostgresJournal.Open(_batch.Output, journal)];
        try
        {
            for (int w = 0; w < 2; w++)
                workers[w].Begin(new BatchSummary { Run = $"{w}", Started = DateTimeOffset.UtcNow, Model = "m" }, "sha");
            for (int i = 0; i < 40; i++)
            {
                using var together = new Barrier(2);
                long?[] ids = await Task.WhenAll(Enumerable.Range(0, 2).Select(w => Task.Factory.StartNew(() =>
                {
                    var item = new BatchItem { Run = $"{w}", Study = $"s{i}-{w}", Path = $"/s{i}", Started = DateTimeOffset.UtcNow };
                    together.SignalAndWait();
                    return workers[w].Claim(new ClaimRequest(item, item.Path, item.Study, "m", null, false, _ => false)).Id;
                }, TaskCreationOptions.LongRunning)));
                Assert.Single(ids, id => id is not null);
            }
        }
        finally
        {
            foreach (BatchJournal worker in workers) worker.Dispose();
        }
    }

    [Fact]
    public void The_whole_of_several_workers_is_as_bad_as_what_failed_at_one_beside_the_last()
    {
        JournalServer journal = _server.NewJournal();
        using var worker = PostgresJournal.Open(_batch.Output, journal);
        DateTimeOffset night = worker.Now;
        void Worked(string run, int from, int to, BatchOutcome outcome)
        {
            var summary = new BatchSummary { Run = run, Started = night.AddHours(from), Model = "m" };
            worker.Begin(summary, "sha");
            worker.End(summary with { Ended = night.AddHours(to), Outcome = outcome });
        }
        Worked("one", 0, 4, BatchOutcome.SomeFailed);
        Worked("two", 1, 5, BatchOutcome.Outstanding);
        Assert.Equal(BatchOutcome.SomeFailed, MergedReport.Write(_batch.Output.Root, journal).Outcome);
        Worked("next night", 24, 25, BatchOutcome.Outstanding);
        Assert.Equal(BatchOutcome.Outstanding, MergedReport.Write(_batch.Output.Root, journal).Outcome);
        Worked("third night", 48, 52, BatchOutcome.SomeFailed);
        Worked("beside it", 49, 53, BatchOutcome.Unsent);
        Assert.Equal(BatchOutcome.SomeFailed, MergedReport.Write(_batch.Output.Root, journal).Outcome);
    }

    [Fact]
    public void A_journal_of_the_first_version_is_brought_to_the_next()
    {
        _batch.Study("a.nii");
        JournalServer journal = _server.NewJournal();
        Run(journal);
        _server.Sql(DatabaseOf(journal), "ALTER TABLE pancreasseg.run DROP unsent; UPDATE pancreasseg.journal SET version = 1; "
            + "ALTER TABLE pancreasseg.attempt DROP waited, DROP sent, DROP not_sent, DROP members, DROP expected_dice, DROP expected_dice_low, DROP review; DROP INDEX pancreasseg.one_name_at_a_time, pancreasseg.by_identity, pancreasseg.one_done_by_number; "
            + "CREATE UNIQUE INDEX one_done_by_number ON pancreasseg.attempt (work, number) WHERE state = 'Done'; "
            // One study in work by two names.
            + "INSERT INTO pancreasseg.study VALUES ('x'), ('y'); "
            + "INSERT INTO pancreasseg.attempt (run, study, path, work, number, state, alone, started, model_sha256) "
            + "SELECT r.id, s.name, '/p', 'w', 1, 'Running', 0, r.started, 'm' FROM pancreasseg.run r, pancreasseg.study s WHERE s.name IN ('x', 'y') ORDER BY s.name");
        Assert.Equal(1, Run(journal).Summary.Skipped);
        Assert.Equal("Interrupted\nRunning", _server.Sql(DatabaseOf(journal), "SELECT state FROM pancreasseg.attempt WHERE path = '/p' ORDER BY id"));
        Assert.Contains("Unsent", _server.Sql(DatabaseOf(journal), "SELECT indexdef FROM pg_indexes WHERE indexname = 'one_done_by_number'"),
            StringComparison.Ordinal);
        Assert.Equal("3", _server.Sql(DatabaseOf(journal), "SELECT version FROM pancreasseg.journal"));
    }

    [Fact]
    public void What_a_dead_worker_had_in_work_by_a_name_that_is_another_s_now_is_taken_over()
    {
        JournalServer journal = _server.NewJournal(patienceSeconds: 1);
        using var worker = PostgresJournal.Open(_batch.Output, journal);
        foreach (string run in (string[])["dead", "one"])
            worker.Begin(new BatchSummary { Run = run, Started = worker.Now, Model = "m" }, "sha");
        long? Claim(string run, string study, string path)
        {
            var item = new BatchItem { Run = run, Study = study, Path = path, Started = worker.Now };
            return worker.Claim(new ClaimRequest(item, path, study, "m", null, false, _ => false)).Id;
        }
        Assert.NotNull(Claim("dead", "x", "/p"));
        _server.Sql(DatabaseOf(journal), "UPDATE pancreasseg.run SET beat = now() - interval '1 hour' WHERE id = 'dead'; "
            + "INSERT INTO pancreasseg.attempt (run, study, path, work, number, state, alone, started, model_sha256) "
            + "SELECT run, 'x', '/q', 'w', 1, 'Failed', 0, started, 'm' FROM pancreasseg.attempt");
        Assert.NotNull(Claim("one", "y", "/p"));
        Assert.Equal([BatchState.Interrupted, BatchState.Failed, BatchState.Running], worker.History().Select(i => i.State));
    }

    [Fact]
    public void What_a_worker_beside_has_done_since_the_begin_is_not_done_again()
    {
        JournalServer journal = _server.NewJournal();
        _batch.CheckForceBesideAnother(() => PostgresJournal.Open(_batch.Output, journal), o => o with { Journal = journal });
    }

    [Fact]
    public void A_worker_that_is_silent_while_it_puts_its_files_into_their_place_is_not_overruled()
    {
        _batch.Study("a.nii");
        JournalServer journal = _server.NewJournal(leaseSeconds: 1);
        using var slow = PostgresJournal.Open(_batch.Output, journal with { Lease = TimeSpan.FromHours(1) });
        using var other = PostgresJournal.Open(_batch.Output, journal);
        StudyClaim claim = _batch.Claim(slow, "a", "slow");
        other.Begin(new BatchSummary { Run = "other", Started = DateTimeOffset.UtcNow, Model = "m" }, "sha");
        (long? Id, BatchItem Item) second = (0, claim.Item);
        Assert.True(slow.Complete(claim.Id!.Value, claim.Item with { State = BatchState.Done, Ended = slow.Now }, () =>
        {
            Assert.True(SpinWait.SpinUntil(() => !other.IsAlive("slow"), TimeSpan.FromSeconds(30)));
            BatchItem asked = claim.Item with { Run = "other" };
            second = other.Claim(new ClaimRequest(asked, claim.Study.Id, claim.Key, "m", null, false, _ => false));
        }));
        Assert.Null(second.Id);
        Assert.Equal([BatchState.Done], History(journal).Select(i => i.State));
    }

    [Fact]
    public async Task Of_two_workers_that_judge_at_once_the_later_judges_what_the_earlier_has_said()
    {
        _batch.Study("a.nii", 8);
        JournalServer journal = _server.NewJournal();
        _batch.Run(o => o with { Journal = journal }, model: BatchFixture.ModelThatTells());
        using var one = PostgresJournal.Open(_batch.Output, journal);
        using var two = PostgresJournal.Open(_batch.Output, journal);
        Task? second = null;
        one.Review(0.5, _ =>
        {
            // Nothing of this judgement is entered yet.
            second = Task.Run(() => two.Review(null, _ => true));
            Assert.True(SpinWait.SpinUntil(() => second.IsCompleted
                || _server.Sql(DatabaseOf(journal), "SELECT count(*) FROM pg_locks WHERE NOT granted") != "0", TimeSpan.FromSeconds(30)));
            return true;
        });
        await second!;
        Assert.False(Assert.Single(History(journal)).IsFlagged);
        PancreasModel telling = BatchFixture.ModelThatTells();
        Assert.Equal(0, _batch.Run(o => o with { Journal = journal, ReviewBelow = 0.5 }, model: telling).Summary.Done);
        Assert.True(Assert.Single(History(journal)).IsFlagged);
    }

    [Fact]
    public void A_study_at_whose_claim_another_is_is_not_waited_for()
    {
        _batch.Study("a.nii");
        JournalServer journal = _server.NewJournal();
        using var one = PostgresJournal.Open(_batch.Output, journal);
        using var two = PostgresJournal.Open(_batch.Output, journal);
        StudyClaim first = _batch.Claim(one, "a", "one");
        two.Begin(new BatchSummary { Run = "two", Started = DateTimeOffset.UtcNow, Model = "m" }, "sha");
        (long? Id, BatchItem Item) second = default;
        one.Complete(first.Id!.Value, first.Item with { State = BatchState.Failed, Ended = one.Now }, () =>
        {
            // The row of the study is locked here.
            BatchItem asked = first.Item with { Run = "two" };
            second = two.Claim(new ClaimRequest(asked, first.Study.Id, first.Key, "m", null, false, _ => true));
        });
        Assert.Null(second.Id);
        Assert.Equal(BatchState.Running, second.Item?.State);
    }

    [Fact]
    public void A_database_that_is_lost_in_the_middle_of_a_study_is_waited_for()
    {
        foreach (string name in (string[])["a.nii", "b.nii"]) _batch.Study(name);
        JournalServer journal = _server.NewJournal();
        Task? back = null;
        _batch.OnRun = () =>
        {
            if (back is not null) return;
            _server.Stop();
            back = Task.Run(async () =>
            {
                await Task.Delay(TimeSpan.FromSeconds(2));
                _server.Start();
            });
        };
        BatchSummary run = Run(journal).Summary;
        Assert.Equal((2, BatchOutcome.Completed), (run.Done, run.Outcome));
        Assert.Equal([BatchState.Done, BatchState.Done], History(journal).Select(i => i.State));
    }

    [Fact]
    public void A_database_that_does_not_come_back_ends_the_batch_and_the_next_does_the_rest()
    {
        _batch.Study("a.nii");
        JournalServer journal = _server.NewJournal(leaseSeconds: 1, patienceSeconds: 1);
        _batch.OnRun = _server.Stop;
        CoreException failure = Assert.Throws<CoreException>(() => Run(journal));
        Assert.Equal(Fault.FileWriteFailed, failure.Fault);
        Assert.Empty(_batch.ResultFiles);
        _server.Start();
        _batch.OnRun = null;
        Assert.Equal(1, Run(journal).Summary.Done);
        Assert.Equal([BatchState.Interrupted, BatchState.Done], History(journal).Select(i => i.State));
    }

    [Fact]
    public void A_commit_whose_answer_was_lost_is_no_takeover()
    {
        _batch.Study("a.nii");
        JournalServer journal = _server.NewJournal();
        using var worker = PostgresJournal.Open(_batch.Output, journal);
        StudyClaim claim = _batch.Claim(worker, "a", "run");
        BatchItem done = claim.Item with { State = BatchState.Done, Ended = worker.Now };
        int placed = 0;
        Assert.True(worker.Complete(claim.Id!.Value, done, () => placed++));
        Assert.True(worker.Complete(claim.Id!.Value, done, () => placed++));
        Assert.Equal(1, placed);
    }

    [Fact]
    public void What_cannot_be_used_is_refused_at_the_start_and_no_password_is_told()
    {
        _batch.Study("a.nii");
        JournalServer journal = _server.NewJournal();
        Fault FaultOf(JournalServer server, BatchShard? shard = null)
        {
            var e = Assert.Throws<CoreException>(() => _batch.Run(o => o with { Journal = server, Shard = shard }));
            Assert.DoesNotContain("hunter2", $"{e}{e.Message}{e.Remedy}", StringComparison.Ordinal);
            return e.Fault;
        }
        Assert.Equal(Fault.SettingInvalid, FaultOf(journal with { Connection = journal.Connection + ";Password=hunter2" }));
        Assert.Equal(Fault.SettingInvalid, FaultOf(journal with { Connection = "Hots=x" }));
        Assert.Equal(Fault.SettingInvalid,
            FaultOf(journal with { Connection = "Host=/nowhere;Database=x;Username=y", Password = "hunter2" }));
        Assert.Equal(Fault.SettingInvalid, FaultOf(journal, new BatchShard(0, 2)));
        Assert.Equal(Fault.FileNotFound, Assert.Throws<CoreException>(() => History(journal)).Fault);
        Run(journal);
        using var other = new BatchFixture();
        other.Study("a.nii");
        Assert.Equal(Fault.SettingInvalid, Assert.Throws<CoreException>(() => other.Run(o => o with { Journal = journal })).Fault);
        _server.Sql(DatabaseOf(journal), "UPDATE pancreasseg.journal SET version = 99");
        Assert.Equal(Fault.BatchJournalInvalid, Assert.Throws<CoreException>(() => Run(journal)).Fault);
    }
}
