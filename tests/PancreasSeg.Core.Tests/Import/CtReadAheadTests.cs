using PancreasSeg.Import;

namespace PancreasSeg.Core.Tests.Import;

public class CtReadAheadTests
{
    private static readonly VolumeGrid s_grid = VolumeGrid.Axial(2, 2, 2, new(1, 1, 1));

    private readonly List<string> _read = [];

    [Fact]
    public void What_was_begun_is_read_once_and_on_another_thread()
    {
        int caller = Environment.CurrentManagedThreadId, reader = 0;
        using var ahead = new CtReadAhead((path, _, _) =>
        {
            reader = Environment.CurrentManagedThreadId;
            return Ct(path);
        });
        ahead.Begin("a");
        Assert.Equal("a", ahead.Take("a").Name);
        Assert.Equal(["a"], _read);
        Assert.NotEqual(caller, reader);
    }

    [Fact]
    public void The_next_is_read_while_the_caller_works()
    {
        using var begun = new ManualResetEventSlim();
        using var ahead = new CtReadAhead((path, _, _) =>
        {
            begun.Set();
            return Ct(path);
        });
        ahead.Begin("a");
        Assert.True(begun.Wait(TimeSpan.FromMinutes(1)));
        Assert.Equal("a", ahead.Take("a").Name);
    }

    [Fact]
    public void Another_path_gives_up_what_was_begun()
    {
        using var ahead = new CtReadAhead((path, _, cancellation) =>
        {
            if (path == "a") cancellation.WaitHandle.WaitOne();
            cancellation.ThrowIfCancellationRequested();
            return Ct(path);
        });
        ahead.Begin("a");
        Assert.Equal("b", ahead.Take("b").Name);
        Assert.Equal("c", ahead.Take("c").Name);
        Assert.Equal(["b", "c"], _read);
    }

    [Fact]
    public void A_failure_is_told_where_the_case_is_taken_and_only_there()
    {
        using var ahead =
            new CtReadAhead((path, _, _) => path == "bad" ? throw new CoreException(Fault.SliceMissing, "Slice 3 is missing.") : Ct(path));
        ahead.Begin("bad");
        Assert.Equal(Fault.SliceMissing, Assert.Throws<CoreException>(() => ahead.Take("bad")).Fault);
        ahead.Begin("bad");
        Assert.Equal("good", ahead.Take("good").Name);
    }

    [Fact]
    public void Cancelling_ends_the_wait_and_disposing_the_reading()
    {
        using var ended = new ManualResetEventSlim();
        using var stop = new CancellationTokenSource();
        using (var ahead = new CtReadAhead((_, _, cancellation) =>
        {
            stop.Cancel();
            cancellation.WaitHandle.WaitOne();
            ended.Set();
            throw new OperationCanceledException(cancellation);
        }))
        {
            ahead.Begin("a");
            Assert.ThrowsAny<OperationCanceledException>(() => ahead.Take("a", null, stop.Token));
        }
        Assert.True(ended.IsSet);
    }

    private CtVolume Ct(string name)
    {
        _read.Add(name);
        return new CtVolume(s_grid, new short[8], new VolumeSource(name));
    }
}
