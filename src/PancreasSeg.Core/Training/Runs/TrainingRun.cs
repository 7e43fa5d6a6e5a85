using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PancreasSeg.Network;

namespace PancreasSeg.Training;

/// <summary>
/// The folder of one training: what it is (run.json), how far it has come (last.safetensors) and its best model (best.safetensors).
/// Every file is replaced whole, so that the folder can be gone on from whenever the power fails.
/// </summary>
internal sealed class TrainingRun : IDisposable
{
    public const string DescriptionFile = "run.json", LastFile = "last.safetensors", BestFile = "best.safetensors";
    private const string LockFile = ".lock", StateKey = "pancreasseg-run", HashKey = "pancreasseg-run.sha256";

    private readonly FileStream _lock;
    private readonly bool _resume;

    private TrainingRun(string folder, FileStream @lock, bool resume) => (Folder, _lock, _resume) = (folder, @lock, resume);

    /// <summary>Full path of the folder.</summary>
    public string Folder { get; }

    /// <summary>Opens a folder for one training alone.</summary>
    /// <param name="folder">Full path; made where it is absent.</param>
    /// <param name="resume">Goes on with a run that is there.</param>
    /// <param name="restart">Throws a run away.</param>
    /// <exception cref="CoreException"><see cref="Fault.TrainingRunExists"/>; <see cref="Fault.FileWriteFailed"/>.</exception>
    public static TrainingRun Open(string folder, bool resume, bool restart)
    {
        FileStream @lock = FileFault.Writing(folder, () =>
        {
            Directory.CreateDirectory(folder);
            return new FileStream(
                Path.Combine(folder, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        });
        var run = new TrainingRun(folder, @lock, resume);
        try
        {
            // Left by a process that was killed while it wrote.
            foreach (string name in (string[])[DescriptionFile, LastFile, BestFile, .. RunLog.Files])
                foreach (string file in Directory.EnumerateFiles(folder, $".{name}.*.tmp")) File.Delete(file);
            if (!restart) run.RefuseToReplace(resume);
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Throws the run in a folder away, whatever of it there is; files of others stay.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/>, also while another process trains there.</exception>
    public static void Delete(string folder)
    {
        using TrainingRun run = Open(folder, resume: false, restart: true);
        FileFault.Writing(folder, () =>
        {
            foreach (string name in (string[])[LastFile, BestFile, DescriptionFile, .. RunLog.Files, EventFile.Pattern])
                foreach (string file in Directory.GetFiles(folder, name)) File.Delete(file);
        });
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
            RefuseOthers(description, Folder);
            return last;
        }
        FileFault.Writing(Folder, () =>
        {
            foreach (string old in new[] { LastFile, BestFile, DescriptionFile }) File.Delete(PathOf(old));
        });
        AtomicFile.Write(file, overwrite: true, stream => stream.Write(Encoding.UTF8.GetBytes(TrainingJson.Write(description))));
        return null;
    }

    /// <summary>Keeps the best model so far.</summary>
    public void SaveBest(PancreasModel model) => ModelFile.Write(model, PathOf(BestFile));

    /// <summary>The best model so far.</summary>
    public PancreasModel ReadBest() => ModelFile.Read(PathOf(BestFile));

    /// <summary>Keeps everything that is needed to go on.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/>; what was kept before is still there.</exception>
    public void Save(RunState state, IReadOnlyList<WeightTensor> tensors)
    {
        string json = TrainingJson.Write(state);
        var metadata = new Dictionary<string, string> { [StateKey] = json, [HashKey] = HashOf(json, tensors) };
        AtomicFile.Write(PathOf(LastFile), overwrite: true, stream => SafetensorsFile.Write(stream, metadata, tensors));
    }

    /// <summary>Lets others use the folder, and leaves none where nothing was begun.</summary>
    public void Dispose()
    {
        _lock.Dispose();
        if (!Directory.EnumerateFileSystemEntries(Folder).Any()) Directory.Delete(Folder);
    }

    /// <summary>Full path of a file of the run.</summary>
    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>Hours of work, or files of somebody else, are not thrown away without being asked.</summary>
    private void RefuseToReplace(bool resume)
    {
        bool isRun = File.Exists(PathOf(DescriptionFile));
        if (isRun && resume) return;
        if (ReadLast() is { } last)
        {
            int epochs = last.State.Epochs.Count;
            throw new CoreException(Fault.TrainingRunExists,
                $"'{Folder}' holds a training that {(last.State.Finished ? "ended with" : "stopped after")} epoch {epochs}.", Folder,
                "Go on with it by -Resume, throw it away by -Force, or choose another destination.");
        }
        string[] names = isRun ? [BestFile] : [LastFile, BestFile, .. RunLog.Files, EventFile.Pattern];
        if (names.SelectMany(name => Directory.EnumerateFiles(Folder, name)).FirstOrDefault() is { } file)
            throw new CoreException(
                Fault.TrainingRunExists, $"'{Folder}' holds a {Path.GetFileName(file)} without the state of its training.", Folder,
                "Choose another folder, or replace it by -Force.");
    }

    /// <summary>Refuses the run in a folder where its settings or cases are others.</summary>
    /// <exception cref="CoreException"><see cref="Fault.TrainingRunMismatch"/>; <see cref="Fault.ModelFormatUnknown"/> when its
    /// description is damaged; <see cref="Fault.FileReadFailed"/>.</exception>
    public static void RefuseOthers(RunDescription description, string folder)
    {
        string file = Path.Combine(folder, DescriptionFile);
        try
        {
            string json = FileFault.Reading(file, () => File.ReadAllText(file));
            if (RunDescription.IsOfOtherVersion(json))
                throw new CoreException(Fault.TrainingRunMismatch,
                    $"The training in '{folder}' was begun by another version, which draws splits, weights and orders otherwise.", folder,
                    $"Finish it with that version, begin anew by -Force, or train in another folder. {BestFile} in it can be used.");
            IReadOnlyList<string> differences = description.DifferencesTo(json);
            if (differences.Count > 0)
                throw new CoreException(Fault.TrainingRunMismatch,
                    $"The training in '{folder}' was begun otherwise. These differ: {string.Join(", ", differences)}.", folder,
                    "Resume with the settings and the data it was begun with, or train in another folder.");
        }
        catch (JsonException e)
        {
            throw new CoreException(Fault.ModelFormatUnknown, $"'{file}' is not the description of a training, or it is damaged.", file,
                "Start over with -Force.", e);
        }
    }

    /// <summary>SHA-256 over all that a run goes on from, in lower-case hex.</summary>
    private static string HashOf(string state, IReadOnlyList<WeightTensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(state));
        foreach (WeightTensor tensor in tensors.OrderBy(t => t.Shape.Name, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"\n{tensor.Shape.Name} {string.Join('x', tensor.Shape.Shape)}\n"));
            hash.AppendData(MemoryMarshal.AsBytes(tensor.Values.AsSpan()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private (RunState State, IReadOnlyList<WeightTensor> Tensors)? ReadLast()
    {
        string file = PathOf(LastFile);
        if (!File.Exists(file) || !File.Exists(PathOf(DescriptionFile))) return null;
        try
        {
            using FileStream stream = File.OpenRead(file);
            (Dictionary<string, string> metadata, List<WeightTensor> tensors) = SafetensorsFile.Read(stream);
            // States of earlier versions have no hash.
            if (metadata.TryGetValue(HashKey, out string? hash) && hash != HashOf(metadata[StateKey], tensors))
                throw new InvalidDataException("SHA-256 differs.");
            return (TrainingJson.ReadState(metadata[StateKey]), tensors);
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or EndOfStreamException or KeyNotFoundException)
        {
            throw new CoreException(Fault.ModelFormatUnknown, $"'{file}' is not the state of a training, or it is damaged.", file,
                "Start over with -Force.", e);
        }
    }
}
