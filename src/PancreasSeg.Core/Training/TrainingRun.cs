using System.Text;
using System.Text.Json;
using PancreasSeg.Network;

namespace PancreasSeg.Training;

/// <summary>
/// The folder of one training: what it is (run.json), how far it has come (last.safetensors), its best model (best.safetensors)
/// and what it has to show. Every file is replaced whole, so that the folder can be gone on from whenever the power fails.
/// </summary>
internal sealed class TrainingRun : IDisposable
{
    public const string DescriptionFile = "run.json", LastFile = "last.safetensors", BestFile = "best.safetensors", TableFile = "epochs.csv";
    private const string LockFile = ".lock", StateKey = "pancreasseg-run";

    private readonly FileStream _lock;
    private readonly bool _resume;

    private TrainingRun(string folder, FileStream @lock, bool resume) => (Folder, _lock, _resume) = (folder, @lock, resume);

    /// <summary>Full path of the folder.</summary>
    public string Folder { get; }

    /// <summary>Opens a folder for one training alone.</summary>
    /// <param name="folder">Full path; made where it is absent.</param>
    /// <param name="resume">Goes on with a run that is there.</param>
    /// <param name="restart">Throws an unfinished run away.</param>
    /// <exception cref="CoreException"><see cref="Fault.TrainingRunExists"/>; <see cref="Fault.FileWriteFailed"/>.</exception>
    public static TrainingRun Open(string folder, bool resume, bool restart)
    {
        FileStream @lock;
        try
        {
            Directory.CreateDirectory(folder);
            @lock = new FileStream(Path.Combine(folder, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CoreException(Fault.FileWriteFailed, $"The run folder '{folder}' cannot be used: {e.Message}", folder, "Another training may be at work in it; else check that it is writable.", e);
        }
        var run = new TrainingRun(folder, @lock, resume);
        try
        {
            // Left by a process that was killed while it wrote.
            foreach (string file in Directory.EnumerateFiles(folder, ".*.tmp")) File.Delete(file);
            if (!resume && !restart && run.ReadLast() is { State.Finished: false } last)
                throw new CoreException(Fault.TrainingRunExists, $"'{folder}' holds a training that stopped after epoch {last.State.Epochs.Count}.", folder,
                    "Go on with it by -Resume, throw it away by -Force, or choose another destination.");
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Begins the run, or takes up the one that is there.</summary>
    /// <returns>Where to go on from; null at the beginning.</returns>
    /// <exception cref="CoreException"><see cref="Fault.TrainingRunMismatch"/> when the run that is there has other settings or cases;
    /// <see cref="Fault.ModelFormatUnknown"/> when its files are damaged; <see cref="Fault.FileWriteFailed"/>.</exception>
    public (RunState State, IReadOnlyList<WeightTensor> Tensors)? Begin(RunDescription description)
    {
        string file = PathOf(DescriptionFile);
        if (_resume && ReadLast() is { } last)
        {
            IReadOnlyList<string> differences = description.DifferencesTo(File.ReadAllText(file));
            if (differences.Count == 0) return last;
            throw new CoreException(Fault.TrainingRunMismatch, $"The training in '{Folder}' was begun otherwise. These differ: {string.Join(", ", differences)}.", Folder,
                "Resume with the settings and the data it was begun with, or train in another folder.");
        }
        foreach (string old in new[] { LastFile, BestFile, TableFile, DescriptionFile }) File.Delete(PathOf(old));
        WriteText(DescriptionFile, TrainingJson.Write(description));
        return null;
    }

    /// <summary>Keeps the best model so far.</summary>
    public void SaveBest(PancreasModel model) => ModelFile.Write(model, PathOf(BestFile));

    /// <summary>Keeps the picture of the nth worst validation case.</summary>
    public void SavePicture(int rank, byte[] png) => AtomicFile.Write(PathOf($"worst{rank}.png"), overwrite: true, stream => stream.Write(png));

    /// <summary>The best model so far.</summary>
    public PancreasModel ReadBest() => ModelFile.Read(PathOf(BestFile));

    /// <summary>Keeps everything that is needed to go on, and the table of epochs.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/>; what was kept before is still there.</exception>
    public void Save(RunState state, IReadOnlyList<WeightTensor> tensors)
    {
        var metadata = new Dictionary<string, string> { [StateKey] = TrainingJson.Write(state) };
        AtomicFile.Write(PathOf(LastFile), overwrite: true, stream => SafetensorsFile.Write(stream, metadata, tensors));
        WriteText(TableFile, EpochTable.Csv(state.Epochs));
    }

    /// <summary>Lets others use the folder, and leaves none where nothing was begun.</summary>
    public void Dispose()
    {
        _lock.Dispose();
        if (!Directory.EnumerateFileSystemEntries(Folder).Any()) Directory.Delete(Folder);
    }

    /// <summary>Full path of a file of the run.</summary>
    public string PathOf(string name) => Path.Combine(Folder, name);

    private (RunState State, IReadOnlyList<WeightTensor> Tensors)? ReadLast()
    {
        string file = PathOf(LastFile);
        if (!File.Exists(file) || !File.Exists(PathOf(DescriptionFile))) return null;
        try
        {
            using FileStream stream = File.OpenRead(file);
            (Dictionary<string, string> metadata, List<WeightTensor> tensors) = SafetensorsFile.Read(stream);
            return (TrainingJson.ReadState(metadata[StateKey]), tensors);
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or EndOfStreamException or KeyNotFoundException)
        {
            throw new CoreException(Fault.ModelFormatUnknown, $"'{file}' is not the state of a training, or it is damaged.", file, "Start over with -Force.", e);
        }
    }

    private void WriteText(string name, string text) => AtomicFile.Write(PathOf(name), overwrite: true, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
