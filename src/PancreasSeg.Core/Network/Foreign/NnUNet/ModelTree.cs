namespace PancreasSeg.Network.Foreign;

/// <summary>The files of a model, in a folder or in a zip archive of it. Nothing is unpacked by the names inside.</summary>
internal abstract class ModelTree : IDisposable
{
    private const long MaxTextBytes = 64 << 20;

    /// <summary>Path of the folder or archive.</summary>
    public abstract string Root { get; }

    /// <summary>Opens the folder or archive at a path.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/>, <see cref="Fault.FileReadFailed"/>,
    /// <see cref="Fault.ModelFormatUnknown"/>.</exception>
    public static ModelTree Open(string path)
    {
        if (Directory.Exists(path)) return new ModelFolderTree(path);
        if (!File.Exists(path)) throw new CoreException(Fault.FileNotFound, $"The model '{path}' does not exist.", path, "Check the path.");
        return new ModelZipTree(path);
    }

    /// <summary>Paths of the files that may belong to a model, relative to <see cref="Root"/>, with '/' between folders.</summary>
    public abstract IReadOnlyList<string> Files { get; }

    /// <summary>A file's path as it is shown.</summary>
    public abstract string Shown(string file);

    /// <summary>Opens a file that can be searched.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileReadFailed"/>, <see cref="Fault.ModelFormatUnknown"/>.</exception>
    public abstract Stream Open(string file, CancellationToken cancellation);

    /// <summary>Reads a small file whole.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileReadFailed"/>, <see cref="Fault.ModelFormatUnknown"/>.</exception>
    public byte[] ReadText(string file, CancellationToken cancellation) => Read(file, MaxTextBytes, cancellation);

    /// <summary>Reads a network whole.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileReadFailed"/>, <see cref="Fault.ModelFormatUnknown"/>.</exception>
    public byte[] ReadAll(string file, CancellationToken cancellation) => Read(file, Array.MaxLength, cancellation);

    private byte[] Read(string file, long most, CancellationToken cancellation)
    {
        using Stream stream = Open(file, cancellation);
        if (stream.Length > most)
            throw new CoreException(Fault.ModelFormatUnknown, $"'{Shown(file)}' is too large.", Shown(file),
                "Copy the model again from its source.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the archive.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
