using System.Text;

namespace PancreasSeg.Training;

/// <summary>
/// What a run shows while it goes on: a table of its epochs, a chart of their curves, event files for TensorBoard and pictures of the
/// worst cases. Nothing of it is needed to go on: a file that cannot be written, because a viewer holds it for instance, is a warning.
/// </summary>
internal sealed class RunLog : IDisposable
{
    public const string TableFile = "epochs.csv", ChartFile = "curves.svg";

    /// <summary>Validation cases that are shown as pictures.</summary>
    private const int PicturedCases = 3;

    private readonly TrainingRun _run;
    private readonly EventFile? _events;
    private readonly Action<string>? _warn;
    private readonly HashSet<string> _failed = [];

    /// <summary>Begins to log.</summary>
    /// <param name="run">The run.</param>
    /// <param name="epochs">Epochs that were logged before; what lies beyond them is void.</param>
    /// <param name="warn">Told, once for each file, of what cannot be shown.</param>
    public RunLog(TrainingRun run, int epochs, Action<string>? warn)
    {
        (_run, _warn) = (run, warn);
        if (epochs == 0)
            foreach (string name in (string[])[.. Files, EventFile.Pattern])
                Try(name, () =>
                {
                    foreach (string old in Directory.EnumerateFiles(run.Folder, name)) File.Delete(old);
                });
        EventFile? events = null;
        Try("The event file", () =>
        {
            events = new EventFile(run.Folder, epochs + 1);
        });
        _events = events;
    }

    /// <summary>Files that are replaced whole.</summary>
    public static IReadOnlyList<string> Files { get; } = [TableFile, ChartFile, .. Enumerable.Range(1, PicturedCases).Select(PictureFile)];

    /// <summary>Logs the newest of the epochs.</summary>
    public void Add(IReadOnlyList<TrainingEpoch> epochs)
    {
        Write(TableFile, Encoding.UTF8.GetBytes(EpochTable.Csv(epochs)));
        Try("The event file", () => _events?.Add(epochs[^1].Epoch, EpochTable.Numbers(epochs[^1])));
        Write(ChartFile, LearningCurves.Draw(epochs));
    }

    /// <summary>Pictures of the worst cases of a validation, in place of those there are.</summary>
    public void Picture(Validation validation, Func<string, byte[]> draw)
    {
        string[] worst = [.. validation.Scores.OrderBy(s => s.Dice).Take(PicturedCases).Select(s => s.Case)];
        for (int i = 0; i < worst.Length; i++) Write(PictureFile(i + 1), draw(worst[i]));
    }

    /// <inheritdoc/>
    public void Dispose() => Try("The event file", () => _events?.Dispose());

    private static string PictureFile(int rank) => $"worst{rank}.png";

    private void Write(string name, byte[] content) =>
        Try(name, () => AtomicFile.Write(_run.PathOf(name), overwrite: true, stream => stream.Write(content)));

    private void Try(string what, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is CoreException { Fault: Fault.FileWriteFailed } or IOException or UnauthorizedAccessException)
        {
            if (_failed.Add(what)) _warn?.Invoke($"{what} of this training is not kept up to date: {e.Message}");
        }
    }
}
