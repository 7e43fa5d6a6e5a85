using System.Diagnostics;
using System.Management.Automation;

namespace PancreasSeg.Common;

/// <summary>
/// A cmdlet whose work runs beside the pipeline, so that it can show progress and be stopped. Stopping cancels the work and waits
/// until it has ended.
/// </summary>
public abstract class LongRunningCommand : PSCmdlet, IDisposable
{
    private const int ActivityId = 1;
    private static readonly TimeSpan s_progressInterval = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _stop = new();

    /// <inheritdoc/>
    protected sealed override void StopProcessing() => _stop.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the cmdlet holds; PowerShell calls it at the end of the pipeline, however it ends.</summary>
    protected virtual void Dispose(bool disposing) => _stop.Dispose();

    /// <summary>What the user is told when the work was stopped; null for nothing.</summary>
    private protected virtual string? StoppedNote => null;

    /// <summary>Runs work on a thread of its own and passes on what it says; returns its result or throws its exception.</summary>
    /// <param name="activity">Title of the progress bar, e.g. <c>Reading CT series</c>.</param>
    /// <param name="work">Gets the channel to the pipeline; must look at its cancellation.</param>
    /// <exception cref="PipelineStoppedException">The user stopped the pipeline; the work has ended.</exception>
    private protected T RunWork<T>(string activity, Func<PipelineChannel, T> work)
    {
        using var run = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        using var channel = new PipelineChannel(run.Token);
        Task<T> task = Task.Factory.StartNew(
            () =>
            {
                try
                {
                    return work(channel);
                }
                finally
                {
                    channel.Close();
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        bool shown = false;
        try
        {
            Pump(activity, channel, ref shown);
            return task.GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is PipelineStoppedException || (e is OperationCanceledException && _stop.IsCancellationRequested))
        {
            run.Cancel();
            Task.WaitAny(task);
            // A stopped pipeline takes no more messages; its host does.
            if (StoppedNote is { } note) Host?.UI?.WriteWarningLine(note);
            throw new PipelineStoppedException();
        }
        finally
        {
            // A Write* above may have thrown while the work still runs.
            run.Cancel();
            Task.WaitAny(task);
            if (shown && !Stopping)
                WriteProgress(new ProgressRecord(ActivityId, activity, "Done") { RecordType = ProgressRecordType.Completed });
        }
    }

    /// <summary>Runs work that has no result.</summary>
    private protected void RunWork(string activity, Action<PipelineChannel> work) => RunWork(activity, channel =>
    {
        work(channel);
        return true;
    });

    /// <summary>Handles one item of many: a failure is an error that does not end the pipeline.</summary>
    /// <returns>True when nothing failed.</returns>
    private protected bool TryItem(object? target, Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception e) when (Errors.IsFailure(e))
        {
            WriteError(Errors.Record(e, target));
            return false;
        }
    }

    /// <summary>Prepares what every item needs: a failure ends the pipeline.</summary>
    private protected T SetUp<T>(object? target, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (Errors.IsFailure(e))
        {
            ThrowTerminatingError(Errors.Record(e, target));
            throw;
        }
    }

    private void Pump(string activity, PipelineChannel channel, ref bool shown)
    {
        long shownAt = Stopwatch.GetTimestamp();
        while (channel.Next(s_progressInterval, out Action<Cmdlet>? message))
        {
            message?.Invoke(this);
            if (Stopwatch.GetElapsedTime(shownAt) < s_progressInterval || !channel.TakeStep(out ProgressStep? step)) continue;
            WriteProgress(Record(activity, step.Value));
            (shown, shownAt) = (true, Stopwatch.GetTimestamp());
        }
    }

    private static ProgressRecord Record(string activity, ProgressStep step) =>
        new(ActivityId, activity, step.Status.Length > 0 ? step.Status : " ")
        {
            PercentComplete = double.IsFinite(step.Fraction) ? Math.Clamp((int)(step.Fraction * 100), 0, 100) : -1,
            SecondsRemaining = step.Remaining is TimeSpan left ? (int)Math.Clamp(left.TotalSeconds, 0, int.MaxValue) : -1,
        };
}
