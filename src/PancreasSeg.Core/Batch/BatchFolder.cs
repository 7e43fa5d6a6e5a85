namespace PancreasSeg.Batch;

/// <summary>Where a batch keeps what.</summary>
/// <param name="Root">Full path of the output folder.</param>
/// <param name="Shard">The part of the studies, whose journal, log and reports lie apart; null for the whole.</param>
internal sealed record BatchFolder(string Root, BatchShard? Shard = null)
{
    public const string MaskFile = "mask.nii.gz", PreviewFile = "preview.png", ThumbnailFile = "thumbnail.png", ResultFile = "result.json";
    public const string ViewerName = "viewer", ViewerScript = "niivue.umd.js", ViewerLicense = "niivue.LICENSE.txt";

    private const string OldExtension = ".old";

    public string Journal => Path.Combine(Own, "journal.db");

    /// <summary>By what a journal in a database knows this output folder.</summary>
    public string JournalId => Path.Combine(Root, "journal.id");

    /// <summary>Folders of the studies' results.</summary>
    public string Results => Path.Combine(Root, "cases");

    /// <summary>Files of studies that have changed and then failed.</summary>
    public string Superseded => Path.Combine(Results, ".superseded");

    public string Reports => Path.Combine(Own, "reports");

    public string Logs => Path.Combine(Own, "logs");

    public string Viewer => Path.Combine(Root, ViewerName);

    /// <summary>
    /// Locks of the runs, and for each a folder with what it is writing. The name on disk stays: by it runs of other versions are seen.
    /// </summary>
    public string Staging => Path.Combine(Own, ".work");

    private string Own => Shard is null ? Root : Path.Combine(Shards, $"{Shard}");

    private string Shards => Path.Combine(Root, "shards");

    /// <summary>This output folder by all journals in it: that of the whole, and those of its shards.</summary>
    public IReadOnlyList<BatchFolder> WithJournals() =>
        [.. (Directory.Exists(Shards) ? Directory.GetDirectories(Shards) : []).Order(StringComparer.Ordinal)
            .Select(path => BatchShard.OfFolder(Path.GetFileName(path))).OfType<BatchShard>()
            .Select(shard => new BatchFolder(Root, shard)).Prepend(new BatchFolder(Root)).Where(folder => File.Exists(folder.Journal))];

    public string ResultOf(string study) => Path.Combine(Results, study);

    /// <summary>Where a run keeps what it has fetched of a study, as long as that is in work.</summary>
    public string Scratch(string study, string run) => Path.Combine(Staging, run, $"{study}.fetched");

    /// <summary>Has the files of a study written into the folder of a run.</summary>
    /// <param name="study">The study.</param>
    /// <param name="run">The run, whose folder below <see cref="Staging"/> is used.</param>
    /// <param name="write">Writes the files into the folder it is given.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/>.</exception>
    public void Stage(string study, string run, Action<string> write)
    {
        string staged = Path.Combine(Staging, run, study);
        FileFault.Writing(staged, () =>
        {
            foreach (string left in new[] { staged, staged + OldExtension })
                if (Directory.Exists(left)) Directory.Delete(left, recursive: true);
            Directory.CreateDirectory(staged);
            write(staged);
            return true;
        });
    }

    /// <summary>Replaces the folder of a study by the staged one, which is complete, so that its files are never of two attempts.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/>.</exception>
    public void Exchange(string study, string run)
    {
        string staged = Path.Combine(Staging, run, study), old = staged + OldExtension, target = ResultOf(study);
        FileFault.Writing(target, () =>
        {
            Directory.CreateDirectory(Results);
            if (Directory.Exists(target)) Directory.Move(target, old);
            try
            {
                Directory.Move(staged, target);
            }
            catch when (Directory.Exists(old) && !Directory.Exists(target))
            {
                Directory.Move(old, target);
                throw;
            }
            if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
            return true;
        });
    }

    /// <summary>Moves the files of a study away that are no more true of it.</summary>
    /// <param name="study">The study.</param>
    /// <param name="run">The run, after which the folder is called.</param>
    /// <returns>Full path of the folder; null when the study has no files.</returns>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/>.</exception>
    public string? Supersede(string study, string run)
    {
        if (!Directory.Exists(ResultOf(study))) return null;
        string target = Path.Combine(Superseded, $"{study}-{run}");
        return FileFault.Writing(target, () =>
        {
            Directory.CreateDirectory(Superseded);
            Directory.Move(ResultOf(study), target);
            return target;
        });
    }

    /// <summary>True for a folder that is the other, or holds it.</summary>
    public static bool Holds(string folder, string other) =>
        $"{Path.TrimEndingDirectorySeparator(Path.GetFullPath(other))}{Path.DirectorySeparatorChar}".StartsWith(
            $"{Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))}{Path.DirectorySeparatorChar}",
            OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    /// <summary>Lays the viewer's files into the output folder, where the pages of the studies look for them.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/>.</exception>
    public void PlaceViewer(string source)
    {
        foreach (string file in Directory.EnumerateFiles(source))
        {
            string target = Path.Combine(Viewer, Path.GetFileName(file));
            if (File.Exists(target) && new FileInfo(target).Length == new FileInfo(file).Length) continue;
            Directory.CreateDirectory(Viewer);
            AtomicFile.Write(target, true, stream => stream.Write(File.ReadAllBytes(file)));
        }
    }

    /// <summary>Deletes the staging folder of a run that ends.</summary>
    public void Discard(string run)
    {
        string staged = Path.Combine(Staging, run);
        if (Directory.Exists(staged)) Directory.Delete(staged, recursive: true);
    }

    /// <summary>Deletes what runs that are no more have left half-written, and their locks. Old files that such a run had taken out of
    /// their place and put no new ones there go back.</summary>
    /// <param name="isAlive">Tells whether the process of a run lives.</param>
    public void CleanUp(Func<string, bool> isAlive)
    {
        foreach (string folder in Directory.EnumerateDirectories(Staging))
        {
            string run = Path.GetFileName(folder);
            if (BatchLock.IsHeld(Staging, run) || isAlive(run)) continue;
            foreach (string old in Directory.EnumerateDirectories(folder, $"*{OldExtension}"))
            {
                string target = ResultOf(Path.GetFileName(old)[..^OldExtension.Length]);
                if (!Directory.Exists(target)) Directory.Move(old, target);
            }
            Directory.Delete(folder, recursive: true);
        }
        foreach (string file in Directory.EnumerateFiles(Staging, $"*{BatchLock.Extension}"))
            _ = BatchLock.IsHeld(Staging, Path.GetFileNameWithoutExtension(file));
    }
}
