using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>
/// Prepared cases, shared by the trainings of a process and, in a folder, by those of others. There a case is found by what its files
/// hold and by how it is prepared, not by names or dates: a changed CT, label or plan is prepared anew. Its file is mapped, so that a
/// set may be larger than memory. Files appear whole; a damaged one is made again. A folder that cannot be written to costs a warning
/// and time, not the training.
/// </summary>
/// <param name="folder">Full path; null keeps cases in memory.</param>
public sealed class PreparedCache(string? folder) : IDisposable
{
    private const string Extension = ".prepared";
    private const int HashLength = 32;
    private static readonly TimeSpan s_leftoverAge = TimeSpan.FromDays(1);

    /// <summary>Part of every key. Raised whenever the file's layout changes, or the same files and plan give another prepared
    /// case.</summary>
    private static ReadOnlySpan<byte> Magic => "PSPREP04"u8;

    private readonly Dictionary<(TrainingCaseSource Source, string Preparation), PreparedCase> _cases = [];
    private bool _isOpen, _isTold, _writes = true;

    /// <summary>The prepared case, prepared before or made now. It lasts until <see cref="Dispose"/>.</summary>
    /// <param name="source">The case.</param>
    /// <param name="options">How cases are prepared.</param>
    /// <param name="make">Makes it.</param>
    /// <param name="warn">Told, once, when nothing can be kept in the folder.</param>
    /// <param name="cancellation">Stops between files.</param>
    internal PreparedCase GetOrAdd(TrainingCaseSource source, TrainingOptions options, Func<PreparedCase> make, Action<string>? warn,
        CancellationToken cancellation)
    {
        (TrainingCaseSource, string Preparation) key = (source, TrainingJson.Preparation(options));
        if (!_cases.TryGetValue(key, out PreparedCase? item))
            _cases.Add(key, item = folder is null || source.Files.Count == 0 ? make()
                : OnDisk(Path.Combine(folder, Key(source, key.Preparation, cancellation) + Extension), source.Name, make, warn));
        return item;
    }

    /// <summary>Says, once, when cases that are kept in memory will fill it.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="options">How they are prepared.</param>
    /// <param name="free">Bytes of memory that are free.</param>
    /// <param name="warn">Is told.</param>
    internal void WarnOfMemory(IReadOnlyList<TrainingCaseSource> cases, TrainingOptions options, long free, Action<string>? warn)
    {
        if (folder is not null || _isTold) return;
        _isTold = true;
        if (SetMemory.Estimate(cases, options.Plan, options.Network.Divisors) is { } bytes
            && SetMemory.Warning(bytes, cases.Count, free) is { } text) warn?.Invoke(text);
    }

    /// <summary>Lets go of the cases; none of them may be in use.</summary>
    public void Dispose()
    {
        foreach (PreparedCase item in _cases.Values) item.File?.Dispose();
        _cases.Clear();
    }

    private PreparedCase OnDisk(string file, string name, Func<PreparedCase> make, Action<string>? warn)
    {
        if (!_isOpen) Open(warn);
        if (TryRead(file, name, IsWhole) is { } kept) return kept;
        PreparedCase made = make();
        if (!_writes) return made;
        try
        {
            AtomicFile.Write(file, overwrite: true, stream => Write(made, stream));
        }
        catch (CoreException e)
        {
            WriteNoMore(e.Message, warn);
        }
        PreparedCase item = TryRead(file, name, _ => true) ?? made;
        ManagedHeap.Trim(0);
        return item;
    }

