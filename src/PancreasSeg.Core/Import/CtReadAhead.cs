namespace PancreasSeg.Import;

/// <summary>Reads one CT on another thread while the caller works on the one before. One caller, one CT ahead.</summary>
internal sealed class CtReadAhead : IDisposable
{
    private readonly Func<string, IProgress<ProgressStep>?, CancellationToken, CtVolume> _read;
    private (string Path, Task<CtVolume> Task, CancellationTokenSource Stop)? _ahead;

    /// <summary>Creates a reader.</summary>
    /// <param name="read">How a path is read; null for <see cref="CtImporter.Read"/>.</param>
    public CtReadAhead(Func<string, IProgress<ProgressStep>?, CancellationToken, CtVolume>? read = null) =>
        _read = read ?? ((path, progress, cancellation) => CtImporter.Read(path, progress: progress, cancellation: cancellation));

    /// <summary>Starts to read a path that is asked for next.</summary>
    public void Begin(string path)
    {
        Drop();
        var stop = new CancellationTokenSource();
        var task =
            Task.Factory.StartNew(() => _read(path, null, stop.Token), stop.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _ahead = (path, task, stop);
    }

    /// <summary>The CT at a path: the one read ahead, else read now. A reading of another path is given up.</summary>
    /// <param name="path">A path for <see cref="CtImporter.Read"/>.</param>
    /// <param name="progress">Told as slices arrive when it is read now.</param>
    /// <param name="cancellation">Ends the waiting or the reading.</param>
    /// <exception cref="CoreException">As <see cref="CtImporter.Read"/>, whichever thread read.</exception>
    public CtVolume Take(string path, IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        if (_ahead is not { } ahead || ahead.Path != path)
        {
            Drop();
            return _read(path, progress, cancellation);
        }
        try
        {
            return ahead.Task.WaitAsync(cancellation).GetAwaiter().GetResult();
        }
        finally
        {
            Drop();
        }
    }

    /// <summary>Stops what is being read and waits until it has ended.</summary>
    public void Dispose() => Drop();

    private void Drop()
    {
        if (_ahead is not { } ahead) return;
        _ahead = null;
        ahead.Stop.Cancel();
        Task.WaitAny(ahead.Task);
        ahead.Stop.Dispose();
    }
}
