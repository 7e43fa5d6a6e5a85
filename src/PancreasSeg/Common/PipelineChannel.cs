using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;

namespace PancreasSeg.Common;

/// <summary>
/// What work on another thread tells the pipeline. Messages wait for the pipeline's thread, and the work waits when too many do;
/// of progress only the newest step counts.
/// </summary>
internal sealed class PipelineChannel(CancellationToken cancellation) : IProgress<ProgressStep>, IDisposable
{
    private const int Capacity = 16;

    private readonly BlockingCollection<Action<Cmdlet>> _messages = new(Capacity);
    private LatestStep? _latest;

    /// <summary>Cancelled when the pipeline stops.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <inheritdoc/>
    public void Report(ProgressStep value) => Volatile.Write(ref _latest, new LatestStep(value));

    /// <summary>Emits an object before the work ends.</summary>
    public void Output(object value) => Send(cmdlet => cmdlet.WriteObject(value));

    /// <summary>Something clinically or technically odd but usable.</summary>
    public void Warn(string text) => Send(cmdlet => cmdlet.WriteWarning(text));

    /// <summary>The failure of one item that does not end the work.</summary>
    public void Error(CoreException failure) => Send(cmdlet => cmdlet.WriteError(Errors.Record(failure)));

    /// <summary>A decision worth knowing.</summary>
    public void Verbose(string text) => Send(cmdlet => cmdlet.WriteVerbose(text));

    /// <summary>The work sends nothing more.</summary>
    public void Close() => _messages.CompleteAdding();

    /// <summary>Waits for a message; null when none came in time.</summary>
    /// <returns>False after the last one.</returns>
    public bool Next(TimeSpan patience, out Action<Cmdlet>? message)
    {
        _messages.TryTake(out message, patience);
        return !_messages.IsCompleted || message is not null;
    }

    /// <summary>The newest step, once.</summary>
    public bool TakeStep([NotNullWhen(true)] out ProgressStep? step) =>
        (step = Interlocked.Exchange(ref _latest, null)?.Value) is not null;

    /// <inheritdoc/>
    public void Dispose() => _messages.Dispose();

    private void Send(Action<Cmdlet> message) => _messages.Add(message, cancellation);

    private sealed record LatestStep(ProgressStep Value);
}
