using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>
/// Prepared cases on disk, shared by trainings. A case is found by what its files hold and by how it is prepared, not by names
/// or dates: a changed CT, label or plan is prepared anew. Files appear whole; a damaged one is made again. A folder that cannot
/// be written to costs a warning and time, not the training.
/// </summary>
internal sealed class PreparedCache
{
    private const string Extension = ".prepared";
    private const int HashLength = 32;
    private static readonly TimeSpan s_leftoverAge = TimeSpan.FromDays(1);

    /// <summary>Part of every key. Raised whenever the file's layout changes, or the same files and plan give another prepared
    /// case.</summary>
    private static ReadOnlySpan<byte> Magic => "PSPREP02"u8;

    private readonly string _folder;
    private readonly string _preparation;
    private readonly Action<string>? _warn;
    private bool _writes = true;

    /// <summary>Opens a cache; the folder is made where it is absent.</summary>
    /// <param name="folder">Full path.</param>
    /// <param name="options">How cases are prepared.</param>
    /// <param name="warn">Told, once, when nothing can be kept.</param>
    public PreparedCache(string folder, TrainingOptions options, Action<string>? warn)
    {
        (_folder, _preparation, _warn) = (folder, TrainingJson.Preparation(options), warn);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            WriteNoMore($"The folder '{folder}' cannot be made: {e.Message}");
            return;
        }
        RemoveLeftovers(folder);
    }

    /// <summary>The prepared case, out of the cache or made now.</summary>
    public PreparedCase GetOrAdd(TrainingCaseSource source, Func<PreparedCase> make, CancellationToken cancellation)
    {
        string file = Path.Combine(_folder, Key(source, cancellation) + Extension);
        if (TryRead(file, source.Name) is { } kept) return kept;
        PreparedCase made = make();
        if (!_writes) return made;
        try
        {
            AtomicFile.Write(file, overwrite: true, stream => Write(made, stream));
        }
        catch (CoreException e)
        {
            WriteNoMore(e.Message);
        }
        return made;
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

    private void WriteNoMore(string why)
    {
        _writes = false;
        _warn?.Invoke($"{why.TrimEnd('.')}. Training goes on, but prepared cases are not kept.");
    }

    private string Key(TrainingCaseSource source, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Magic);
        hash.AppendData(Encoding.UTF8.GetBytes($"{_preparation}\n{source.Reading}\n"));
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

    private static PreparedCase? TryRead(string file, string name)
    {
        if (!File.Exists(file)) return null;
        try
        {
            using FileStream stream = File.OpenRead(file);
            if (!IsWhole(stream)) return null;
            using var reader = new BinaryReader(stream);
            reader.ReadBytes(Magic.Length);
            VolumeGrid grid = reader.ReadGrid(), output = reader.ReadGrid();
            var values = new float[grid.VoxelCount];
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
            byte[] classes = reader.ReadBytes(output.VoxelCount);
            ReferenceMask reference = ReferenceMask.Read(reader);
            string[] notes = new string[reader.ReadInt32()];
            for (int i = 0; i < notes.Length; i++) notes[i] = reader.ReadString();
            return new PreparedCase(
                name, new NetworkInput(grid, values) { OutputGrid = output }, classes)
            { Reference = reference, Notes = notes };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
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
