using System.Collections.Concurrent;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public class SampleStreamTests
{
    [Fact]
    public void Cases_come_in_order_whichever_is_ready_first_and_none_twice()
    {
        var random = new Random(4);
        int[] delays = [.. Enumerable.Range(0, 60).Select(_ => random.Next(4))];
        using var stream = new SampleStream((index, _) =>
        {
            Thread.Sleep(delays[index % 60]);
            return Case(index);
        }, 5, 7, CancellationToken.None);
        Assert.Equal(Enumerable.Range(7, 50).Select(i => $"{i}"), Enumerable.Range(0, 50).Select(_ => stream.Next().Name));
    }

    [Fact]
    public void No_more_cases_are_made_than_asked_for_ahead()
    {
        var made = new ConcurrentBag<long>();
        using (var stream = new SampleStream((index, _) =>
        {
            made.Add(index);
            return Case(index);
        }, 3, 0, CancellationToken.None))
        {
            for (int i = 0; i < 10; i++) stream.Next();
        }
        Assert.True(made.Max() < 12, $"{made.Max()}");
    }

    [Fact]
    public void Leaving_waits_until_the_work_has_ended()
    {
        int running = 0;
        using (var stream = new SampleStream((index, cancellation) =>
        {
            if (index == 0) return Case(index);
            Interlocked.Increment(ref running);
            try
            {
                cancellation.WaitHandle.WaitOne();
                cancellation.ThrowIfCancellationRequested();
            }
            finally
            {
                Interlocked.Decrement(ref running);
            }
            return Case(index);
        }, 3, 0, CancellationToken.None))
        {
            stream.Next();
        }
        Assert.Equal(0, Volatile.Read(ref running));
    }

    [Fact]
    public void What_goes_wrong_while_a_case_is_made_is_told_where_it_is_used()
    {
        using var stream = new SampleStream(
            (index, _) => index == 2 ? throw new InvalidOperationException("two") : Case(index), 4, 0, CancellationToken.None);
        stream.Next();
        stream.Next();
        Assert.Equal("two", Assert.Throws<InvalidOperationException>(() => stream.Next()).Message);
    }

    private static PreparedCase Case(long index) =>
        new($"{index}", new NetworkInput(VolumeGrid.Axial(1, 1, 1, new(1, 1, 1)), new float[1]), new byte[1]);
}
