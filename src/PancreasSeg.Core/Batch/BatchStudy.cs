using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PancreasSeg.Dicom;
using PancreasSeg.Import;

namespace PancreasSeg.Batch;

/// <summary>One entry of the folder of studies: a folder, a zip archive or a NIfTI file.</summary>
/// <param name="Name">Its name, safe for every file system and different from that of every other study of the folder.</param>
/// <param name="Path">Full path.</param>
internal sealed record BatchStudy(string Name, string Path)
{
    private static readonly EnumerationOptions s_files =
        new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>The studies of a folder by name. Hidden entries, links to folders and files of other kinds are none.</summary>
    /// <param name="folder">Full path.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/> or <see cref="Fault.FileReadFailed"/>.</exception>
    public static IReadOnlyList<BatchStudy> Find(string folder)
    {
        if (!Directory.Exists(folder))
            throw new CoreException(Fault.FileNotFound, $"The folder of studies '{folder}' does not exist.", folder, "Check the path.");
        return FileFault.Reading<IReadOnlyList<BatchStudy>>(folder, () =>
        {
            string[] paths = [.. Directory.EnumerateFileSystemEntries(folder).Where(IsStudy).Order(StringComparer.Ordinal)];
            ILookup<string, string> names = paths.ToLookup(p => FileNames.Safe(CtImporter.NameOf(p)), StringComparer.OrdinalIgnoreCase);
            return [.. paths.Select(path =>
            {
                string name = FileNames.Safe(CtImporter.NameOf(path));
                return new BatchStudy(names[name].Count() == 1 ? name : $"{name}-{Hash(System.IO.Path.GetFileName(path))[..8]}", path);
            })];
        });
    }

    /// <summary>Changes when a file comes, goes, grows or is written again: a hash of names, lengths and times of writing.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileReadFailed"/>.</exception>
    public string Fingerprint() => FileFault.Reading(Path, () =>
        Hash(
            string.Join('\n', Files()
                .Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.FullName}\t{f.Length}\t{f.LastWriteTimeUtc.Ticks}")))));

    /// <summary>
    /// SHA-256 over the names below the study and the bytes of its files, in lower-case hex. Objects that were made of a CT are left out:
    /// results beside it do not make it another.
    /// </summary>
    /// <exception cref="CoreException"><see cref="Fault.FileReadFailed"/>.</exception>
    public string ContentHash(CancellationToken cancellation) => FileFault.Reading(Path, () =>
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        foreach (FileInfo file in Files())
        {
            cancellation.ThrowIfCancellationRequested();
            if (ResultObject.Is(file.FullName, cancellation)) continue;
            hash.AppendData(Encoding.UTF8.GetBytes($"{System.IO.Path.GetRelativePath(Path, file.FullName)}\n{file.Length}\n"));
            using FileStream stream = new(file.FullName, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
            for (int read; (read = stream.Read(buffer)) > 0;) hash.AppendData(buffer, 0, read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    });

    /// <summary>SHA-256 of a text, in lower-case hex.</summary>
    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private IEnumerable<FileInfo> Files() => Directory.Exists(Path)
        ? new DirectoryInfo(Path).EnumerateFiles("*", s_files).OrderBy(f => f.FullName, StringComparer.Ordinal)
        : [new FileInfo(Path)];

    private static bool IsStudy(string path)
    {
        var entry = new FileInfo(path);
        if (entry.Name.StartsWith('.') || (entry.Attributes & FileAttributes.Hidden) != 0) return false;
        if ((entry.Attributes & FileAttributes.Directory) != 0) return (entry.Attributes & FileAttributes.ReparsePoint) == 0;
        return CtImporter.IsNifti(path) || path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase);
    }
}