    private void Open(Action<string>? warn)
    {
        _isOpen = true;
        try
        {
            Directory.CreateDirectory(folder!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            WriteNoMore($"The folder '{folder}' cannot be made: {e.Message}", warn);
            return;
        }
        RemoveLeftovers(folder!);
    }

    /// <summary>Removes what processes left that were killed while they wrote. Another may be writing now: only what is old goes.</summary>
    private static void RemoveLeftovers(string folder)
    {
        try
        {
            foreach (string file in Directory.EnumerateFiles(folder, $".*{Extension}.*.tmp"))
                if (File.GetLastWriteTimeUtc(file) < DateTime.UtcNow - s_leftoverAge) File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another user's; they stay.
        }
    }

    private void WriteNoMore(string why, Action<string>? warn)
    {
        _writes = false;
        warn?.Invoke($"{why.TrimEnd('.')}. Training goes on, but prepared cases are not kept.");
    }

    private static string Key(TrainingCaseSource source, string preparation, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Magic);
        hash.AppendData(Encoding.UTF8.GetBytes($"{preparation}\n{source.Reading}\n"));
        foreach (string path in source.Files)
        {
            if (!Path.Exists(path)) throw new CoreException(Fault.FileNotFound, $"'{path}' does not exist.", path, "Check the path.");
            hash.AppendData(FileFault.Reading(path, () => Content(path, cancellation)));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>SHA-256 of a file, or of each file of a folder one after the other.</summary>
    private static byte[] Content(string path, CancellationToken cancellation)
    {
        string[] files = Directory.Exists(path)
            ? [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
                .OrderBy(f => Path.GetRelativePath(path, f), StringComparer.Ordinal)]
            : [path];
        var hashes = new MemoryStream();
        foreach (string file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            using FileStream stream = File.OpenRead(file);
            hashes.Write(SHA256.HashData(stream));
        }
        return hashes.ToArray();
    }

    private static void Write(PreparedCase item, Stream stream)
    {
        using var hash = SHA256.Create();
        using (var hashed = new CryptoStream(stream, hash, CryptoStreamMode.Write, leaveOpen: true))
        using (var writer = new BinaryWriter(hashed))
        {
            writer.Write(Magic);
            writer.WriteGrid(item.Input.Grid);
            writer.WriteGrid(item.Input.OutputGrid);
            writer.Write(MemoryMarshal.AsBytes(item.Input.Values.Span));
            writer.Write(item.Classes.Span);
            item.Reference!.Write(writer);
            writer.Write(item.Notes.Count);
            foreach (string note in item.Notes) writer.Write(note);
        }
        stream.Write(hash.Hash);
    }

    /// <summary>The case in a file; null where there is none, or it is not what it was when it was written.</summary>
    private static PreparedCase? TryRead(string file, string name, Func<FileStream, bool> isSound)
    {
        if (!File.Exists(file)) return null;
        MappedFile? map = null;
        try
        {
            using FileStream stream = File.OpenRead(file);
            if (!isSound(stream)) return null;
            map = new MappedFile(stream);
            using var reader = new BinaryReader(stream);
            stream.Position = Magic.Length;
            VolumeGrid grid = reader.ReadGrid(), output = reader.ReadGrid();
            long values = stream.Position, classes = values + sizeof(float) * (long)grid.VoxelCount;
            stream.Position = classes + output.VoxelCount;
            ReferenceMask reference = ReferenceMask.Read(reader);
            string[] notes = new string[reader.ReadInt32()];
            for (int i = 0; i < notes.Length; i++) notes[i] = reader.ReadString();
            var input = new NetworkInput(grid, map.Part<float>(values, grid.VoxelCount)) { OutputGrid = output };
            var item = new PreparedCase(name, input, map.Part<byte>(classes, output.VoxelCount))
            {
                File = map,
                Reference = reference,
                Notes = notes,
            };
            // The file is in the system's memory now; once the whole set is prepared it may be no more.
            item.Sha256();
            return item;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            map?.Dispose();
            return null;
        }
    }

    private static bool IsWhole(FileStream stream)
    {
        long length = stream.Length - HashLength;
        if (length < Magic.Length) return false;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        for (long left = length; left > 0;)
        {
            int read = stream.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (read == 0) return false;
            hash.AppendData(buffer, 0, read);
            left -= read;
        }
        var stored = new byte[HashLength];
        stream.ReadExactly(stored);
        stream.Position = 0;
        return hash.GetHashAndReset().AsSpan().SequenceEqual(stored);
    }
}
