using PancreasSeg.Batch;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Batch;

/// <summary>Several processes that share the studies of a folder.</summary>
public sealed class BatchShardTests : IDisposable
{
    private readonly BatchFixture _batch = new();

    public void Dispose() => _batch.Dispose();

    private BatchFolder Folder(int index, int count) => _batch.Output with { Shard = new BatchShard(index, count) };

    private BatchSummary Run(int index, int count, bool preempted = false) =>
        _batch.Run(o => o with { Shard = new BatchShard(index, count), AfterPreemption = preempted }).Summary;

    private byte[][] Masks() => [.. Directory.EnumerateFiles(_batch.Output.Results, BatchFolder.MaskFile, SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];

    // By hashlib of Python: int.from_bytes(sha256(name).digest()[:8], "big") % 40 and % 7.
    [Theory]
    [InlineData("a", 10, 4)]
    [InlineData("case.nii.gz", 36, 5)]
    [InlineData("Müller", 14, 4)]
    [InlineData("0001", 27, 1)]
    public void A_study_belongs_to_the_shard_that_the_hash_of_its_name_says(string name, int of40, int of7)
    {
        Assert.Equal(of40, Enumerable.Range(0, 40).Single(i => new BatchShard(i, 40).Holds(name)));
        Assert.Equal(of7, Enumerable.Range(0, 7).Single(i => new BatchShard(i, 7).Holds(name)));
    }

    [Theory]
    [InlineData("0/1", 0, 1)]
    [InlineData("39/40", 39, 40)]
    public void A_shard_is_written_as_index_and_count(string text, int index, int count)
    {
        Assert.Equal(new BatchShard(index, count), BatchShard.Parse(text));
        Assert.Equal(new BatchShard(index, count), BatchShard.OfFolder($"{BatchShard.Parse(text)}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("3")]
    [InlineData("40/40")]
    [InlineData("-1/4")]
    [InlineData("1/0")]
    [InlineData("1/2/3")]
    [InlineData("a/b")]
    public void Other_texts_are_refused(string text) => Assert.Throws<FormatException>(() => BatchShard.Parse(text));

    [Fact]
    public async Task Shards_at_once_do_each_study_once_and_make_the_masks_of_the_whole()
    {
        foreach (int i in Enumerable.Range(0, 9)) _batch.Study($"s{i}.nii", width: 10 + i % 4);
        _batch.Run();
        byte[][] whole = Masks();
        Directory.Delete(_batch.Output.Root, recursive: true);
        BatchSummary[] runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => Run(i, 4))));
        Assert.Equal(9, runs.Sum(r => r.Done));
        Assert.Equal(whole, Masks());
        Assert.False(File.Exists(_batch.Output.Journal));
        Assert.All(Enumerable.Range(0, 4), i => Assert.Equal(0, Run(i, 4).Done));
        Assert.Equal(9, _batch.Output.WithJournals().Sum(folder =>
        {
            using BatchJournal journal = SqliteJournal.OpenExisting(folder);
            return journal.History().Count(item => item.State == BatchState.Done);
        }));
    }

    [Fact]
    public void Another_number_of_shards_leaves_alone_what_is_done_and_does_again_what_has_changed()
    {
        foreach (int i in Enumerable.Range(0, 6)) _batch.Study($"s{i}.nii");
        foreach (int i in Enumerable.Range(0, 2)) Run(i, 2);
        byte[] first = File.ReadAllBytes(_batch.Study("s3.nii"));
        _batch.Study("s3.nii", width: 12);
        BatchSummary[] runs = [.. Enumerable.Range(0, 3).Select(i => Run(i, 3))];
        Assert.Equal((1, 5), (runs.Sum(r => r.Done), runs.Sum(r => r.Skipped)));

        // Back to the shards that had done it as it is again: the files are those of the third.
        File.WriteAllBytes(Path.Combine(_batch.Studies, "s3.nii"), first);
        Assert.Equal(1, Enumerable.Range(0, 2).Sum(i => Run(i, 2).Done));
        Assert.Equal(0, _batch.Run().Summary.Done);
    }

    [Fact]
    public void A_shard_in_work_is_refused_and_its_journal_can_be_read()
    {
        _batch.Study("a.nii");
        int shard = Enumerable.Range(0, 2).Single(i => new BatchShard(i, 2).Holds("a.nii"));
        CoreException? refused = null;
        BatchState? seen = null;
        _batch.OnRun = () =>
        {
            refused = Assert.Throws<CoreException>(() => Run(shard, 2));
            using BatchJournal journal = SqliteJournal.OpenExisting(Folder(shard, 2));
            seen = journal.History().Single().State;
        };
        Assert.Equal(1, Run(shard, 2).Done);
        Assert.Equal((Fault.ShardInUse, BatchState.Running), (refused!.Fault, seen));
    }

    [Fact]
    public void A_job_that_was_preempted_does_not_speak_against_its_study()
    {
        _batch.Study("a.nii");
        foreach (bool alone in new[] { false, true, true }) _batch.Die("a", alone, preempted: true);
        Assert.Equal(1, _batch.Run(o => o with { AfterPreemption = true }).Summary.Done);
        Assert.Equal([BatchState.Preempted, BatchState.Preempted, BatchState.Preempted, BatchState.Done],
            _batch.History().Select(i => i.State));
    }

    [Fact]
    public void Named_studies_alone_can_be_done_again()
    {
        foreach (string name in (string[])["a.nii", "b.nii"]) _batch.Study(name);
        _batch.Run();
        BatchItem item = Assert.Single(_batch.Run(o => o with { Study = name => name == "b", Force = true }).Items);
        Assert.Equal(("b", false, SegmentationStatus.Ok), (item.Study, item.IsSkipped, item.Status));
    }
}
