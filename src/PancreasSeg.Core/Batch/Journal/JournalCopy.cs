namespace PancreasSeg.Batch;

/// <summary>A copy of a journal for reading, where the folder may only be read or another process holds it: the write-ahead log needs a
/// place to write even for readers.</summary>
internal sealed class JournalCopy : IDisposable
{
    private const int MostCopies = 3;

    private static readonly string[] s_files = ["", "-wal"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pancreasseg-journal-");

    private JournalCopy(BatchFolder folder)
    {
        Path = System.IO.Path.Combine(_folder.FullName, System.IO.Path.GetFileName(folder.Journal));
        try
        {
            FileFault.Reading(folder.Journal, () =>
            {
                foreach (string ending in s_files)
                    if (File.Exists(folder.Journal + ending)) File.Copy(folder.Journal + ending, Path + ending);
                return true;
            });
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Full path of the copy.</summary>
    public string Path { get; }

    /// <summary>Opens a copy; one that was torn by a writer is made again.</summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="open">Opens it, and takes it over unless it throws.</param>
    /// <exception cref="CoreException">As <paramref name="open"/>, and <see cref="Fault.FileReadFailed"/>.</exception>
    public static T Try<T>(BatchFolder folder, Func<JournalCopy, T> open)
    {
        for (int attempt = 1; ; attempt++)
        {
            var copy = new JournalCopy(folder);
            try
            {
                return open(copy);
            }
            catch (CoreException) when (attempt < MostCopies)
            {
                copy.Dispose();
            }
            catch
            {
                copy.Dispose();
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Directory.Exists(_folder.FullName)) _folder.Delete(recursive: true);
    }
}
