using System.Diagnostics;
using System.Management.Automation;
using PancreasSeg.Common;

namespace PancreasSeg.Tests.Common;

public class LongRunningCommandTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>
{
    private const string Script = "Test-LongWork $args[0] -Verbose";

    private Invocation Run(Func<PipelineChannel, object> work, string script = Script) => module.Invoke(script, work);

    // Works until it is cancelled, and then needs a while to end.
    private static Func<PipelineChannel, object> Endless(ManualResetEventSlim started, StrongBox ended) => channel =>
    {
        channel.Output("first");
        started.Set();
        channel.Cancellation.WaitHandle.WaitOne();
        Thread.Sleep(200);
        ended.Value = true;
        channel.Cancellation.ThrowIfCancellationRequested();
        return "never";
    };

    [Fact]
    public void Everything_the_work_says_arrives_in_order_and_its_result_last()
    {
        Invocation said = Run(channel =>
        {
            channel.Output("a");
            channel.Verbose("decided");
            channel.Warn("odd");
            channel.Output("b");
            return "result";
        }).ThrowIfFailed();
        Assert.Equal(["a", "b", "result"], said.Values);
        Assert.Equal(["decided"], said.Verbose);
        Assert.Equal(["odd"], said.Warnings);
    }

    [Fact]
    public void More_messages_than_the_channel_holds_all_arrive()
    {
        Invocation said = Run(channel =>
        {
            for (int i = 0; i < 500; i++) channel.Output(i);
            return 500;
        });
        Assert.Equal(Enumerable.Range(0, 501).Cast<object>(), said.Values);
    }

    [Fact]
    public void Stopping_returns_only_after_the_work_has_ended()
    {
        using var started = new ManualResetEventSlim();
        var ended = new StrongBox();
        using PowerShell shell = module.Start(Script, Endless(started, ended));
        IAsyncResult running = shell.BeginInvoke();
        started.Wait();
        shell.Stop();
        Assert.True(ended.Value);
        Assert.Equal(PSInvocationState.Stopped, shell.InvocationStateInfo.State);
        Assert.ThrowsAny<PipelineStoppedException>(() => shell.EndInvoke(running));
    }

    [Fact]
    public void Stopping_reaches_work_that_waits_for_a_slow_pipeline()
    {
        using var full = new ManualResetEventSlim();
        bool ended = false;
        Func<PipelineChannel, object> flood = channel =>
        {
            try
            {
                for (int i = 0; ; i++)
                {
                    if (i == 10) full.Set();
                    channel.Output(i);
                }
            }
            finally
            {
                ended = true;
            }
        };
        using PowerShell shell = module.Start("Test-LongWork $args[0] | ForEach-Object { [Threading.Thread]::Sleep(20) }", flood);
        IAsyncResult running = shell.BeginInvoke();
        full.Wait();
        shell.Stop();
        Assert.True(ended);
        Assert.ThrowsAny<PipelineStoppedException>(() => shell.EndInvoke(running));
    }

    [Fact]
    public void A_pipeline_that_has_enough_ends_the_work()
    {
        using var started = new ManualResetEventSlim();
        var ended = new StrongBox();
        Invocation said = Run(Endless(started, ended), "foreach ($once in 1) { Test-LongWork $args[0] | ForEach-Object { $_; break } }")
            .ThrowIfFailed();
        Assert.Equal(["first"], said.Values);
        Assert.True(ended.Value);
    }

    [Fact]
    public void A_failing_item_is_an_error_with_its_id_and_the_next_item_is_done()
    {
        Func<PipelineChannel, object> bad = _ =>
            throw new CoreException(Fault.SliceMissing, "slice 3 is missing", "a folder", "fetch it again");
        Func<PipelineChannel, object> good = _ => "done";
        Invocation said = module.Invoke("$args[0], $args[1] | Test-LongWork", bad, good);
        Assert.Null(said.Terminating);
        Assert.Equal(["done"], said.Values);
        ErrorRecord error = Assert.Single(said.Errors);
        Assert.StartsWith("SliceMissing,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal((ErrorCategory.InvalidData, "a folder"), (error.CategoryInfo.Category, error.TargetObject));
        Assert.Equal("fetch it again", error.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void A_failing_set_up_ends_the_pipeline()
    {
        Func<PipelineChannel, object> bad = _ => throw new CoreException(Fault.ModelFormatUnknown, "no model");
        Invocation said = module.Invoke("Test-LongWork $args[0] -Required; 'not reached'", bad);
        // Without a script of its own a terminating error ends the statement; the caller's preference decides about the rest.
        ErrorRecord error = said.Terminating?.ErrorRecord ?? Assert.Single(said.Errors);
        Assert.StartsWith("ModelFormatUnknown,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("the target", error.TargetObject);
        Assert.NotNull(module.Invoke("$ErrorActionPreference = 'Stop'; Test-LongWork $args[0] -Required", bad).Terminating);
    }

    [Fact]
    public void An_unexpected_exception_is_an_error_too()
    {
        Invocation said = Run(_ => throw new InvalidOperationException("surprise"));
        Assert.Null(said.Terminating);
        ErrorRecord error = Assert.Single(said.Errors);
        Assert.StartsWith("UnexpectedError,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("the target", error.TargetObject);
    }

    [Fact]
    public void Quick_work_shows_no_progress() => Assert.Empty(Run(channel =>
    {
        channel.Report(new ProgressStep("at once", 1));
        return "";
    }).ThrowIfFailed().Progress);

    [Fact]
    public void Progress_is_thinned_clamped_and_completed_once()
    {
        var clock = Stopwatch.StartNew();
        Invocation said = Run(channel =>
        {
            double[] fractions = [double.NaN, -3, 0.25, 7];
            for (int i = 0; i < 900; i++)
            {
                channel.Report(new ProgressStep($"step {i}", fractions[i % 4], TimeSpan.FromSeconds(12.7)));
                Thread.Sleep(1);
            }
            return "";
        }).ThrowIfFailed();
        ProgressRecord[] shown = [.. said.Progress.Where(p => p.RecordType == ProgressRecordType.Processing)];
        Assert.InRange(shown.Length, 1, clock.Elapsed.TotalSeconds * 5);
        Assert.All(shown, p => Assert.InRange(p.PercentComplete, -1, 100));
        Assert.All(shown, p => Assert.Equal(12, p.SecondsRemaining));
        Assert.Equal(ProgressRecordType.Completed, said.Progress[^1].RecordType);
        Assert.Single(said.Progress, p => p.RecordType == ProgressRecordType.Completed);
        Assert.Single(said.Progress.Select(p => p.ActivityId).Distinct());
    }

    [Fact]
    public void Two_runspaces_work_side_by_side()
    {
        using var other = new ModuleRunspace();
        using var both = new Barrier(2);
        Func<PipelineChannel, object> meet = channel => both.SignalAndWait(TimeSpan.FromSeconds(30), channel.Cancellation);
        using PowerShell one = module.Start(Script, meet), two = other.Start(Script, meet);
        IAsyncResult first = one.BeginInvoke(), second = two.BeginInvoke();
        Assert.Equal([true, true], one.EndInvoke(first).Concat(two.EndInvoke(second)).Select(o => (bool)o.BaseObject));
    }

    private sealed class StrongBox
    {
        public bool Value { get; set; }
    }
}
