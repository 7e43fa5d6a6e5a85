using System.IO.Compression;
using PancreasSeg.Batch;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Batch;

public sealed class BatchRunnerTests : IDisposable
{
    private readonly BatchFixture _batch = new();

    public void Dispose() => _batch.Dispose();

    [Fact]
    public void Every_study_gets_one_row_and_only_good_ones_get_files()
    {
        _batch.Study("good.nii");
        _batch.Study("nothing.nii.gz", hu: -50);
        File.WriteAllText(Path.Combine(_batch.Studies, "broken.nii.gz"), "no gzip");
        Directory.CreateDirectory(Path.Combine(_batch.Studies, "empty"));
        Directory.CreateDirectory(Path.Combine(_batch.Studies, ".hidden"));
        File.WriteAllText(Path.Combine(_batch.Studies, "readme.txt"), "no study");

        (BatchSummary summary, List<BatchItem> items) = _batch.Run();

        Assert.Equal(["broken", "empty", "good", "nothing"], items.Select(i => i.Study));
        Assert.Equal([BatchState.Failed, BatchState.Failed, BatchState.Done, BatchState.Done], items.Select(i => i.State));
        Assert.Equal([SegmentationStatus.Failed, SegmentationStatus.Failed, SegmentationStatus.Ok, SegmentationStatus.Empty],
            items.Select(i => i.Status!.Value));
        Assert.Equal(nameof(Fault.DicomSeriesEmpty), items[1].Reasons.Single());
        Assert.Equal((BatchOutcome.SomeFailed, 2, 1, 2, 0, 0),
            (summary.Outcome!.Value, summary.Done, summary.Flagged, summary.Failed, summary.Skipped, summary.Left));
        Assert.Equal(
            ["good/mask.nii.gz", "good/preview.png", "good/result.json", "good/thumbnail.png", "nothing/mask.nii.gz", "nothing/preview.png",
                "nothing/result.json", "nothing/thumbnail.png"], _batch.ResultFiles);
        Assert.Equal(BatchFixture.Millilitres(16), items[2].VolumeMl!.Value, 6);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_batch.Output.Staging));
    }

    [Fact]
    public void What_the_journal_has_is_left_alone_until_content_or_settings_change()
    {
        string changing = _batch.Study("a.nii");
        _batch.Study("b.nii");
        File.WriteAllText(Path.Combine(_batch.Studies, "c.nii.gz"), "no gzip");
        _batch.Run();
        Assert.Equal(2, _batch.Passes);

        (BatchSummary again, List<BatchItem> items) = _batch.Run();
        Assert.Equal(2, _batch.Passes);
        Assert.All(items, i => Assert.True(i.IsSkipped));
        Assert.Equal((BatchOutcome.Outstanding, 0, 3, 1), (again.Outcome!.Value, again.Done, again.Skipped, again.Outstanding));

        File.SetLastWriteTimeUtc(changing, DateTime.UtcNow.AddDays(-1));
        Assert.Equal(3, _batch.Run().Summary.Skipped);

        _batch.Study("a.nii", width: 14);
        Assert.Equal(["a"], _batch.Run().Items.Where(i => !i.IsSkipped).Select(i => i.Study));
        Assert.Equal(BatchFixture.Millilitres(14), _batch.History()[^1].VolumeMl!.Value, 6);

        Assert.Equal(2, _batch.Run(o => o with { Segmentation = new SegmentationOptions { Threshold = 0.7 } }).Summary.Done);
        Assert.Equal(2, _batch.Run(o => o with { Force = true }).Summary.Done);
        Assert.Equal(["c"], _batch.Run(o => o with { Retry = true }).Items.Where(i => !i.IsSkipped).Select(i => i.Study));
    }

    [Fact]
    public void A_failure_that_may_pass_is_tried_again_and_the_second_one_is_quarantine()
    {
        _batch.Study("a.nii");
        bool thrown = false;
        _batch.OnRun = () =>
        {
            if (thrown) return;
            thrown = true;
            throw new InvalidOperationException("once");
        };
        (BatchSummary summary, List<BatchItem> items) = _batch.Run();
        Assert.Equal([BatchState.Postponed, BatchState.Done], items.OrderBy(i => i.Attempt).Select(i => i.State));
        Assert.Equal((BatchOutcome.Completed, 1, 0), (summary.Outcome!.Value, summary.Done, summary.Failed));

        _batch.Study("a.nii", width: 12);
        _batch.OnRun = () => throw new InvalidOperationException("always");
        Assert.Equal([BatchState.Postponed, BatchState.Quarantined], _batch.Run().Items.OrderBy(i => i.Attempt).Select(i => i.State));
        int passes = _batch.Passes;
        BatchItem left = Assert.Single(_batch.Run().Items);
        Assert.Equal((BatchState.Quarantined, true, passes), (left.State, left.IsSkipped, _batch.Passes));

        _batch.OnRun = null;
        Assert.Equal(BatchState.Done, Assert.Single(_batch.Run(o => o with { Retry = true }).Items).State);
    }

    [Fact]
    public void A_study_whose_process_died_is_done_again_last_and_alone()
    {
        foreach (string name in (string[])["a.nii", "b.nii", "c.nii"]) _batch.Study(name);
        _batch.Die("a", alone: false);
        var order = new List<string>();
        _batch.OnRun = () => order.Add(string.Join(',', _batch.History().Where(i => i.State == BatchState.Running).Select(i => i.Study)));
        Assert.Equal(3, _batch.Run().Summary.Done);
        Assert.Equal("a", order[^1]);
        Assert.Equal([BatchState.Interrupted, BatchState.Done], _batch.History().Where(i => i.Study == "a").Select(i => i.State));
    }

    [Fact]
    public void What_a_batch_beside_has_done_since_the_begin_is_not_done_again() =>
        _batch.CheckForceBesideAnother(() => SqliteJournal.Open(_batch.Output), o => o);

    [Fact]
    public void A_study_has_one_name_whatever_siblings_each_run_has_met() =>
        _batch.CheckOneName(() => SqliteJournal.Open(_batch.Output));

    [Fact]
    public void What_fails_meanwhile_in_a_batch_beside_has_failed_in_this_night()
    {
        _batch.Study("a.nii");
        BatchSummary? beside = null;
        _batch.OnRun = () =>
        {
            _batch.OnRun = null;
            File.WriteAllText(Path.Combine(_batch.Studies, "b.nii.gz"), "no gzip");
            beside = _batch.Run(o => o with { Study = name => name == "b" }).Summary;
        };
        using var stop = new CancellationTokenSource();
        var listener = new BatchFixture.Listener { OnEnded = item => { if (item.Study == "b") stop.Cancel(); } };
        Assert.Throws<OperationCanceledException>(() =>
            _batch.Run(o => o with { Watch = true, SettleTime = TimeSpan.Zero }, listener, cancellation: stop.Token));
        Assert.Equal(BatchOutcome.SomeFailed, beside!.Outcome);
        using (BatchJournal journal = SqliteJournal.OpenExisting(_batch.Output))
            Assert.All(journal.Runs(), run => Assert.Equal(BatchOutcome.SomeFailed, run.Outcome));
        Assert.Equal(BatchOutcome.Outstanding, _batch.Run().Summary.Outcome);
    }

    [Fact]
    public void Time_of_waiting_for_the_network_is_none_of_the_study()
    {
        foreach (string name in (string[])["a.nii", "b.nii", "c.nii"]) _batch.Study(name);
        List<BatchItem> items = _batch.Run().Items;
        Assert.All(items, item =>
        {
            Assert.True(item.Waited > TimeSpan.Zero, item.Study);
            Assert.Equal(item.Ended - item.Started, item.Elapsed + item.Waited);
        });
        Assert.Equal(items.Select(i => i.Waited.TotalSeconds),
            _batch.History().OrderBy(i => i.Study, StringComparer.Ordinal).Select(i => i.Waited.TotalSeconds));
    }

    [Fact]
    public void The_second_death_alone_is_quarantine_and_deaths_beside_others_do_not_count()
    {
        _batch.Study("a.nii");
        _batch.Die("a", alone: false);
        _batch.Die("a", alone: true);
        _batch.Die("a", alone: true);
        BatchItem item = Assert.Single(_batch.Run().Items);
        Assert.Equal(
            (BatchState.Quarantined, nameof(SegmentationReason.ProcessDied), 0), (item.State, item.Reasons.Single(), _batch.Passes));
        Assert.Equal(3, _batch.History().Count(i => i.State == BatchState.Interrupted));
        Assert.Equal(BatchState.Done, Assert.Single(_batch.Run(o => o with { Retry = true }).Items).State);
    }

    [Fact]
    public void What_another_living_batch_works_on_is_left_to_it()
    {
        _batch.Study("a.nii");
        using (new BatchLock(_batch.Output.Staging, "other"))
        {
            using (BatchJournal journal = SqliteJournal.Open(_batch.Output)) _batch.Claim(journal, "a", "other");
            BatchItem item = Assert.Single(_batch.Run().Items);
            Assert.Equal((BatchState.Running, true, "other", 0), (item.State, item.IsSkipped, item.Run, _batch.Passes));
        }
        Assert.Equal(BatchState.Done, Assert.Single(_batch.Run().Items).State);
    }

    [Fact]
    public async Task Two_batches_at_once_do_each_study_once()
    {
        foreach (int i in Enumerable.Range(0, 14)) _batch.Study($"s{i}.nii", width: 10 + i % 4);
        using var together = new Barrier(2);
        (BatchSummary Summary, List<BatchItem>)[] runs = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            together.SignalAndWait();
            return _batch.Run();
        })));
        Assert.Equal(14, runs.Sum(r => r.Summary.Done));
        Assert.Equal(14, runs.Sum(r => r.Summary.Skipped));
        Assert.All(_batch.History(), i => Assert.Equal(BatchState.Done, i.State));
        Assert.Equal(14, _batch.History().Select(i => i.Study).Distinct().Count());
    }

    [Fact]
    public void Limits_leave_the_rest_for_the_next_run()
    {
        foreach (string name in (string[])["a.nii", "b.nii", "c.nii"]) _batch.Study(name);
        BatchSummary late = _batch.Run(o => o with { StopAt = DateTimeOffset.Now.AddSeconds(-1) }).Summary;
        Assert.Equal((BatchOutcome.Stopped, 5, 0, 3), (late.Outcome!.Value, late.ExitCode!.Value, late.Done, late.Left));
        (BatchSummary two, List<BatchItem> items) = _batch.Run(o => o with { MaxStudies = 2 });
        Assert.Equal((BatchOutcome.Stopped, 2, 1), (two.Outcome!.Value, two.Done, two.Left));
        Assert.Equal(["a", "b"], items.Select(i => i.Study));
        BatchSummary rest = _batch.Run(o => o with { MaxStudies = 2 }).Summary;
        Assert.Equal((BatchOutcome.Completed, 1, 2), (rest.Outcome!.Value, rest.Done, rest.Skipped));
    }

    [Fact]
    public void No_study_is_told_apart_from_all_done()
    {
        Assert.Equal(BatchOutcome.NothingFound, _batch.Run().Summary.Outcome);
        var gone = Assert.Throws<CoreException>(() => _batch.Run(o => o with { Path = Path.Combine(o.Path, "absent") }));
        Assert.Equal(Fault.FileNotFound, gone.Fault);
    }

    [Fact]
    public void A_stopped_batch_gives_up_what_is_at_work_and_the_next_does_it()
    {
        foreach (string name in (string[])["a.nii", "b.nii", "c.nii"]) _batch.Study(name);
        using var stop = new CancellationTokenSource();
        _batch.OnRun = () =>
        {
            if (_batch.Passes == 2) stop.Cancel();
        };
        Assert.ThrowsAny<OperationCanceledException>(() => _batch.Run(cancellation: stop.Token));
        Assert.Equal(1, _batch.History().Count(i => i.State == BatchState.Done));
        Assert.DoesNotContain(_batch.History(), i => i.State == BatchState.Running);
        Assert.Equal(4, _batch.ResultFiles.Count);

        _batch.OnRun = null;
        BatchSummary next = _batch.Run().Summary;
        Assert.Equal((BatchOutcome.Completed, 2, 1), (next.Outcome!.Value, next.Done, next.Skipped));
        Assert.Equal(3, _batch.History().Count(i => i.State == BatchState.Done));
    }

    [Fact]
    public void A_listener_that_takes_no_more_once_stopped_hides_neither_the_stop_nor_what_was_done()
    {
        foreach (string name in (string[])["a.nii", "b.nii", "c.nii", "d.nii"]) _batch.Study(name);
        using var stop = new CancellationTokenSource();
        var listener = new BatchFixture.Listener
        {
            OnEnded = _ =>
            {
                stop.Cancel();
                throw new OperationCanceledException(stop.Token);
            },
        };
        Assert.ThrowsAny<OperationCanceledException>(() => _batch.Run(listener: listener, cancellation: stop.Token));
        Assert.Contains(_batch.History(), i => i.State == BatchState.Done);
        Assert.DoesNotContain(_batch.History(), i => i.State == BatchState.Running);
        using BatchJournal journal = SqliteJournal.OpenExisting(_batch.Output);
        Assert.Equal(BatchOutcome.Stopped, Assert.Single(journal.Runs()).Outcome);
    }

    [Fact]
    public void When_results_cannot_be_written_the_batch_ends_and_goes_on_once_they_can()
    {
        foreach (string name in (string[])["a.nii", "b.nii"]) _batch.Study(name);
        File.WriteAllText(_batch.Output.Results, "in the way");
        var failure = Assert.Throws<CoreException>(() => _batch.Run());
        Assert.Equal(Fault.FileWriteFailed, failure.Fault);
        Assert.DoesNotContain(_batch.History(), i => i.State is BatchState.Running or BatchState.Failed or BatchState.Done);
        using (BatchJournal journal = SqliteJournal.OpenExisting(_batch.Output))
            Assert.Equal(BatchOutcome.OutputFailed, Assert.Single(journal.Runs()).Outcome);

        File.Delete(_batch.Output.Results);
        Assert.Equal(2, _batch.Run().Summary.Done);
    }

    public static TheoryData<Action<string>> Changes => new(
        path => File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(1)),
        path => File.WriteAllBytes(path, [1, 2, 3]));

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_study_that_changes_while_it_is_read_is_neither_done_nor_failed_for_good(Action<string> change)
    {
        string path = _batch.Study("a.nii");
        using BatchJournal journal = SqliteJournal.Open(_batch.Output);
        StudyClaim claim = _batch.Claim(journal, "a", "run");
        change(path);
        var listener = new BatchFixture.Listener();
        BatchItem item = _batch.Work(journal, "run").Do(claim, listener, listener, e => throw e, CancellationToken.None);
        Assert.Equal((BatchState.Postponed, nameof(Fault.InputChanged)), (item.State, item.Reasons.Single()));
        Assert.Equal(BatchState.Postponed, journal.History().Single().State);
    }

    [Fact]
    public void Watching_finds_new_studies_and_waits_until_they_have_stopped_growing()
    {
        byte[] whole = File.ReadAllBytes(_batch.Study("late.nii.gz"));
        string growing = Path.Combine(_batch.Studies, "late.nii.gz");
        File.Delete(growing);
        _batch.Study("early.nii");
        var listener = new BatchFixture.Listener
        {
            OnEnded = item =>
            {
                if (item.Study != "early") return;
                _ = Task.Run(() =>
                {
                    for (int part = 1; part <= 10; part++)
                    {
                        File.WriteAllBytes(growing, whole[..(whole.Length * part / 10)]);
                        Thread.Sleep(250);
                    }
                });
            },
        };
        (BatchSummary summary, _) =
            _batch.Run(o => o with { Watch = true, SettleTime = TimeSpan.FromSeconds(1.5), MaxStudies = 2 }, listener: listener);
        Assert.Equal(2, summary.Done);
        Assert.Equal([BatchState.Done, BatchState.Done], _batch.History().Select(i => i.State));
    }

    [Fact]
    public void Studies_whose_names_are_safe_in_the_same_way_keep_apart()
    {
        _batch.Study("a+b.nii");
        _batch.Study("a&b.nii", width: 14);
        List<BatchItem> items = _batch.Run().Items;
        Assert.Equal(2, items.Select(i => i.Study).Distinct().Count());
        Assert.All(items, i => Assert.StartsWith("a_b-", i.Study, StringComparison.Ordinal));
        Assert.Equal(2, _batch.Run().Summary.Skipped);
    }

    [Fact]
    public void No_name_or_number_of_a_patient_gets_into_any_output()
    {
        using TestSeries series = new TestSeries().Each((slice, _) => slice.Text(0x0008_1030, "LO", "SECRET-STUDY")
            .Text(0x0008_103E, "LO", "SECRET-SERIES").Text(0x0010_0030, "DA", "19210203").Text(0x0008_0020, "DA", "19210203")
            .Text(0x0008_0080, "LO", "SECRET-HOSPITAL").Text(0x0008_0050, "SH", "SECRET-ACC")).Save();
        Directory.CreateDirectory(Path.Combine(_batch.Studies, "s"));
        foreach (string file in Directory.EnumerateFiles(series.Folder))
            File.Copy(file, Path.Combine(_batch.Studies, "s", Path.GetFileName(file)));
        File.Copy(Directory.EnumerateFiles(series.Folder).First(),
            Path.Combine(Directory.CreateDirectory(Path.Combine(_batch.Studies, "bad")).FullName, "one"));
        List<BatchItem> items = _batch.Run(o => o with { Segmentation = new SegmentationOptions { AcceptAnyInput = true } }).Items;
        Assert.Equal([BatchState.Failed, BatchState.Done], items.Select(i => i.State));

        string[] files = Directory.GetFiles(_batch.Output.Root, "*", SearchOption.AllDirectories);
        Assert.True(files.Length >= 7);
        foreach (string file in files)
        {
            byte[] content = file.EndsWith(".gz", StringComparison.Ordinal) ? Unzipped(file) : File.ReadAllBytes(file);
            string text = System.Text.Encoding.Latin1.GetString(content);
            foreach (string secret in (string[])["Secret", "SECRET", "19210203"])
                Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_is_no_journal_is_refused_and_kept()
    {
        _batch.Study("a.nii");
        byte[] foreign = [.. Enumerable.Range(0, 5000).Select(i => (byte)i)];
        File.WriteAllBytes(_batch.Output.Journal, foreign);
        Assert.Equal(Fault.BatchJournalInvalid, Assert.Throws<CoreException>(() => _batch.Run()).Fault);
        Assert.Equal(foreign, File.ReadAllBytes(_batch.Output.Journal));
    }

    // A run that claims and then ends without a word, as a killed process does.
    private static byte[] Unzipped(string file)
    {
        using var unzipped = new MemoryStream();
        using var zip = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        zip.CopyTo(unzipped);
        return unzipped.ToArray();
    }
}
