using PancreasSeg.Dicom;
using PancreasSeg.Import;

namespace PancreasSeg.Batch;

/// <summary>What a folder of studies, or an archive, holds.</summary>
/// <param name="Studies">The studies by path.</param>
/// <param name="PassedOver">Entries that are no studies, with the reason.</param>
internal sealed record StudyListing(IReadOnlyList<IBatchStudy> Studies, IReadOnlyList<string> PassedOver)
{
    private static readonly string[] s_otherFormats = [".mha", ".mhd", ".nrrd", ".nhdr", ".mgz", ".hdr", ".img"];

    private static readonly DicomSelection s_frames = new(tag => tag == DicomTag.NumberOfFrames, _ => false);

    /// <summary>The studies of a folder. Hidden entries are not looked at.</summary>
    /// <param name="folder">Full path.</param>
    /// <param name="known">Names that studies had before, by <see cref="BatchStudy.Id"/>: they keep them.</param>
    /// <param name="index">Tells the examinations below an entry; null makes each entry a study.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/> or <see cref="Fault.FileReadFailed"/>.</exception>
    public static StudyListing Of(string folder, IReadOnlyDictionary<string, string> known,
        Func<string, IReadOnlyList<StudyIndex.Member>>? index = null)
    {
        if (!Directory.Exists(folder))
            throw new CoreException(Fault.FileNotFound, $"The folder of studies '{folder}' does not exist.", folder, "Check the path.");
        return FileFault.Reading(folder, () =>
        {
            var paths = new List<string>();
            var passed = new List<string>();
            foreach (string path in Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal))
            {
                var entry = new FileInfo(path);
                if (IsHidden(entry)) continue;
                if (WhyNot(entry, folder) is { } why) passed.Add($"'{entry.Name}' {why}");
                else paths.Add(entry.FullName);
            }
            return new StudyListing(Named(index is null ? paths.ConvertAll(Entry) : Examinations.Of(folder, paths, index, passed), known),
                passed);
        });
    }

    /// <summary>An entry as a study, with the name that it would have alone.</summary>
    public static BatchStudy Entry(string path) => new(FileNames.Safe(CtImporter.NameOf(path)), path);

    private static List<BatchStudy> Named(List<BatchStudy> studies, IReadOnlyDictionary<string, string> known)
    {
        HashSet<string> here = [.. studies.Select(s => s.Id)];
        // An entry that is gone gives its name free; an examination that is gone stays what it was.
        var taken = known.Where(k => here.Contains(k.Key) || !Path.IsPathFullyQualified(k.Key)).Select(k => k.Value)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        ILookup<string, BatchStudy> fresh =
            studies.Where(s => !known.ContainsKey(s.Id)).ToLookup(s => s.Name, StringComparer.OrdinalIgnoreCase);
        return studies.ConvertAll(study =>
        {
            if (known.TryGetValue(study.Id, out string? before)) return study with { Name = before };
            bool isOwn = fresh[study.Name].Count() == 1 && !taken.Contains(study.Name);
            return isOwn ? study : study with { Name = $"{study.Name}-{BatchStudy.Hash(study.ShardName)[..8]}" };
        });
    }

    // The attributes of what cannot be reached are -1.
    private static bool IsHidden(FileInfo entry) => entry.Name.StartsWith('.')
        || (entry.Attributes > 0 && entry.Attributes.HasFlag(FileAttributes.Hidden));

    /// <summary>Why an entry is no study; null when it is one.</summary>
    private static string? WhyNot(FileInfo entry, string folder)
    {
        if (entry.Name.Contains('\uFFFD', StringComparison.Ordinal) && !Path.Exists(entry.FullName))
            return "has a name that is not UTF-8: rename it";
        if (Directory.Exists(entry.FullName))
        {
            string target = new DirectoryInfo(entry.FullName).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? entry.FullName;
            return BatchFolder.Holds(target, folder) ? "leads back to the folder of studies" : null;
        }
        if (entry.LinkTarget is not null && entry.ResolveLinkTarget(returnFinalTarget: true) is not { Exists: true })
            return "is a link to nothing";
        string name = entry.Name;
        if (CtImporter.IsNifti(name) || name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase)) return null;
        if (s_otherFormats.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase))
            return "is of a format that is not read: convert it to NIfTI";
        if (!name.EndsWith(".dcm", StringComparison.OrdinalIgnoreCase)) return "is neither a folder nor a NIfTI file nor a zip archive";
        return HoldsFrames(entry.FullName) ? null : "is a DICOM file that is no volume: put the files of a study into a folder";
    }

    private static bool HoldsFrames(string path) => FileWalk.Collect([path], 1, out _, [], default).Count == 1
        && DicomFile.ReadHeader(new DicomDiskFile(path), s_frames) is { } file && file.Dataset.Integer(DicomTag.NumberOfFrames) > 1;
}
