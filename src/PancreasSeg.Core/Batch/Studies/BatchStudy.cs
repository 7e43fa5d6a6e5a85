using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PancreasSeg.Dicom;
using PancreasSeg.Import;

namespace PancreasSeg.Batch;

/// <summary>One entry of the folder of studies: a folder, a zip archive, a NIfTI file or a DICOM file of many frames. Or one examination
/// of those below the folder.</summary>
/// <param name="Name">Its name, safe for every file system and different from that of every other study of the folder.</param>
/// <param name="Path">Full path; of an examination that of the folder below which all its files lie.</param>
internal sealed record BatchStudy(string Name, string Path) : IBatchStudy
{
    /// <summary>What it is known by as long as it is there: its path, or the hash of its StudyInstanceUID.</summary>
    public string Id { get; init; } = Path;

    /// <summary>The only examination whose images count, out of <see cref="StudyIndex.IdOf"/>; null for whatever is there.</summary>
    public string? Examination { get; init; }

    /// <summary>Full paths of what is read: the entry, or the files of an examination.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [Path];

    /// <summary>The folder of studies, below whose entries the sources lie; null where the entry itself is the study.</summary>
    public string? Folder { get; init; }

    /// <summary>Name of the entry, as on disk: of several the first.</summary>
    public string Entry =>
        Folder is null ? System.IO.Path.GetFileName(Path) : FirstPart(System.IO.Path.GetRelativePath(Folder, Sources[0]));

    /// <summary>By what it falls to a shard.</summary>
    public string ShardName => Id == Path ? Entry : Id;

    /// <inheritdoc/>
    public IBatchStudy Named(string name) => this with { Name = name };

    // A study that is still being written may look complete, or damaged: neither can be said of it.
    /// <inheritdoc/>
    public CtVolume Read(string fingerprint, CtSeriesOptions series, string scratch, CancellationToken cancellation)
    {
        CtVolume? ct = null;
        CoreException? failure = null;
        try
        {
            ct = Folder is null ? CtImporter.Read(Path, options: series, cancellation: cancellation)
                : CtSeriesReader.Read(Choose(series, cancellation), series, null, cancellation);
        }
        catch (CoreException e)
        {
            failure = e;
        }
        if (Fingerprint(cancellation) != fingerprint)
            throw new CoreException(Fault.InputChanged, $"The files of '{Path}' changed while they were read.", Path,
                "Wait until the study is complete; -Watch does so.");
        return ct ?? throw failure!;
    }

    /// <summary>Changes when a file comes, goes, grows or is written again: a hash of names, lengths and times of writing.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileReadFailed"/>: also for a single file that is empty, or no regular
    /// file.</exception>
    public string Fingerprint(CancellationToken cancellation = default) => FileFault.Reading(Path, () =>
        Hash(string.Join('\n', Files(cancellation).Select(path =>
        {
            FileInfo file = Final(path);
            string target = file.FullName == path ? "" : $"\t{file.FullName}";
            return string.Create(CultureInfo.InvariantCulture, $"{path}\t{file.Length}\t{file.LastWriteTimeUtc.Ticks}{target}");
        }))));

    /// <summary>The newest time of writing of its files and folders: a file that comes changes its folder, whatever its own time.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileReadFailed"/>.</exception>
    public DateTimeOffset? LastChange() => FileFault.Reading<DateTimeOffset?>(Path, () =>
        Files(default).Select(path => Final(path).LastWriteTimeUtc).Concat(Directory.Exists(Path)
            ? Directory.EnumerateDirectories(Path, "*", SearchOption.AllDirectories).Prepend(Path).Select(Directory.GetLastWriteTimeUtc)
            : []).Max());

    /// <summary>
    /// SHA-256 in lower-case hex over what decides the mask: the names below the study and the bytes of the images of the series that the
    /// rules choose. Where they choose none, and in archives, over all files but objects that were made of a CT. So neither reports nor
    /// results nor other series beside the images make them another study.
    /// </summary>
    /// <param name="series">The rules by which a series is chosen.</param>
    /// <param name="cancellation">Looked at between files.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileReadFailed"/>.</exception>
    public string ContentHash(CtSeriesOptions series, CancellationToken cancellation) => FileFault.Reading(Path, () =>
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        foreach (string path in Images(series, cancellation) ?? Files(cancellation).Where(f => !ResultObject.Is(f, cancellation)))
        {
            cancellation.ThrowIfCancellationRequested();
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
            hash.AppendData(Encoding.UTF8.GetBytes($"{Relative(path)}\n{stream.Length}\n"));
            for (int read; (read = stream.Read(buffer)) > 0;) hash.AppendData(buffer, 0, read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    });

    /// <summary>SHA-256 of a text, in lower-case hex.</summary>
    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>The files that a reader of the study sees, in ordinal order: links to files are followed, pipes and devices never
    /// opened.</summary>
    private List<string> Files(CancellationToken cancellation)
    {
        List<string> files = FileWalk.Collect(Sources, int.MaxValue, out _, [], cancellation);
        return files.Count > 0 || Directory.Exists(Path) ? files : throw new IOException("It is empty, or no regular file.");
    }

    private IEnumerable<string>? Images(CtSeriesOptions series, CancellationToken cancellation)
    {
        if (Folder is null && !Directory.Exists(Path)) return null;
        try
        {
            CtSeriesInfo chosen = Choose(series, cancellation);
            return chosen.ProblemUnder(series) is null && chosen.Files.All(File.Exists) ? chosen.Files.Order(StringComparer.Ordinal) : null;
        }
        catch (CoreException)
        {
            return null;
        }
    }

    private CtSeriesInfo Choose(CtSeriesOptions series, CancellationToken cancellation)
    {
        CtSeriesScan scan = CtSeriesFinder.Find(Sources, series, null, cancellation);
        if (Examination is not null)
            scan = scan with { Series = [.. scan.Series.Where(s => StudyIndex.IdOf(s.StudyInstanceUid) == Examination)] };
        return SeriesChoice.Choose(scan, Path, null, series);
    }

    // The same below an entry, whether that is a study itself or the place of one.
    private string Relative(string path)
    {
        if (Folder is null) return System.IO.Path.GetRelativePath(Path, path);
        string below = System.IO.Path.GetRelativePath(Folder, path), entry = FirstPart(below);
        return below == entry ? "." : below[(entry.Length + 1)..];
    }

    private static string FirstPart(string path) => path.Split(System.IO.Path.DirectorySeparatorChar, 2)[0];

    private static FileInfo Final(string path)
    {
        var file = new FileInfo(path);
        return file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
    }
}
