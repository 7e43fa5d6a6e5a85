using PancreasSeg.Nifti;

namespace PancreasSeg.Import;

/// <summary>Which case a file belongs to, by its name and the folders above it.</summary>
public static class CaseFiles
{
    // Names that say what a file is and not whose.
    private static readonly HashSet<string> s_kinds = new(StringComparer.OrdinalIgnoreCase)
        { "mask", "ct", "image", "label", "labels", "seg", "segmentation", "pancreas", "reference", "truth" };

    private static readonly HashSet<string> s_shelves = new(StringComparer.OrdinalIgnoreCase) { "segmentations", "masks", "labels" };

    // Our own masks, and the channel number of nnU-Net's images.
    private static readonly string[] s_suffixes = ["_mask", "_0000"];

    // Results beside a mask that are none.
    private static readonly string[] s_others = ["_labels", "_probability"];

    private static readonly EnumerationOptions s_search = new() { RecurseSubdirectories = true, MaxRecursionDepth = 3 };

    /// <summary>The case of a file: <c>p1_mask.nii.gz</c>, <c>p1_0000.nii.gz</c>, <c>p1/mask.nii.gz</c> and
    /// <c>p1/segmentations/pancreas.nii.gz</c> are of p1.</summary>
    /// <param name="path">Full path.</param>
    public static string CaseOf(string path)
    {
        string name = CtImporter.NameOf(path);
        if (s_suffixes.FirstOrDefault(end => name.EndsWith(end, StringComparison.OrdinalIgnoreCase)) is { } suffix
            && name.Length > suffix.Length) name = name[..^suffix.Length];
        if (!s_kinds.Contains(name)) return name;
        string? folder = Path.GetDirectoryName(path);
        while (folder is not null && s_shelves.Contains(Path.GetFileName(folder))) folder = Path.GetDirectoryName(folder);
        return Path.GetFileName(folder) is { Length: > 0 } above ? above : name;
    }

    /// <summary>Names under which files go together: each its own, and where several have one, that of its case.</summary>
    /// <param name="paths">Full paths.</param>
    public static IReadOnlyList<string> NamesOf(IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ILookup<string, string> named = paths.ToLookup(CtImporter.NameOf, StringComparer.OrdinalIgnoreCase);
        return [.. paths.Select(path => named[CtImporter.NameOf(path)].Count() > 1 ? CaseOf(path) : CtImporter.NameOf(path))];
    }

    /// <summary>The masks in a folder by their cases, in the order of names. Of a case's folder with a <c>segmentations</c> folder the
    /// pancreas counts alone.</summary>
    /// <param name="folder">Full path.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileReadFailed"/>; <see cref="Fault.SettingInvalid"/>: two masks are of one
    /// case.</exception>
    public static IReadOnlyDictionary<string, string> Masks(string folder)
    {
        var masks = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        string[] files = FileFault.Reading(folder, () => Directory.EnumerateFiles(folder, "*.nii*", s_search).Where(IsMask)
            .Order(StringComparer.Ordinal).ToArray());
        foreach (string file in files)
            if (!masks.TryAdd(CaseOf(file), file))
                throw new CoreException(Fault.SettingInvalid, $"'{masks[CaseOf(file)]}' and '{file}' are both of the case '{CaseOf(file)}'.",
                    folder, "Name the masks by a wildcard that takes one of each case.");
        return masks;
    }

    private static bool IsMask(string path)
    {
        if (!CtImporter.IsNifti(path)) return false;
        string name = NiftiFile.NameOf(path);
        return !name.StartsWith('.') && !name.Equals("ct", StringComparison.OrdinalIgnoreCase)
            && !s_others.Any(end => name.EndsWith(end, StringComparison.OrdinalIgnoreCase))
            && (!Path.GetFileName(Path.GetDirectoryName(path)!).Equals("segmentations", StringComparison.OrdinalIgnoreCase)
                || name.Equals("pancreas", StringComparison.OrdinalIgnoreCase));
    }
}
