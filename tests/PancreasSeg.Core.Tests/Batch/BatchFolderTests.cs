using PancreasSeg.Batch;

namespace PancreasSeg.Core.Tests.Batch;

public sealed class BatchFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static void Replace(BatchFolder output, string study, string run, Action<string> write)
    {
        output.Stage(study, run, write);
        output.Exchange(study, run);
    }

    [Fact]
    public void A_study_keeps_its_files_until_the_new_ones_are_complete()
    {
        var output = new BatchFolder(_folder.FullName);
        string[] Texts() => [.. Directory.GetFiles(output.ResultOf("a")).Order(StringComparer.Ordinal).Select(File.ReadAllText)];
        Replace(output, "a", "first", folder =>
        {
            File.WriteAllText(Path.Combine(folder, "mask"), "old mask");
            File.WriteAllText(Path.Combine(folder, "picture"), "old picture");
        });
        var failed = Assert.Throws<CoreException>(() => Replace(output, "a", "second", folder =>
        {
            File.WriteAllText(Path.Combine(folder, "mask"), "half a mask");
            throw new IOException("no space");
        }));
        Assert.Equal(Fault.FileWriteFailed, failed.Fault);
        Assert.Equal(["old mask", "old picture"], Texts());

        Replace(output, "a", "second", folder =>
        {
            Assert.Equal(["old mask", "old picture"], Texts());
            File.WriteAllText(Path.Combine(folder, "mask"), "new mask");
        });
        Assert.Equal(["new mask"], Texts());
    }

    [Fact]
    public void Old_files_come_back_when_the_new_ones_cannot_be_put_in_their_place()
    {
        var output = new BatchFolder(_folder.FullName);
        Replace(output, "a", "first", folder => File.WriteAllText(Path.Combine(folder, "mask"), "old mask"));
        var failed = Assert.Throws<CoreException>(() => Replace(output, "a", "second", folder => Directory.Delete(folder)));
        Assert.Equal(Fault.FileWriteFailed, failed.Fault);
        output.Discard("second");
        Assert.Equal("old mask", File.ReadAllText(Path.Combine(output.ResultOf("a"), "mask")));
    }
}
