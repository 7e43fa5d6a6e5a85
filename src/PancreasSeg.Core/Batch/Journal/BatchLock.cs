namespace PancreasSeg.Batch;

/// <summary>A file that one process holds as long as it lives: the system lets go of it when the process dies, however it dies.</summary>
internal sealed class BatchLock : IDisposable
{
    /// <summary>Ending of the files.</summary>
    public const string Extension = ".lock";

    private readonly FileStream _file;

    /// <summary>Takes the lock of a run.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/>.</exception>
    public BatchLock(string folder, string run) => _file = FileFault.Writing(folder, () =>
    {
        Directory.CreateDirectory(folder);
        return Open(PathOf(folder, run), FileMode.Create);
    });

    /// <summary>True while the process that took the lock lives.</summary>
    public static bool IsHeld(string folder, string run)
    {
        try
        {
            Open(PathOf(folder, run), FileMode.Open).Dispose();
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static FileStream Open(string path, FileMode mode) =>
        new(path, mode, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);

    private static string PathOf(string folder, string run) => Path.Combine(folder, run + Extension);
}
