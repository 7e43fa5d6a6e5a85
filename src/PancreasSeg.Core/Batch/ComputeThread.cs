using System.Collections.Concurrent;

namespace PancreasSeg.Batch;

/// <summary>
/// One thread on which everything of the network happens, in turn: libtorch keeps the number of its threads, and the threads
/// themselves, for each thread that calls it.
/// </summary>
internal sealed class ComputeThread : IDisposable
{
    private readonly BlockingCollection<Action> _queue = [];
    private readonly Thread _thread;

    public ComputeThread()
    {
        _thread = new Thread(() =>
        {
            foreach (Action action in _queue.GetConsumingEnumerable()) action();
        })
        { IsBackground = true, Name = "PancreasSeg network" };
        _thread.Start();
    }

    /// <summary>Runs work in its turn and waits for it.</summary>
    public T Run<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _queue.Add(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task.GetAwaiter().GetResult();
    }

    /// <summary>Ends the thread after what is queued.</summary>
    public void Dispose()
    {
        _queue.CompleteAdding();
        _thread.Join();
        _queue.Dispose();
    }
}
