using PancreasSeg.Batch;

namespace PancreasSeg.Core.Tests.Batch;

public sealed class BatchProgressTests : IDisposable
{
    private readonly BatchFixture _batch = new();

    public void Dispose() => _batch.Dispose();

    [Fact]
    public void Progress_is_told_before_the_first_study_ends_with_the_time_left_and_never_runs_back()
    {
        for (int i = 0; i < 3; i++) _batch.Study($"s{i}.nii", width: 14 + i);
        int before = -1;
        var listener = new BatchFixture.Listener();
        _batch.OnRun = () => before = before < 0 ? listener.Steps.Count : before;
        _batch.Run(o => o with { ThrottleLimit = 1 }, listener: listener);
        ProgressStep[] steps = [.. listener.Steps];
        Assert.Equal("Looking for studies", steps[0].Status);
        Assert.Contains(steps.Take(before), s => s.Status == "0 of 3 done");
        Assert.Contains(steps.Take(before), s => s.Status == "0 of 3 done; s0: reading");
        Assert.Equal(steps.Select(s => s.Fraction).Order(), steps.Select(s => s.Fraction));
        Assert.Equal(("3 of 3 done; s2: Done", 1.0), (steps[^1].Status, steps[^1].Fraction));
        Assert.All(steps.Where(s => s.Fraction > 0), s => Assert.True(s.Remaining >= TimeSpan.Zero));
        Assert.Equal(TimeSpan.Zero, steps[^1].Remaining);
    }

    [Fact]
    public void Studies_that_are_left_alone_do_not_shorten_the_time_left()
    {
        var told = new List<ProgressStep>();
        var progress = new BatchProgress(new Told(told));
        progress.Found(0, 100);
        for (int i = 0; i < 98; i++) progress.End(Item($"old{i}"), i + 1);
        Assert.All(told, step => Assert.Null(step.Remaining));
        IProgress<ProgressStep> study = progress.Begin("new");
        study.Report(new ProgressStep("network", 0.5));
        Assert.True(told[^1].Remaining > TimeSpan.Zero);
        Assert.Equal(0.985, told[^1].Fraction, 6);
        progress.End(Item("new"), 99);
        study.Report(new ProgressStep("late", 0.1));
        Assert.Equal("99 of 100 done; new: Done", told[^1].Status);
    }

    [Fact]
    public void Watching_begins_old_files_at_once_leaves_new_ones_and_says_that_it_waits()
    {
        string old = _batch.DicomStudy("old");
        foreach (string file in Directory.GetFiles(old)) File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-2));
        Directory.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-2));
        // Its files are old, and it has just got one of them.
        string growing = _batch.DicomStudy("growing");
        foreach (string file in Directory.GetFiles(growing)) File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-2));
        using var stop = new CancellationTokenSource();
        var listener = new BatchFixture.Listener
        {
            OnStep = step =>
            {
                if (step.Status == "Waiting for studies: 1 done, 1 still growing") stop.Cancel();
            },
        };
        Assert.ThrowsAny<OperationCanceledException>(() =>
            _batch.Run(o => o with { Watch = true, SettleTime = TimeSpan.FromHours(1) }, listener: listener, cancellation: stop.Token));
        Assert.Equal(["old"], _batch.History().Select(i => i.Study));
        Assert.Equal(["old"], listener.Items.Select(i => i.Study));
    }

    private static BatchItem Item(string study) => new() { Study = study, Path = study, Run = "r", State = BatchState.Done };

    private sealed class Told(List<ProgressStep> steps) : IProgress<ProgressStep>
    {
        public void Report(ProgressStep value) => steps.Add(value);
    }
}
