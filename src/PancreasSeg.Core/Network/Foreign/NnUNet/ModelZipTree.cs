using System.IO.Compression;

namespace PancreasSeg.Network.Foreign;

/// <summary>A model in a zip archive. A checkpoint is unpacked to a temporary file that vanishes when it is closed.</summary>
internal sealed class ModelZipTree : ModelTree
{
    private const int MaxEntries = 100_000, MaxRatio = 100;
    private const long HarmlessBytes = 64 << 20;

    private readonly string _path;
    private readonly ZipArchive _zip;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);

    /// <summary>Reads the archive's directory.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileReadFailed"/>, <see cref="Fault.ModelFormatUnknown"/>.</exception>
    public ModelZipTree(string path)
    {
        _path = path;
        try
        {
            _zip = ZipFile.OpenRead(path);
            if (_zip.Entries.Count > MaxEntries) throw new InvalidDataException("it holds more files than any model does");
            foreach (ZipArchiveEntry entry in _zip.Entries.Where(e => e.Name.Length > 0))
                if (!_entries.TryAdd(entry.FullName.Replace('\\', '/'), entry)) throw new InvalidDataException("it holds a file twice");
        }
        catch (InvalidDataException e)
        {
            _zip?.Dispose();
            throw Damaged(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CoreException(Fault.FileReadFailed, $"'{path}' could not be read: {e.Message}", path,
                "Check that the file is readable and not in use.", e);
        }
    }

    /// <inheritdoc/>
    public override string Root => _path;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Files => [.. _entries.Keys.Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public override string Shown(string file) =>
        Path.Combine([_path, .. file.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(FileNames.Safe)]);

    /// <inheritdoc/>
    public override Stream Open(string file, CancellationToken cancellation)
    {
        ZipArchiveEntry entry = _entries[file];
        if (entry.Length > HarmlessBytes && entry.Length / MaxRatio > entry.CompressedLength)
            throw Damaged(new InvalidDataException("a file in it unpacks to more than any model does"));
        Stream copy = entry.Length < 1 << 20
            ? new MemoryStream()
            : new FileStream(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite,
                FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        try
        {
            using Stream content = entry.Open();
            var buffer = new byte[1 << 16];
            for (long left = entry.Length; left > 0;)
            {
                cancellation.ThrowIfCancellationRequested();
                int read = content.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
                if (read == 0) throw new InvalidDataException("a file in it ends early");
                copy.Write(buffer, 0, read);
                left -= read;
            }
            copy.Position = 0;
            return copy;
        }
        catch (Exception e)
        {
            copy.Dispose();
            if (e is InvalidDataException) throw Damaged(e);
            if (e is IOException)
                throw new CoreException(Fault.FileReadFailed, $"'{Shown(file)}' could not be unpacked: {e.Message}", _path,
                    "Unpack the archive and name the folder.", e);
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _zip.Dispose();
        base.Dispose(disposing);
    }

    private CoreException Damaged(Exception e) =>
        new(Fault.ModelFormatUnknown, $"'{_path}' is neither a model folder nor a readable archive of one: {e.Message}", _path,
            "Copy the archive again from its source.", e);
}
