namespace PancreasSeg.Training;

/// <summary>
/// Cases of a source, made in the background while the network trains: a few ahead, never more, in the order of their numbers
/// whichever is ready first.
/// </summary>
internal sealed class SampleStream : IDisposable
{
    private readonly Func<long, CancellationToken, PreparedCase> _create;
    private readonly int _ahead;
    private readonly CancellationTokenSource _stop;
    private readonly Queue<Task<PreparedCase>> _coming = [];
    private long _next;

    /// <summary>Creates a stream; work begins with the first <see cref="Next"/>.</summary>
    /// <param name="create">Makes the case of a number; called from several threads.</param>
    /// <param name="ahead">Cases in the making or ready at any time, at least 1.</param>
    /// <param name="first">Number of the first case.</param>
    /// <param name="cancellation">Stops the work.</param>
    public SampleStream(Func<long, CancellationToken, PreparedCase> create, int ahead, long first, CancellationToken cancellation)
    {
        (_create, _ahead, _next) = (create, ahead, first);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
    }

    /// <summary>The next case; waits for it where it is not ready.</summary>
    public PreparedCase Next()
    {
        while (_coming.Count < _ahead)
        {
            long number = _next++;
            _coming.Enqueue(Task.Run(() => _create(number, _stop.Token), _stop.Token));
        }
        return _coming.Dequeue().GetAwaiter().GetResult();
    }

    /// <summary>Stops the work and returns when it has ended.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        // What goes wrong in cases nobody asks for any more does not matter.
        Task.WhenAll(_coming).ContinueWith(all => _ = all.Exception, TaskScheduler.Default).Wait();
        _stop.Dispose();
    }
}
