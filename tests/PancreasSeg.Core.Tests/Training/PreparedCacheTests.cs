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
        Directory.Delete(Cache);
        Assert.Equal(["a", "b"], new[] { Get(cache, "a"), Get(cache, "b") });
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
                Assert.Throws<CoreException>(() => Open().GetOrAdd(Source("case", _folder.File("ct")), () => Prepared("case"), default));
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
        Open();
        Assert.Equal(others.Order(StringComparer.Ordinal),
            Directory.GetFiles(Cache).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
    }

    private PreparedCache Open() => new(Cache, new TrainingOptions(), _warnings.Add);

    private string Get(PreparedCache cache, string name) =>
        cache.GetOrAdd(Source(name, _folder.File(name, [(byte)name[0]])), () => Prepared(name), default).Name;

    private static TrainingCaseSource Source(string name, string path) =>
        new(name, _ => throw new NotSupportedException()) { Files = [path] };

    private static PreparedCase Prepared(string name) =>
        new(name, new NetworkInput(s_grid, new float[s_grid.VoxelCount]), new byte[s_grid.VoxelCount])
        {
            Reference = ReferenceMask.Of(new LabelVolume(s_grid, new byte[s_grid.VoxelCount], new VolumeSource(name)), 1),
        };
}
