namespace PancreasSeg.Pacs;

/// <summary>What a server sends, read forward: ends the waiting when it falls silent, and tells a broken connection from its end.</summary>
/// <param name="inner">The body.</param>
/// <param name="silence">Longest time between two pieces.</param>
/// <param name="failure">Makes the exception of a broken connection.</param>
/// <param name="cancellation">Ends the reading.</param>
internal sealed class AnswerStream(Stream inner, TimeSpan silence, Func<Exception, Exception> failure, CancellationToken cancellation)
    : Stream
{
    private CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        if (!_patience.TryReset())
        {
            _patience.Dispose();
            _patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        }
        _patience.CancelAfter(silence);
        try
        {
            return inner.ReadAsync(buffer.AsMemory(offset, count), _patience.Token).AsTask().GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is IOException or HttpRequestException
            || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw failure(e);
        }
    }

    /// <inheritdoc/>
    public override void Flush() => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _patience.Dispose();
            inner.Dispose();
        }
        base.Dispose(disposing);
    }
}
