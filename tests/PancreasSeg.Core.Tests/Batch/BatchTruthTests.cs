using System.Diagnostics;
using Microsoft.Data.Sqlite;
using PancreasSeg.Batch;
using PancreasSeg.Nifti;

namespace PancreasSeg.Core.Tests.Batch;

/// <summary>What a batch says of a study is true of the files that lie there now.</summary>
public sealed class BatchTruthTests : IDisposable
{
    private readonly BatchFixture _batch = new();

    public void Dispose() => _batch.Dispose();

    private string Elsewhere(string name) => Path.Combine(Directory.CreateDirectory(_batch.Studies + "-elsewhere").FullName, name);

    private int VoxelsOf(string study) =>
        NiftiFile.ReadLabels(Path.Combine(_batch.Output.ResultOf(study), BatchFolder.MaskFile)).Count(1);

    [Fact]
    public void Links_are_followed_by_the_hash_as_by_the_reader()
    {
        File.Move(_batch.Study("a.nii"), Elsewhere("first.nii"));
        File.Move(_batch.Study("a.nii", width: 12), Elsewhere("second.nii"));
        string link = Path.Combine(_batch.Studies, "a.nii");
        File.CreateSymbolicLink(link, Elsewhere("first.nii"));
        Directory.Move(_batch.DicomStudy("d"), Elsewhere("slices"));
        string folder = Directory.CreateDirectory(Path.Combine(_batch.Studies, "d")).FullName;
        foreach (string file in Directory.GetFiles(Elsewhere("slices")))
            File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(file)), file);
        Directory.CreateSymbolicLink(Path.Combine(_batch.Studies, "e"), Elsewhere("slices"));
        Assert.Equal(3, _batch.Run().Summary.Done);
        Assert.Equal(3, _batch.Run().Summary.Skipped);

        File.Delete(link);
        File.CreateSymbolicLink(link, Elsewhere("second.nii"));
        Directory.Delete(Elsewhere("slices"), recursive: true);
        Directory.Move(_batch.DicomStudy("x", width: 12), Elsewhere("slices"));
        Assert.Equal(3, _batch.Run().Summary.Done);
        Assert.All(new[] { "a", "d", "e" }, study => Assert.Equal(12 * 12 * 6, VoxelsOf(study)));
    }

    [Fact]
    public void What_is_done_but_has_lost_its_files_is_done_again()
    {
        _batch.Study("a.nii");
        _batch.Run();
        Directory.Delete(_batch.Output.ResultOf("a"), recursive: true);
        Assert.Equal(1, _batch.Run().Summary.Done);
        Assert.Equal(1, _batch.Run().Summary.Skipped);
    }

    [Fact]
    public void Old_files_that_a_dead_run_had_taken_out_go_back()
    {
        _batch.Study("a.nii");
        _batch.Run();
        string staging = Directory.CreateDirectory(Path.Combine(_batch.Output.Staging, "dead")).FullName;
        Directory.Move(_batch.Output.ResultOf("a"), Path.Combine(staging, "a.old"));
        Assert.Equal((1, 1), (_batch.Run().Summary.Skipped, _batch.Passes));
        Assert.Equal(16 * 12 * 6, VoxelsOf("a"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_batch.Output.Staging));
    }

    [Fact]
    public void Files_of_a_study_that_changed_and_then_failed_are_moved_away_and_its_row_says_so()
    {
        string path = _batch.Study("a.nii");
        byte[] whole = File.ReadAllBytes(path);
        _batch.Run();
        File.WriteAllBytes(path, whole[..1000]);
        Assert.Equal(1, _batch.Run().Summary.Failed);
        Assert.False(Directory.Exists(_batch.Output.ResultOf("a")));
        BatchItem done = _batch.History()[0];
        Assert.StartsWith(_batch.Output.Superseded, done.OutputFolder!, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(done.OutputFolder!, BatchFolder.MaskFile)));
        Assert.StartsWith("Superseded", done.Message, StringComparison.Ordinal);

        File.WriteAllBytes(path, whole);
        Assert.Equal(1, _batch.Run().Summary.Done);
        Assert.Equal(16 * 12 * 6, VoxelsOf("a"));
    }

    [Fact]
    public void A_study_that_becomes_what_it_was_gets_the_mask_it_had()
    {
        string path = _batch.Study("a.nii");
        byte[] first = File.ReadAllBytes(path);
        _batch.Run();
        _batch.Study("a.nii", width: 12);
        _batch.Run();
        File.WriteAllBytes(path, first);
        Assert.Equal(1, _batch.Run().Summary.Done);
        Assert.Equal(16 * 12 * 6, VoxelsOf("a"));
    }

    [Fact]
    public void A_name_once_given_is_kept_when_another_study_would_have_it_too()
    {
        _batch.Study("case.nii.gz");
        _batch.Run();
        _batch.DicomStudy("case", width: 12);
        BatchSummary summary = _batch.Run().Summary;
        Assert.Equal((1, 1), (summary.Done, summary.Skipped));
        Assert.Equal(16 * 12 * 6, VoxelsOf("case"));
        Assert.Equal(2, _batch.History().Select(i => i.Study).Distinct().Count());
        Assert.Equal(2, _batch.Run().Summary.Skipped);
    }

    [Fact]
    public void A_name_that_another_study_has_got_since_is_not_given_back()
    {
        byte[] first = File.ReadAllBytes(_batch.Study("case.nii.gz"));
        _batch.Run();
        File.Delete(Path.Combine(_batch.Studies, "case.nii.gz"));
        _batch.DicomStudy("case", width: 12);
        Assert.Equal("case", _batch.Run().Items.Single().Study);
        File.WriteAllBytes(Path.Combine(_batch.Studies, "case.nii.gz"), first);
        BatchItem back = Assert.Single(_batch.Run().Items, item => !item.IsSkipped);
        Assert.NotEqual("case", back.Study);
        Assert.Equal((12 * 12 * 6, 16 * 12 * 6), (VoxelsOf("case"), VoxelsOf(back.Study)));
        Assert.Equal(2, _batch.Run().Summary.Skipped);
    }

    [Fact]
    public void A_batch_whose_model_prepares_its_input_otherwise_does_all_again()
    {
        _batch.Study("a.nii");
        _batch.Run();
        Assert.Equal(1, _batch.Run(model: BatchFixture.Model(windowHigh: 400)).Summary.Done);
        Assert.Equal(1, _batch.Run(model: BatchFixture.Model(windowHigh: 400)).Summary.Skipped);
    }

    [Fact]
    public void Results_below_the_studies_are_refused_before_anything_is_written()
    {
        foreach (string output in new[] { _batch.Studies, Path.Combine(_batch.Studies, "masks") })
            Assert.Equal(Fault.OutputIsInput,
                Assert.Throws<CoreException>(() => _batch.Run(o => o with { OutputPath = output })).Fault);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_batch.Studies));
        _batch.Study("a.nii");
        Assert.Equal(1, _batch.Run(o => o with { OutputPath = _batch.Studies + "2" }).Summary.Done);
    }

    [Fact]
    public void What_is_still_failed_from_earlier_runs_is_told_by_every_run()
    {
        _batch.Study("a.nii");
        File.WriteAllText(Path.Combine(_batch.Studies, "b.nii.gz"), "no gzip");
        Assert.Equal(BatchOutcome.SomeFailed, _batch.Run().Summary.Outcome);
        BatchSummary second = _batch.Run().Summary;
        Assert.Equal((BatchOutcome.Outstanding, 7, 1), (second.Outcome!.Value, second.ExitCode!.Value, second.Outstanding));
        Assert.Contains("still failed", File.ReadAllText(second.Report!), StringComparison.Ordinal);
        using BatchJournal journal = SqliteJournal.OpenExisting(_batch.Output);
        Assert.Equal([0, 1], journal.Runs().Select(r => r.Outstanding));
    }

    [Fact]
    public void What_is_passed_over_is_counted_and_named()
    {
        _batch.Study("a.nii");
        File.WriteAllText(Path.Combine(_batch.Studies, "b.mha"), "x");
        File.WriteAllBytes(Path.Combine(_batch.Studies, "slice.dcm"), TestSeries.Slice(0).File());
        File.CreateSymbolicLink(Path.Combine(_batch.Studies, "gone.nii"), Elsewhere("nothing"));
        Directory.CreateSymbolicLink(Path.Combine(_batch.Studies, "loop"), _batch.Studies);
        BatchSummary summary = _batch.Run().Summary;
        Assert.Equal((1, 4), (summary.Done, summary.PassedOver));
        string log = File.ReadAllText(Directory.GetFiles(_batch.Output.Logs).Single());
        Assert.All(new[] { "b.mha", "slice.dcm", "gone.nii", "loop" }, name => Assert.Contains(name, log, StringComparison.Ordinal));
    }

    [Fact]
    public void A_name_that_is_not_utf8_is_told()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/bin/bash"), "Names are bytes on Linux alone.");
        _batch.Study("a.nii");
        Process.Start("/bin/bash", ["-c", "mkdir -- \"$0\"/$'M\\xfcller'", _batch.Studies]).WaitForExit();
        BatchSummary summary = _batch.Run().Summary;
        Process.Start("/bin/bash", ["-c", "rmdir -- \"$0\"/M*ller", _batch.Studies]).WaitForExit();       // .NET cannot
        Assert.Equal((1, 1), (summary.Done, summary.PassedOver));
        Assert.Contains("has a name that is not UTF-8", File.ReadAllText(Directory.GetFiles(_batch.Output.Logs).Single()),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Pipes_and_devices_are_never_opened()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes in folders.");
        string folder = _batch.DicomStudy("d");
        Process.Start("mkfifo", [Path.Combine(folder, "pipe"), Path.Combine(_batch.Studies, "pipe.nii")]).WaitForExit();
        File.CreateSymbolicLink(Path.Combine(_batch.Studies, "zero.nii"), "/dev/zero");
        List<BatchItem> items = _batch.Run().Items;
        Assert.Equal(BatchState.Done, items.First(i => i.Study == "d").State);
        Assert.All(new[] { "pipe", "zero" }, study => Assert.Equal((BatchState.Quarantined, nameof(Fault.FileReadFailed)),
            (items.Last(i => i.Study == study).State, items.Last(i => i.Study == study).Reasons.Single())));
    }

    [Fact]
    public void A_long_name_of_any_script_can_be_done_and_done_again()
    {
        string name = new('\u6f22', 80);
        File.Move(_batch.Study("a.nii"), Path.Combine(_batch.Studies, $"{name}.nii"));
        File.Move(_batch.Study("a.nii.gz", width: 12), Path.Combine(_batch.Studies, $"{name}.nii.gz"));
        Assert.Equal(2, _batch.Run().Summary.Done);
        Assert.Equal(2, _batch.Run(o => o with { Force = true }).Summary.Done);
    }

    [Fact]
    public void Of_several_suspects_the_one_with_the_fewest_deaths_comes_first()
    {
        foreach (string name in (string[])["a.nii", "b.nii"]) _batch.Study(name);
        _batch.Die("a", alone: false);
        _batch.Die("b", alone: false);
        _batch.Die("a", alone: true);
        var order = new List<string>();
        _batch.OnRun = () => order.Add(_batch.History().Single(i => i.State == BatchState.Running).Study);
        Assert.Equal(2, _batch.Run().Summary.Done);
        Assert.Equal(["b", "a"], order);
    }

    [Theory]
    [InlineData("UPDATE attempt SET state = 'Dnoe'")]
    [InlineData("UPDATE attempt SET status = '17'")]
    [InlineData("UPDATE run SET outcome = ''")]
    public void A_journal_with_a_word_that_is_none_is_refused_by_name(string damage)
    {
        _batch.Study("a.nii");
        _batch.Run();
        Sql(damage);
        Assert.Equal(Fault.BatchJournalInvalid, Assert.Throws<CoreException>(() =>
        {
            using BatchJournal journal = SqliteJournal.OpenExisting(_batch.Output);
            journal.History();
            journal.Runs();
        }).Fault);
    }

    [Fact]
    public void A_journal_of_the_version_before_is_brought_to_this_one()
    {
        _batch.Study("a.nii");
        _batch.Run();
        Sql("ALTER TABLE run DROP unsent; ALTER TABLE attempt DROP sent; ALTER TABLE attempt DROP not_sent; DROP INDEX by_identity; "
            + "ALTER TABLE attempt DROP waited; ALTER TABLE attempt DROP members; ALTER TABLE attempt DROP expected_dice; "
            + "ALTER TABLE attempt DROP expected_dice_low; ALTER TABLE attempt DROP review; PRAGMA user_version = 3");
        Assert.Equal((0, 1, BatchState.Done), (_batch.Run().Summary.Done, _batch.Run().Summary.Skipped, _batch.History().Single().State));
    }

    private void Sql(string text)
    {
        using var connection = new SqliteConnection($"Data Source={_batch.Output.Journal};Pooling=false");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // the text is a test's own
        command.CommandText = text;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    [Fact]
    public void A_journal_in_a_folder_that_may_only_be_read_is_read()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
        {
            Assert.Skip("Rights do not bind this user.");
            return;
        }
        _batch.Study("a.nii");
        _batch.Run();
        File.SetUnixFileMode(_batch.Output.Root, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.SetUnixFileMode(_batch.Output.Journal, UnixFileMode.UserRead);
        try
        {
            Assert.Equal(BatchState.Done, _batch.History().Single().State);
        }
        finally
        {
            File.SetUnixFileMode(_batch.Output.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Theory]
    [InlineData(DriveType.Network, "nfs4", true)]
    [InlineData(DriveType.Fixed, "fuse.sshfs", true)]
    [InlineData(DriveType.Fixed, "ext4", false)]
    [InlineData(DriveType.Ram, "tmpfs", false)]
    public void Network_drives_are_told_by_their_kind(DriveType type, string format, bool expected) =>
        Assert.Equal(expected, NetworkDrive.IsNetwork(type, format));
}
