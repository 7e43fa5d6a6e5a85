namespace PancreasSeg;

/// <summary>Writes a file whole or not at all: to a temporary name in the same folder, then moved into place.</summary>
public static class AtomicFile
{
    /// <summary>Writes <paramref name="path"/>; an existing file is replaced only after the new one is complete.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="overwrite">False refuses an existing file.</param>
    /// <param name="write">Writes the content to the stream.</param>
    /// <param name="check">Is given the path of the complete file before it is moved into place, and throws where it is not as it
    /// should be; null for none.</param>
    /// <exception cref="CoreException"><see cref="Fault.NoClobber"/> or <see cref="Fault.FileWriteFailed"/>; no file is left
    /// behind.</exception>
    public static void Write(string path, bool overwrite, Action<Stream> write, Action<string>? check = null)
    {
        ArgumentNullException.ThrowIfNull(write);
        if (!overwrite && File.Exists(path)) throw Exists(path, null);
        string temporary = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            FileFault.Writing(path, () =>
            {
                using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
                {
                    write(stream);
                    stream.Flush(flushToDisk: true);
                }
                check?.Invoke(temporary);
                File.Move(temporary, path, overwrite);
            });
        }
        catch (CoreException e) when (e.InnerException is IOException && !overwrite && File.Exists(path))
        {
            throw Exists(path, e.InnerException);
        }
        finally
        {
            if (File.Exists(temporary)) File.Delete(temporary);
        }
    }

    private static CoreException Exists(string path, Exception? inner) =>
        new(Fault.NoClobber, $"'{path}' exists and was not replaced.", path, "Leave out -NoClobber or choose another name.", inner);
}
