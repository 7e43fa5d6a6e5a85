namespace PancreasSeg.Batch;

/// <summary>Where a batch keeps what.</summary>
/// <param name="Root">Full path of the output folder.</param>
internal sealed record BatchFolder(string Root)
{
    public const string MaskFile = "mask.nii.gz", PreviewFile = "preview.png", ThumbnailFile = "thumbnail.png", ResultFile = "result.json";
    public const string ViewerName = "viewer", ViewerScript = "niivue.umd.js";

    public string Journal => Path.Combine(Root, "journal.db");

    public string Cases => Path.Combine(Root, "cases");

    public string Reports => Path.Combine(Root, "reports");

    public string Logs => Path.Combine(Root, "logs");

    public string Viewer => Path.Combine(Root, ViewerName);

    /// <summary>Locks of the runs, and for each a folder with what it is writing.</summary>
    public string Work => Path.Combine(Root, ".work");

    public string CaseOf(string study) => Path.Combine(Cases, study);

    /// <summary>Replaces the folder of a study by one that is complete, so that its files are never of two attempts.</summary>
    /// <param name="study">The study.</param>
    /// <param name="run">The run, whose folder below <see cref="Work"/> is used.</param>
    /// <param name="write">Writes the files into the folder it is given.</param>
    /// <returns>Full path of the folder.</returns>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/>.</exception>
    public string Replace(string study, string run, Action<string> write)
    {
        string work = Path.Combine(Work, run, study), old = $"{work}.old", target = CaseOf(study);
        return FileFault.Writing(target, () =>
        {
            foreach (string left in new[] { work, old })
                if (Directory.Exists(left)) Directory.Delete(left, recursive: true);
            Directory.CreateDirectory(work);
            Directory.CreateDirectory(Cases);
            write(work);
            if (Directory.Exists(target)) Directory.Move(target, old);
            Directory.Move(work, target);
            if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
            return target;
        });
    }

    /// <summary>Lays the viewer's files into the output folder, where the pages of the cases look for them.</summary>
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

    /// <summary>Deletes the working folder of a run that ends.</summary>
    public void Discard(string run)
    {
        string work = Path.Combine(Work, run);
        if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
    }

    /// <summary>Deletes what runs that are no more have left half-written, and their locks.</summary>
    public void CleanUp()
    {
        foreach (string folder in Directory.EnumerateDirectories(Work))
            if (!BatchLock.IsHeld(Work, Path.GetFileName(folder))) Directory.Delete(folder, recursive: true);
        foreach (string file in Directory.EnumerateFiles(Work, $"*{BatchLock.Extension}")) _ = BatchLock.IsHeld(Work, Path.GetFileNameWithoutExtension(file));
    }
}
