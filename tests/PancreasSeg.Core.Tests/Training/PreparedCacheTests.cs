using System.Globalization;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public sealed class PreparedCacheTests : IDisposable
{
    private static readonly VolumeGrid s_grid = VolumeGrid.Axial(4, 4, 2, new(1, 1, 1));

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _warnings = [];

    private string Cache => _folder.File("cache");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_cache_that_cannot_be_made_is_one_warning()
    {
        _folder.File("cache", [1]);
        PreparedCache cache = Open();
        Assert.Equal(["a", "b"], new[] { Get(cache, "a"), Get(cache, "b") });
        Assert.Contains($"'{Cache}'", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_case_that_cannot_be_kept_is_one_warning_and_no_fault_of_the_case()
    {
        PreparedCache cache = Open();
        PreparedCase first = cache.GetOrAdd(Source("a", _folder.File("a", [1])), new TrainingOptions(), () =>
        {
            Directory.Delete(Cache);
            return Prepared("a");
        }, _warnings.Add, default);
        Assert.Equal(["a", "b"], new[] { first.Name, Get(cache, "b") });
        Assert.Contains("are not kept", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_case_whose_folder_cannot_be_listed_is_a_fault_of_its_own()
    {
        // A path longer than Linux takes, which holds for every user.
        if (!OperatingSystem.IsLinux()) return;
        string deep = Deep("ct", 10), more = _folder.File("more"), moved = Path.Combine(deep, "more");
        Directory.CreateDirectory(deep);
        Directory.CreateDirectory(Deep("more", 12));
        Directory.Move(more, moved);
        try
        {
            CoreException error =
                Assert.Throws<CoreException>(() => Get(Open(), Source("case", _folder.File("ct"))));
            Assert.Equal((Fault.FileReadFailed, _folder.File("ct")), (error.Fault, error.Target));
        }
        finally
        {
            Directory.Move(moved, more);
        }

        string Deep(string root, int levels) => Path.Combine([_folder.File(root), .. Enumerable.Repeat(new string('d', 200), levels)]);
    }

    [Fact]
    public void Old_files_of_killed_runs_are_removed_and_nothing_else()
    {
        Directory.CreateDirectory(Cache);
        string kept = $"{new string('0', 64)}.prepared", temporary = $".{kept}.{Guid.Empty:N}.tmp",
            young = $".{kept}.{Guid.NewGuid():N}.tmp";
        string[] others = [kept, young, ".notes.tmp", "notes.prepared.1.tmp"];
        foreach (string name in others.Append(temporary))
        {
            File.WriteAllBytes(Path.Combine(Cache, name), []);
            if (name != young) File.SetLastWriteTimeUtc(Path.Combine(Cache, name), DateTime.UtcNow.AddHours(-25));
        }
        Get(Open(), kept[..1]);
        string[] left = [.. Directory.GetFiles(Cache).Select(f => Path.GetFileName(f)!)];
        Assert.Empty(others.Except(left));
        Assert.Equal(others.Length + 1, left.Length);
        Assert.DoesNotContain(temporary, left);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_case_is_prepared_once_for_all_trainings_of_a_cache(bool onDisk)
    {
        using var cache = new PreparedCache(onDisk ? Cache : null);
        TrainingCaseSource source = Source("a", _folder.File("a", [1]));
        PreparedCase first = Get(cache, source);
        Assert.Equal(onDisk, first.File is not null);
        Assert.Same(first, Get(cache, source));
        Assert.NotSame(first, cache.GetOrAdd(source, new TrainingOptions { LabelValue = 2 }, () => Prepared("a"), null, default));
    }

    [Fact]
    public void What_was_kept_for_a_label_that_someone_named_is_read_anew_where_nobody_did()
    {
        TrainingCaseSource named = Source("a", _folder.File("a", [1])) with { Reading = "labels aligned by voxel" };
        using PreparedCache cache = Open();
        Get(cache, named);
        foreach (TrainingCaseSource other in (TrainingCaseSource[])[named.WithoutNames(), named.WithLabelsAs("LPS", 1),
            named.WithoutNames().WithLabelsAs("LPS", 1)])
        {
            bool isMade = false;
            cache.GetOrAdd(other, new TrainingOptions(), () =>
            {
                isMade = true;
                return Prepared("a");
            }, _warnings.Add, default);
            Assert.True(isMade, other.Reading);
        }
    }

    [Fact]
    public void What_is_kept_is_read_of_the_file_and_is_what_was_made()
    {
        TrainingCaseSource source = Source("a", _folder.File("a", [1]));
        PreparedCase kept;
        using (PreparedCache cache = Open())
        {
            kept = Get(cache, source);
            Assert.Equal(Prepared("a").Sha256(), kept.Sha256());
            Assert.Equal(Prepared("a").Input.Values.ToArray(), kept.Input.Values.ToArray());
        }
        Assert.Throws<ObjectDisposedException>(() => kept.Input.Values.Span[0]);
        Assert.Throws<ObjectDisposedException>(() => kept.Classes.Span[0]);
        kept.Release();
        using PreparedCache again = Open();
        kept = again.GetOrAdd(source, new TrainingOptions(), () => throw new NotSupportedException(), null, default);
        Assert.Equal(Prepared("a").Sha256(), kept.Sha256());
    }

    [Fact]
    public void A_file_that_was_cut_is_made_anew()
    {
        TrainingCaseSource source = Source("a", _folder.File("a", [1]));
        using (PreparedCache cache = Open()) Get(cache, source);
        string file = Directory.GetFiles(Cache).Single();
        byte[] whole = File.ReadAllBytes(file);
        foreach (int length in (int[])[0, 7, 40, 300, whole.Length - 33, whole.Length - 1])
        {
            File.WriteAllBytes(file, whole[..length]);
            using PreparedCache cache = Open();
            Assert.Equal(Prepared("a").Sha256(), Get(cache, source).Sha256());
            Assert.Equal(whole, File.ReadAllBytes(file));
        }
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Memory_in_which_a_file_lies_is_given_back_and_the_file_read_again()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc");
        const int Length = 8 << 20;
        string path = _folder.File("large", [.. Enumerable.Range(0, Length).Select(i => (byte)i)]);
        using FileStream stream = File.OpenRead(path);
        using var file = new MappedFile(stream);
        ReadOnlyMemory<byte> part = file.Part<byte>(256, Length - 256);
        Assert.Equal(Length - 256, part.Span.ToArray().Length);
        Assert.True(ResidentKb(path) >= Length / 1024);
        file.Release();
        Assert.Equal(0, ResidentKb(path));
        Assert.Equal(byte.MaxValue, part.Span[^1]);
    }

    /// <summary>How much of a mapped file lies in this process' memory.</summary>
    private static int ResidentKb(string path) => int.Parse(File.ReadLines("/proc/self/smaps")
        .SkipWhile(line => !line.EndsWith(path, StringComparison.Ordinal)).First(line => line.StartsWith("Rss:", StringComparison.Ordinal))
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    private PreparedCache Open() => new(Cache);

    private string Get(PreparedCache cache, string name) =>
        Get(cache, Source(name, _folder.File(name, [(byte)name[0]]))).Name;

    private PreparedCase Get(PreparedCache cache, TrainingCaseSource source) =>
        cache.GetOrAdd(source, new TrainingOptions(), () => Prepared(source.Name), _warnings.Add, default);

    private static TrainingCaseSource Source(string name, string path) =>
        new(name, _ => throw new NotSupportedException()) { Files = [path] };

    private static PreparedCase Prepared(string name) =>
        new(name, new NetworkInput(s_grid, (float[])[.. Enumerable.Range(0, s_grid.VoxelCount).Select(i => i / 32f)]),
            (byte[])[.. Enumerable.Range(0, s_grid.VoxelCount).Select(i => (byte)(i % 2))])
        {
            Reference = ReferenceMask.Of(new LabelVolume(s_grid, new byte[s_grid.VoxelCount], new VolumeSource(name)), 1),
        };
}
