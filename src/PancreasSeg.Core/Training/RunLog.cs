namespace PancreasSeg.Training;

/// <summary>What a run shows while it goes on: event files for TensorBoard and a chart of its curves.</summary>
internal sealed class RunLog : IDisposable
{
    public const string ChartFile = "curves.png";

    private readonly TrainingRun _run;
    private readonly EventFile _events;
    private readonly Action<string>? _warn;
    private bool _draws = true;

    /// <summary>Begins to log.</summary>
    /// <param name="run">The run.</param>
    /// <param name="epochs">Epochs that were logged before; what lies beyond them is void.</param>
    /// <param name="warn">Told when no chart can be drawn.</param>
    public RunLog(TrainingRun run, int epochs, Action<string>? warn)
    {
        (_run, _warn) = (run, warn);
        if (epochs == 0)
            foreach (string old in Directory.EnumerateFiles(run.Folder, EventFile.Pattern)) File.Delete(old);
        _events = new EventFile(run.Folder, epochs + 1);
    }

    /// <summary>Logs the newest of the epochs.</summary>
    public void Add(IReadOnlyList<TrainingEpoch> epochs)
    {
        _events.Add(epochs[^1].Epoch, EpochTable.Numbers(epochs[^1]));
        if (!_draws) return;
        _draws = LearningCurves.TryDraw(_run.PathOf(ChartFile), epochs, out string? problem);
        if (problem is not null) _warn?.Invoke(problem);
    }

    /// <inheritdoc/>
    public void Dispose() => _events.Dispose();
}
