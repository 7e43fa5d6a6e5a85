using System.Text;
using PancreasSeg.Batch;
using PancreasSeg.Dicom;
using PancreasSeg.Network;
using PancreasSeg.Pacs;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Batch;

/// <summary>A batch whose studies are the series of an archive, to which its results go back.</summary>
public sealed class ArchiveBatchTests : IClassFixture<PostgresServer>, IDisposable
{
    private const string Root = "1.2.826.0.1.97.19210203";

    private readonly BatchFixture _batch = new();
    private readonly TestArchive _archive = new();
    private readonly PostgresServer _postgres;

    public ArchiveBatchTests(PostgresServer postgres) => _postgres = postgres;

    public void Dispose()
    {
        _archive.Dispose();
        _batch.Dispose();
    }

    [Fact]
    public void Each_series_is_fetched_segmented_and_stored_once_and_its_slices_are_gone_then()
    {
        for (int i = 1; i <= 3; i++) AddSeries(i);
        (BatchSummary run, List<BatchItem> items) = Run();
        Assert.Equal((BatchOutcome.Completed, 3, 0), (run.Outcome!.Value, run.Done, run.Unsent));
        Assert.All(items, item =>
        {
            Assert.Equal((BatchState.Done, null), (item.State, item.NotSent));
            Assert.Equal([DicomObjectKind.Seg, DicomObjectKind.Preview], item.Sent);
            Assert.Equal($"{_archive.Uri}/", item.Path);
            Assert.Matches("^series-[0-9a-f]{16}$", item.Study);
        });
        Assert.Equal((3 * 48 + 6, 3, 3), (_archive.Count, Fetches, _batch.Passes));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_batch.Output.Staging));
        Assert.Equal(3, Find("SEG").Count());

        int posts = _archive.Posts;
        (run, items) = Run();
        Assert.Equal((BatchOutcome.Completed, 0, 3), (run.Outcome!.Value, run.Done, run.Skipped));
        Assert.Equal((posts, 3, 3), (_archive.Posts, Fetches, _batch.Passes));
        Assert.All(items, item => Assert.True(item is { IsSkipped: true, State: BatchState.Done, Sent.Count: 2 }));
    }

    [Fact]
    public void Slices_that_come_late_make_a_series_new()
    {
        AddSeries(1, late: 1);
        Assert.Equal(1, Run().Summary.Done);
        AddSeries(1);
        Assert.Equal((1, BatchOutcome.Completed), (Run().Summary.Done, Run().Summary.Outcome));
        Assert.Equal((2, 2, 48 + 4), (_batch.Passes, Fetches, _archive.Count));
        Assert.Single(Directory.GetDirectories(_batch.Output.Results));
    }

    [Fact]
    public void A_series_that_grows_while_it_is_fetched_waits_for_the_next_look()
    {
        AddSeries(1, late: 1);
        bool grown = false;
        _archive.Fault = request =>
        {
            if (!request.Target.EndsWith(".1/series/" + Series(1), StringComparison.Ordinal) || grown) return null;
            grown = true;
            AddSeries(1);
            return null;
        };
        (BatchSummary run, List<BatchItem> items) = Run();
        Assert.Equal([BatchState.Postponed, BatchState.Done], _batch.History().Select(i => i.State));
        Assert.Equal([nameof(Fault.InputChanged)], _batch.History()[0].Reasons);
        Assert.Equal((1, 1, 48 + 2), (run.Done, _batch.Passes, _archive.Count));
        Assert.Equal(2, items.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_could_not_be_sent_is_kept_and_sent_first_and_not_segmented_again(bool inPostgres)
    {
        Assert.SkipWhen(inPostgres && PostgresServer.Missing is not null, PostgresServer.Missing ?? "");
        JournalServer? journal = inPostgres ? _postgres.NewJournal() : null;
        (BatchSummary Summary, List<BatchItem> Items) Night() => Run(o => o with { Journal = journal });
        for (int i = 1; i <= 2; i++) AddSeries(i);
        bool isAway = false;
        _archive.Fault = _ => isAway ? [] : null;
        _batch.OnRun = () => isAway = _batch.Passes == 2;

        // Away from the second pass of the network on.
        (BatchSummary run, List<BatchItem> items) = Night();
        Assert.Equal((BatchOutcome.Unsent, 8, 2), (run.Outcome!.Value, run.ExitCode, run.Done));
        BatchItem unsent = items.Last(i => i.State == BatchState.Unsent);
        Assert.True(unsent is { IsFlagged: true, Message: null, Status: SegmentationStatus.Ok, Sent.Count: 0 });
        Assert.Contains("The next run sends it first.", unsent.NotSent, StringComparison.Ordinal);
        Assert.Contains(unsent.NotSent!, System.Net.WebUtility.HtmlDecode(File.ReadAllText(run.Report!)), StringComparison.Ordinal);
        Assert.Contains(", 1 unsent", $"{run with { Unsent = 1 }}", StringComparison.Ordinal);
        Assert.Equal(items.Count(i => i.State == BatchState.Unsent), run.Unsent);

        // A whole night away: it is told, and nothing is lost.
        var error = Assert.Throws<CoreException>(() => Night());
        Assert.Equal(Fault.ServerUnreachable, error.Fault);
        Assert.Contains(BatchHistory.Read(_batch.Output.Root, journal).Newest, i => i.State == BatchState.Unsent);

        isAway = false;
        _batch.OnRun = null;
        int before = _archive.Requests.Length;
        (run, items) = Night();
        Assert.Equal((BatchOutcome.Completed, 0, 2), (run.Outcome!.Value, run.Unsent, run.Skipped));
        Assert.Equal((2, 2 * 48 + 4), (_batch.Passes, _archive.Count));
        Assert.All(items, i => Assert.Equal((BatchState.Done, null, 2), (i.State, i.NotSent, i.Sent.Count)));
        string[] asked = [.. _archive.Requests.Skip(before).Where(r => !r.Contains("/instances?", StringComparison.Ordinal))];
        // The search by which the archive is tried, what was left, the search for new studies.
        Assert.Equal("POST", asked.SkipWhile(r => r.StartsWith("GET", StringComparison.Ordinal)).First()[..4]);
        Assert.Single(asked.TakeWhile(r => r.StartsWith("GET", StringComparison.Ordinal)),
            r => r.Contains("studies?", StringComparison.Ordinal));
    }

    // As a process leaves it that dies between storing and entering.
    [Fact]
    public void What_the_archive_had_taken_when_the_process_died_is_entered_and_not_sent_again()
    {
        AddSeries(1);
        _archive.Fault = FailingAtPosts;
        BatchItem item = Run().Items.Single();
        _archive.Fault = null;
        foreach (string file in Directory.GetFiles(item.OutputFolder!, "*.dcm")) _archive.Add(File.ReadAllBytes(file));
        (int posts, int count) = (_archive.Posts, _archive.Count);
        Assert.Equal(BatchOutcome.Completed, Run().Summary.Outcome);
        Assert.Equal((posts, count, BatchState.Done), (_archive.Posts, _archive.Count, _batch.History().Single().State));
    }

    [Fact]
    public void Flagged_results_are_left_for_a_person_and_sent_when_asked_without_segmenting_again()
    {
        AddSeries(1, width: 1);
        (BatchSummary run, List<BatchItem> items) = Run();
        Assert.True(items[0] is { State: BatchState.Done, IsFlagged: true, Sent.Count: 0, NotSent: not null }, $"{items[0]}");
        Assert.Contains("-SendFlagged", items[0].NotSent, StringComparison.Ordinal);
        Assert.Equal((BatchOutcome.Completed, 0, 0), (run.Outcome!.Value, run.Unsent, _archive.Posts));
        Assert.Equal(0, Run(o => o with { Study = _ => false }, flagged: true).Summary.Done + _archive.Posts);
        Assert.Equal(BatchOutcome.Completed, Run(flagged: true).Summary.Outcome);
        Assert.Equal((1, 48 + 2, 2), (_batch.Passes, _archive.Count, _batch.History().Single().Sent.Count));
    }

    [Fact]
    public void What_was_made_without_sending_is_sent_when_that_is_asked_for()
    {
        AddSeries(1);
        Assert.Equal(BatchState.Done,
            Run(o => o with { DicomOutput = [DicomObjectKind.Seg, DicomObjectKind.Preview] }, []).Items.Single().State);
        Assert.Equal(0, _archive.Posts);
        Assert.Equal(2, Run().Items.Single().Sent.Count);
        Assert.Equal((1, 48 + 2), (_batch.Passes, _archive.Count));
    }

    [Fact]
    public void What_the_archive_refuses_is_told_with_its_reason_and_offered_again()
    {
        AddSeries(1);
        AddSeries(2);
        bool refuses = true;
        _archive.Fault = request => refuses && request.Method == "POST" && request.Path.EndsWith(".1", StringComparison.Ordinal)
            ? TestArchive.Answer(415) : null;
        (BatchSummary run, List<BatchItem> items) = Run();
        Assert.Equal((BatchOutcome.Unsent, 1, 2), (run.Outcome!.Value, run.Unsent, run.Done));
        Assert.Contains("the archive does not take this kind of object (415)", items.Single(i => i.State == BatchState.Unsent).NotSent,
            StringComparison.Ordinal);
        refuses = false;
        Assert.Equal((BatchOutcome.Completed, 0), (Run().Summary.Outcome!.Value, Run().Summary.Unsent));
        Assert.Equal((2, 2 * 48 + 4), (_batch.Passes, _archive.Count));
    }

    // An archive that cannot be read is no fault of the study: no number of nights puts it into quarantine.
    [Fact]
    public void A_series_that_the_archive_does_not_give_is_asked_for_every_night()
    {
        AddSeries(1);
        bool fails = true;
        _archive.Fault = request => fails && request.Path.EndsWith("series/" + Series(1), StringComparison.Ordinal)
            ? TestArchive.Answer(503) : null;
        for (int night = 0; night < 3; night++)
        {
            (BatchSummary run, List<BatchItem> items) = Run();
            Assert.Equal((BatchOutcome.SomeFailed, 1), (run.Outcome!.Value, run.Failed));
            Assert.All(items, i => Assert.Equal((BatchState.Postponed, nameof(Fault.ServerUnreachable)), (i.State, i.Reasons.Single())));
        }
        fails = false;
        Assert.Equal(1, Run().Summary.Done);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_batch.Output.Staging));
    }

    [Fact]
    public void A_result_whose_files_are_gone_is_made_again()
    {
        AddSeries(1);
        _archive.Fault = request => request.Method == "POST" ? TestArchive.Answer(503) : null;
        Assert.Equal(BatchState.Unsent, Run().Items.Single().State);
        Directory.Delete(_batch.Output.Results, recursive: true);
        _archive.Fault = null;
        Assert.Equal((1, BatchOutcome.Completed), (Run().Summary.Done, Run().Summary.Outcome));
        Assert.Equal((2, 48 + 2), (_batch.Passes, _archive.Count));
    }

    // What it was before it changed is no answer to what it is now.
    [Fact]
    public void A_result_of_a_study_that_has_changed_and_then_failed_is_not_sent()
    {
        AddSeries(1);
        _archive.Fault = request => request.Method == "POST" ? TestArchive.Answer(503) : null;
        Run();
        _archive.Fault = null;
        _archive.Add(TestSeries.Slice(0, Series(1)).Text(DicomTag.StudyInstanceUid, "UI", $"{Root}.1")
            .Text(DicomTag.SopInstanceUid, "UI", $"{Root}.999")
            .Number(DicomTag.Rows, 96).Number(DicomTag.Columns, 96).Samples(DicomTag.PixelData, new ushort[96 * 96]).File());
        (BatchSummary run, List<BatchItem> items) = Run(o => o with { Study = _ => true });
        Assert.Equal((1, BatchState.Failed), (run.Failed, items.Last().State));
        int posts = _archive.Posts;
        Assert.Equal(0, Run().Summary.Unsent);
        Assert.Equal(posts, _archive.Posts);
    }

    [Fact]
    public void What_one_division_into_shards_could_not_send_another_sends_and_segments_nothing_again()
    {
        AddSeries(1);
        _archive.Fault = FailingAtPosts;
        for (int i = 0; i < 2; i++) Run(o => o with { Shard = new(i, 2) });
        _archive.Fault = null;
        (BatchSummary run, List<BatchItem> items) = Run();
        Assert.Equal((BatchOutcome.Completed, 1, 0), (run.Outcome!.Value, run.Done, run.Unsent));
        BatchItem item = Assert.Single(BatchHistory.Read(_batch.Output.Root).Newest);
        Assert.Equal((BatchState.Done, null, 2, run.Run), (item.State, item.NotSent, item.Sent.Count, item.Run));
        Assert.Equal((item.VolumeMl, item.OutputFolder, true), (items[0].VolumeMl, items[0].OutputFolder, item.Elapsed >= TimeSpan.Zero));
        int posts = _archive.Posts;
        for (int i = 0; i < 2; i++) Assert.Equal(0, Run(o => o with { Shard = new(i, 2) }).Summary.Unsent);
        Assert.Equal((1, 48 + 2, posts), (_batch.Passes, _archive.Count, _archive.Posts));
    }

    [Fact]
    public void A_listing_that_fails_says_nothing_against_what_is_done_but_is_told()
    {
        AddSeries(1);
        Run();
        _archive.Fault = request => request.Target.Contains("/instances?", StringComparison.Ordinal) ? TestArchive.Answer(503) : null;
        (BatchSummary run, List<BatchItem> items) = Run();
        Assert.Equal((BatchOutcome.Completed, 1, 0), (run.Outcome!.Value, run.Skipped, run.Failed));
        Assert.True(items.Single() is { IsSkipped: true, State: BatchState.Done });
        Assert.Equal(BatchState.Done, _batch.History().Single().State);
        Assert.Contains("listing-failed", File.ReadAllText(Path.Combine(_batch.Output.Logs, run.Run + ".jsonl")), StringComparison.Ordinal);
        // Of another model there is no mask.
        Assert.Equal(1, _batch.Run(o => Archived(o), model: BatchFixture.Model(windowHigh: 200)).Summary.Failed);
    }

    [Fact]
    public void Who_watches_asks_again_for_what_the_archive_did_not_give()
    {
        AddSeries(1);
        int postponed = 0;
        _archive.Fault = request => postponed < 2 && request.Path.EndsWith("series/" + Series(1), StringComparison.Ordinal)
            ? TestArchive.Answer(503) : null;
        var listener = new BatchFixture.Listener { OnEnded = item => postponed += item.State == BatchState.Postponed ? 1 : 0 };
        (BatchSummary run, _) = _batch.Run(o => Archived(o) with
        {
            Watch = true,
            SettleTime = TimeSpan.Zero,
            MaxStudies = 3,
            StopAt = DateTimeOffset.Now.AddMinutes(1),
        }, listener);
        Assert.Equal((1, 0, 2), (run.Done, run.Failed, postponed));
    }

    [Fact]
    public void What_an_archive_never_gives_is_asked_for_ever_more_seldom()
    {
        AddSeries(1);
        int postponed = 0;
        _archive.Fault = request =>
            request.Path.EndsWith("series/" + Series(1), StringComparison.Ordinal) ? TestArchive.Answer(503) : null;
        var listener = new BatchFixture.Listener { OnEnded = item => postponed += item.State == BatchState.Postponed ? 1 : 0 };
        _batch.Run(o => Archived(o) with
        {
            Watch = true,
            SettleTime = TimeSpan.Zero,
            RetryDelay = TimeSpan.FromSeconds(0.4),
            StopAt = DateTimeOffset.Now.AddSeconds(8),
        }, listener);
        // After 0.4, 0.8, 1.6, 3.2 and 6.4 s; at every look it would be ten or more.
        Assert.InRange(postponed, 2, 6);
    }

    [Fact]
    public void What_a_living_run_has_made_it_sends_itself()
    {
        AddSeries(1);
        _archive.Fault = FailingAtPosts;
        BatchItem item = Run().Items.Single();
        _archive.Fault = null;
        int posts = _archive.Posts;
        using (new BatchLock(_batch.Output.Staging, item.Run))
        {
            BatchSummary run = Run().Summary;
            Assert.Equal((posts, 0, 1), (_archive.Posts, run.Unsent, run.Skipped));
        }
        Assert.Equal((BatchOutcome.Completed, 48 + 2), (Run().Summary.Outcome!.Value, _archive.Count));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void That_sending_failed_takes_nothing_from_what_another_has_sent_meanwhile(bool inPostgres)
    {
        Assert.SkipWhen(inPostgres && PostgresServer.Missing is not null, PostgresServer.Missing ?? "");
        JournalServer? server = inPostgres ? _postgres.NewJournal() : null;
        AddSeries(1);
        BatchItem item = Run(o => o with { Journal = server }).Items.Single();
        using BatchJournal journal = server is null ? SqliteJournal.Open(_batch.Output) : PostgresJournal.Open(_batch.Output, server);
        long id = journal.DoneOf(item.Study)!.Id;
        journal.Sent(id, item with { State = BatchState.Unsent, Sent = [], NotSent = "away" });
        BatchItem now = journal.DoneOf(item.Study)!.Item;
        Assert.Equal((BatchState.Done, null, 2), (now.State, now.NotSent, now.Sent.Count));
        journal.Sent(id, item with { State = BatchState.Unsent, NotSent = "away" });
        Assert.Equal(BatchState.Unsent, journal.DoneOf(item.Study)!.Item.State);
    }

    [Fact]
    public void An_archive_that_takes_nothing_is_offered_a_few_and_no_more()
    {
        for (int i = 1; i <= 5; i++) AddSeries(i);
        _archive.Fault = FailingAtPosts;
        var posts = new List<int>();
        (BatchSummary run, _) = _batch.Run(o => Archived(o), new BatchFixture.Listener { OnEnded = _ => posts.Add(_archive.Posts) });
        Assert.Equal((5, 5, BatchOutcome.Unsent), (run.Done, run.Unsent, run.Outcome!.Value));
        Assert.True(posts[0] > 0);
        Assert.Equal(posts[2], posts[4]);
        // Of the studies that are meant.
        string first = _batch.History()[0].Study;
        Assert.Equal(1, Run(o => o with { Study = name => name == first }).Summary.Unsent);
        _archive.Fault = null;
        Assert.Equal((BatchOutcome.Completed, 5 * 48 + 10), (Run().Summary.Outcome!.Value, _archive.Count));
        Assert.Equal(5, _batch.Passes);
    }

    [Fact]
    public void What_was_not_written_is_not_called_sent()
    {
        AddSeries(1, change: (slice, k) => slice.Numbers(DicomTag.ImagePositionPatient, 0, 0, 5 * (k > 20 ? k + 1 : k)));
        (BatchSummary Summary, List<BatchItem> Items) Night() =>
            Run(o => o with { Series = new CtSeriesOptions { Regularize = true } }, flagged: true);
        (BatchSummary run, List<BatchItem> items) = Night();
        BatchItem item = items.Single();
        Assert.True(item.VolumeMl > 0);
        Assert.Equal((BatchState.Done, 0), (item.State, run.Unsent));
        Assert.Equal([DicomObjectKind.Preview], item.Sent);
        Assert.Contains("does not have Seg", item.NotSent, StringComparison.Ordinal);
        int posts = _archive.Posts;
        Assert.Equal((BatchOutcome.Completed, 1), (Night().Summary.Outcome!.Value, _batch.Passes));
        Assert.Equal((posts, 48 + 1), (_archive.Posts, _archive.Count));
        Assert.Equal(item.NotSent, _batch.History().Single().NotSent);
    }

    [Fact]
    public void A_search_that_fails_when_the_run_has_begun_ends_it_with_a_report()
    {
        AddSeries(1);
        int searches = 0;
        _archive.Fault = request => request.Target.Contains("studies?", StringComparison.Ordinal) && ++searches > 1
            ? TestArchive.Answer(503) : null;
        BatchSummary run = Run().Summary;
        Assert.Equal((BatchOutcome.Stopped, true), (run.Outcome!.Value, File.Exists(run.Report)));
        Assert.Equal(BatchOutcome.Stopped, BatchHistory.Read(_batch.Output.Root).Runs.Single().Outcome);
    }

    // An archive's failures are no study's first chance.
    [Fact]
    public void What_fails_after_the_archive_failed_is_tried_once_more()
    {
        AddSeries(1);
        _archive.Fault = request => request.Path.EndsWith("series/" + Series(1), StringComparison.Ordinal) ? TestArchive.Answer(503) : null;
        Run();
        _archive.Fault = null;
        _batch.OnRun = () => throw new InvalidOperationException("broken");
        Run();
        Assert.Equal([BatchState.Postponed, BatchState.Postponed, BatchState.Postponed, BatchState.Quarantined],
            _batch.History().Select(i => i.State));
    }

    [Fact]
    public void Who_watches_offers_what_was_refused_once()
    {
        AddSeries(1);
        _archive.Fault = request => request.Method == "POST" ? TestArchive.Answer(415) : null;
        var posts = new List<int>();
        var listener = new BatchFixture.Listener
        {
            OnEnded = _ => posts.Add(_archive.Posts),
            OnStep = step =>
            {
                if (step.Status.StartsWith("Waiting", StringComparison.Ordinal)) posts.Add(_archive.Posts);
                if (posts.Count == 4) AddSeries(2);
            },
        };
        (BatchSummary run, _) = _batch.Run(o => Archived(o) with
        {
            Watch = true,
            SettleTime = TimeSpan.Zero,
            MaxStudies = 2,
            StopAt = DateTimeOffset.Now.AddMinutes(1),
        }, listener);
        Assert.Equal((2, 2), (run.Done, run.Unsent));
        Assert.Single(posts.Take(4).Distinct());
    }

    [Fact]
    public void Who_watches_takes_what_comes_and_tries_again_what_was_left()
    {
        AddSeries(1);
        bool isAway = false;
        _archive.Fault = _ => isAway ? [] : null;
        _batch.OnRun = () => isAway = _batch.Passes == 1;
        var listener = new BatchFixture.Listener
        {
            OnEnded = item =>
            {
                isAway = false;
                if (item.State == BatchState.Unsent) AddSeries(2);
            },
        };
        (BatchSummary run, _) = _batch.Run(o => Archived(o) with { Watch = true, SettleTime = TimeSpan.Zero, MaxStudies = 2 }, listener);
        Assert.Equal((2, 0), (run.Done, run.Unsent));
        Assert.Equal((2, 2 * 48 + 4), (_batch.Passes, _archive.Count));
        Assert.All(_batch.History(), i => Assert.Equal(BatchState.Done, i.State));
    }

    [Fact]
    public void Shards_share_the_series_of_an_archive()
    {
        for (int i = 1; i <= 5; i++) AddSeries(i);
        int[] done = [.. Enumerable.Range(0, 3).Select(i => Run(o => o with { Shard = new(i, 3) }).Summary.Done)];
        Assert.Equal((5, 5, 5 * 48 + 10), (done.Sum(), _batch.Passes, _archive.Count));
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(0, Run(o => o with { Shard = new(i, 3) }).Summary.Done));
        Assert.Equal((5, 5), (_batch.Passes, Fetches));
    }

    [Theory]
    [InlineData(BatchGrouping.Study, false)]
    [InlineData(BatchGrouping.Entry, true)]
    public void Rules_for_folders_are_refused(BatchGrouping group, bool newest)
    {
        var error = Assert.Throws<CoreException>(() => Run(o => o with
        {
            Group = group,
            Series = new CtSeriesOptions { Rules = new SeriesRules { Newest = newest } },
        }));
        Assert.Equal((Fault.SettingInvalid, 0), (error.Fault, _archive.Requests.Length));
    }

    [Fact]
    public void An_archive_that_lets_nobody_in_is_told_before_anything_is_written()
    {
        _archive.User = "batch:another";
        Assert.Equal(Fault.CredentialRefused, Assert.Throws<CoreException>(() => Run()).Fault);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_batch.Output.Root));
    }

    [Fact]
    public void Nothing_of_the_patient_and_no_uid_is_told()
    {
        AddSeries(1);
        AddSeries(2);
        // One whose slices cannot be read, and one with a gap.
        AddSeries(3, change: (slice, _) => slice.Remove(DicomTag.PixelData));
        AddSeries(4, change: (slice, k) => slice.Numbers(DicomTag.ImagePositionPatient, 0, 0, 5 * (k > 20 ? k + 1 : k)));
        bool refuses = true;
        _archive.Fault = request => refuses && request.Method == "POST" && request.Path.EndsWith(".2", StringComparison.Ordinal)
            ? TestArchive.Answer(409) : null;
        var told = new StringBuilder();
        void Tell(List<BatchItem> items)
        {
            foreach (BatchItem item in items) told.AppendJoin(' ', [$"{item}", item.Message, item.NotSent, .. item.SeriesPassedOver]);
        }
        Tell(Run().Items);
        refuses = false;
        Tell(Run().Items);
        foreach (string file in Directory.GetFiles(_batch.Output.Root, "*", SearchOption.AllDirectories)
            .Where(f => !f.EndsWith(".dcm", StringComparison.Ordinal)))
            told.Append(file).Append(Encoding.Latin1.GetString(File.ReadAllBytes(file)));
        Assert.All(new[] { "Secret", "SECRET", "19210203", Root, "1.2.826" },
            text => Assert.DoesNotContain(text, $"{told}", StringComparison.Ordinal));
        Assert.Equal(2, _batch.History().Count(i => i.State == BatchState.Failed));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_waits_to_be_sent_and_becomes_doubtful_waits_for_a_person_instead(bool ofAnotherJournal)
    {
        AddSeries(1, width: 8);
        PancreasModel model = BatchFixture.ModelThatTells();
        (BatchSummary Summary, List<BatchItem> Items) Judge(double? bound, BatchShard? shard = null, DicomObjectKind[]? back = null) =>
            _batch.Run(o => Archived(o, back) with { ReviewBelow = bound, Shard = shard }, model: model);
        _archive.Fault = FailingAtPosts;
        Assert.Equal(BatchState.Unsent, Judge(null, ofAnotherJournal ? new(0, 1) : null).Items.Single().State);
        (int posts, int passes) = (_archive.Posts, _batch.Passes);
        _archive.Fault = null;
        (BatchSummary run, List<BatchItem> items) = Judge(0.5);
        Assert.Equal((BatchOutcome.Completed, 0, posts), (run.Outcome!.Value, run.Unsent, _archive.Posts));
        BatchItem newest = Assert.Single(BatchHistory.Read(_batch.Output.Root).Newest);
        foreach (BatchItem item in (BatchItem[])[items.Single(), newest])
        {
            Assert.Equal((BatchState.Done, SegmentationStatus.Warning, 0), (item.State, item.Status!.Value, item.Sent.Count));
            Assert.StartsWith("Not known to be in the archive in whole", item.NotSent, StringComparison.Ordinal);
        }
        Assert.Contains("\"unsentElsewhere\":0", File.ReadAllText(Path.Combine(_batch.Output.Logs, run.Run + ".jsonl")), StringComparison.Ordinal);
        Assert.Equal((BatchOutcome.Completed, 2), (Judge(null).Summary.Outcome!.Value, _batch.History()[^1].Sent.Count));
        Assert.Equal(passes, _batch.Passes);
    }

    [Fact]
    public void A_run_that_sends_nothing_judges_what_another_journal_could_not_send_and_leaves_it_unsent()
    {
        AddSeries(1, width: 8);
        PancreasModel model = BatchFixture.ModelThatTells();
        DicomObjectKind[] kinds = [DicomObjectKind.Seg, DicomObjectKind.Preview];
        _archive.Fault = FailingAtPosts;
        _batch.Run(o => Archived(o) with { Shard = new(0, 1) }, model: model);
        _archive.Fault = null;
        int posts = _archive.Posts;
        BatchItem item = _batch.Run(o => Archived(o, []) with { DicomOutput = kinds, ReviewBelow = 0.5 }, model: model).Items.Single();
        Assert.Equal((BatchState.Unsent, true, posts), (item.State, item.IsWorthALook, _archive.Posts));
        Assert.Contains("The archive does not have it", item.NotSent, StringComparison.Ordinal);
        // The first journal judges as that run did, and sends.
        item = _batch.Run(o => Archived(o) with { Shard = new(0, 1), ReviewBelow = 0.5 }, model: model).Items.Single();
        Assert.Equal((BatchState.Done, 0, posts), (item.State, item.Sent.Count, _archive.Posts));
        Assert.Equal(BatchState.Done, Assert.Single(BatchHistory.Read(_batch.Output.Root).Newest).State);
        item = _batch.Run(o => Archived(o), model: model).Items.Single();
        Assert.Equal((BatchState.Done, 2), (item.State, item.Sent.Count));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_the_archive_has_is_not_called_held_back_when_another_journal_judges_it(bool hasAll)
    {
        AddSeries(1, width: 8);
        PancreasModel model = BatchFixture.ModelThatTells();
        DicomObjectKind[] kinds = [DicomObjectKind.Seg, DicomObjectKind.Preview];
        _batch.Run(o => Archived(o, hasAll ? kinds : kinds[..1]) with { DicomOutput = kinds, Shard = new(0, 1) }, model: model);
        int posts = _archive.Posts;
        BatchItem item = _batch.Run(o => Archived(o) with { ReviewBelow = 0.5 }, model: model).Items.Single();
        Assert.Equal((BatchState.Done, true, posts), (item.State, item.IsWorthALook, _archive.Posts));
        Assert.Equal((hasAll ? 2 : 1, hasAll), (item.Sent.Count, item.NotSent is null));
    }

    [Fact]
    public void A_result_that_another_has_sent_meanwhile_is_not_held_back()
    {
        AddSeries(1);
        BatchItem item = Run().Items.Single();
        using BatchJournal journal = SqliteJournal.Open(_batch.Output);
        journal.HeldBack(journal.DoneOf(item.Study)!.Id, item with { Sent = [], NotSent = "held back" });
        Assert.True(journal.DoneOf(item.Study)!.Item is { NotSent: null, Sent.Count: 2 });
    }

    private static readonly Func<TestArchive.Request, byte[]?> FailingAtPosts =
        request => request.Method == "POST" ? TestArchive.Answer(503) : null;

    private int Fetches => _archive.Requests.Count(r => r.Contains("/series/", StringComparison.Ordinal)
        && !r.Contains("/instances", StringComparison.Ordinal));

    private static string Series(int number) => $"{Root}.{number}.1";

    private BatchOptions Archived(BatchOptions options, DicomObjectKind[]? back = null, bool flagged = false) => options with
    {
        Path = $"{_archive.Uri}",
        ThrottleLimit = 1,
        Archive = new BatchArchive
        {
            Server = _archive.Server(),
            Query = new StudyQuery { MinimumInstances = 10 },
            SendBack = back ?? [DicomObjectKind.Seg, DicomObjectKind.Preview],
            SendFlagged = flagged,
        },
    };

    private (BatchSummary Summary, List<BatchItem> Items) Run(
        Func<BatchOptions, BatchOptions>? change = null, DicomObjectKind[]? back = null, bool flagged = false) =>
        _batch.Run(o => (change ?? (same => same))(Archived(o, back, flagged)));

    private IEnumerable<DicomSeriesReference> Find(string modality) =>
        ArchiveSearch.Find(_archive.Server(), new StudyQuery { Modality = modality });

    /// <summary>Stores a series of 48 slices but the first ones; what is there already is not stored twice.</summary>
    private void AddSeries(int number, int width = 16, int late = 0, Action<DicomWriter, int>? change = null)
    {
        string folder = _batch.DicomStudy($"made{number}", width, change: (slice, k) =>
        {
            slice.Text(DicomTag.StudyInstanceUid, "UI", $"{Root}.{number}").Text(DicomTag.SeriesInstanceUid, "UI", Series(number))
                .Text(DicomTag.SopInstanceUid, "UI", $"{Series(number)}.{k + 1}");
            change?.Invoke(slice, k);
        });
        string[] files = [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)];
        for (int k = late; k < files.Length; k++)
            if (!_archive.Holds($"{Series(number)}.{k + 1}")) _archive.Add(File.ReadAllBytes(files[k]));
        Directory.Delete(folder, recursive: true);
    }
}
