using System.IO.Enumeration;
using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>
/// The regular, non-empty files below a folder. Links to files are followed, links to folders are not, so that no loop
/// exists; pipes, sockets and devices have no length and are never opened.
/// </summary>
internal sealed class FileWalk : FileSystemEnumerator<string>
{
    private static readonly EnumerationOptions s_everything =
        new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };

    private FileWalk(string folder) : base(folder, s_everything)
    {
    }

    /// <summary>Entries that are no regular file.</summary>
    private int Skipped { get; set; }

    private int Inaccessible { get; set; }

    /// <summary>Files without a byte, and pipes and devices, which have no length either.</summary>
    private List<string> Empty { get; } = [];

    /// <summary>The files at or below the given paths, in ordinal order; those without a byte apart.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/>; <see cref="Fault.FileReadFailed"/> above the limit.</exception>
    public static List<string> Collect(
        IReadOnlyList<string> paths, int limit, out int skipped, List<string> unreadable, CancellationToken cancellation,
        List<string>? empty = null)
    {
        var files = new SortedSet<string>(StringComparer.Ordinal);
        skipped = 0;
        empty ??= [];
        foreach (string path in paths.Select(Path.GetFullPath))
        {
            if (!Directory.Exists(path))
            {
                if (!File.Exists(path)) throw new CoreException(Fault.FileNotFound, $"'{path}' does not exist.", path, "Check the path.");
                if (Length(path) > 0) files.Add(path);
                else empty.Add(path);
                continue;
            }
            using FileWalk walk = FileFault.Reading(path, () => new FileWalk(path));
            while (walk.MoveNext())
            {
                cancellation.ThrowIfCancellationRequested();
                files.Add(walk.Current);
                if (files.Count > limit)
                    throw new CoreException(Fault.FileReadFailed, Invariant($"'{path}' holds more than {limit} files."), path,
                        "Name a folder further down, or raise the limit.");
            }
            skipped += walk.Skipped;
            empty.AddRange(walk.Empty);
            if (walk.Inaccessible > 0) unreadable.Add(Invariant($"{walk.Inaccessible} folders under '{path}' may not be read."));
        }
        skipped += empty.Count;
        return [.. files];
    }

    /// <inheritdoc/>
    protected override bool ShouldRecurseIntoEntry(ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0;

    /// <inheritdoc/>
    protected override bool ShouldIncludeEntry(ref FileSystemEntry entry)
    {
        bool isLink = (entry.Attributes & FileAttributes.ReparsePoint) != 0;
        if (entry.IsDirectory)
        {
            if (isLink) Skipped++;
            return false;
        }
        bool isFile = (isLink ? Length(entry.ToFullPath()) : entry.Length) > 0;
        if (!isFile && isLink) Skipped++;
        else if (!isFile) Empty.Add(entry.ToFullPath());
        return isFile;
    }

    /// <inheritdoc/>
    protected override string TransformEntry(ref FileSystemEntry entry) => entry.ToFullPath();

    /// <inheritdoc/>
    protected override bool ContinueOnError(int error)
    {
        Inaccessible++;
        return true;
    }

    /// <summary>Length of the file a path leads to; 0 when a link is broken or turns in a circle.</summary>
    private static long Length(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.LinkTarget is not null) file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo;
            return file is { Exists: true } ? file.Length : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
