using PancreasSeg.Batch;

namespace PancreasSeg.Core.Tests.Batch;

public sealed class BatchFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_study_keeps_its_files_until_the_new_ones_are_complete()
    {
        var output = new BatchFolder(_folder.FullName);
        string[] Texts() => [.. Directory.GetFiles(output.ResultOf("a")).Order(StringComparer.Ordinal).Select(File.ReadAllText)];
        output.Replace("a", "first", folder =>
        {
            File.WriteAllText(Path.Combine(folder, "mask"), "old mask");
            File.WriteAllText(Path.Combine(folder, "picture"), "old picture");
        });
        var failed = Assert.Throws<CoreException>(() => output.Replace("a", "second", folder =>
        {
            File.WriteAllText(Path.Combine(folder, "mask"), "half a mask");
            throw new IOException("no space");
        }));
        Assert.Equal(Fault.FileWriteFailed, failed.Fault);
        Assert.Equal(["old mask", "old picture"], Texts());

        output.Replace("a", "second", folder =>
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
        output.Replace("a", "first", folder => File.WriteAllText(Path.Combine(folder, "mask"), "old mask"));
        var failed = Assert.Throws<CoreException>(() => output.Replace("a", "second", folder => Directory.Delete(folder)));
        Assert.Equal(Fault.FileWriteFailed, failed.Fault);
        output.Discard("second");
        Assert.Equal("old mask", File.ReadAllText(Path.Combine(output.ResultOf("a"), "mask")));
    }
}
