using System.Management.Automation;
using PancreasSeg.Import;

namespace PancreasSeg.Common;

/// <summary>
/// Where a cmdlet writes: one file, or a folder in which each item gets a file named after it. No two items of one run may write
/// the same file.
/// </summary>
internal sealed class OutputTarget(PSCmdlet cmdlet, string path, bool force, bool noClobber, string extension = ".nii.gz")
{
    /// <summary>What follows the name of a case in the name of its mask.</summary>
    public const string MaskSuffix = "_mask";

    /// <summary>What follows the name of a case in the name of its probabilities.</summary>
    public const string ProbabilitySuffix = "_probability";

    // Endings of files that nobody means as the name of a folder.
    private static readonly string[] s_otherFiles =
        [".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".dcm", ".nrrd", ".mha", ".mhd", ".hdr", ".img", ".gz", ".zip", ".nii"];

    private readonly string _path = cmdlet.ResolveOutput(path);
    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase), _read = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The file for an item.</summary>
    /// <param name="name">Name of the item; used where the target is a folder.</param>
    /// <param name="suffix">What follows the name.</param>
    /// <param name="inputs">Full paths of what is read; null for what is no file.</param>
    /// <exception cref="CoreException"><see cref="Fault.NoClobber"/>, <see cref="Fault.OutputIsInput"/>, or
    /// <see cref="Fault.FileNotFound"/> for an absent folder.</exception>
    public string FileFor(string name, string suffix = "", params IEnumerable<string?> inputs)
    {
        if (s_otherFiles.Contains(Path.GetExtension(_path), StringComparer.OrdinalIgnoreCase) && !IsFile(_path) && !Directory.Exists(_path))
            throw new CoreException(Fault.SettingInvalid, $"'{_path}' is no folder, and files are written as {extension}.", _path,
                $"Give a name that ends in {extension}, or a folder.");
        string file = IsFile(_path) ? _path : Path.Combine(_path, FileNames.Safe(name) + suffix + extension);
        string folder = Path.GetDirectoryName(file)!;
        if (!force && !Directory.Exists(folder))
            throw new CoreException(
                Fault.FileNotFound, $"The folder '{folder}' does not exist.", folder, "Create it, or let -Force do so.");
        return Taken(file, inputs);
    }

    /// <summary>The file for the labels of the item whose mask goes to a file: <c>NAME_labels</c> beside <c>NAME_mask</c> or
    /// <c>NAME</c>.</summary>
    /// <exception cref="CoreException">As <see cref="FileFor"/>.</exception>
    public string LabelsBeside(string mask, params IEnumerable<string?> inputs)
    {
        string name = CtImporter.NameOf(mask), ending = Path.GetFileName(mask)[name.Length..];
        if (name.EndsWith(MaskSuffix, StringComparison.OrdinalIgnoreCase)) name = name[..^MaskSuffix.Length];
        return Taken(Path.Combine(Path.GetDirectoryName(mask)!, name + "_labels" + ending), inputs);
    }

    /// <summary>With -Force, makes the way free.</summary>
    public void Prepare(string file)
    {
        if (force) MakeWay(file, !noClobber);
    }

    /// <summary>Sees to it that the folder exists and the old file is not read-only.</summary>
    /// <param name="file">Full path.</param>
    /// <param name="replace">False leaves the old file as it is.</param>
    public static void MakeWay(string file, bool replace)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        if (replace && File.Exists(file)) File.SetAttributes(file, File.GetAttributes(file) & ~FileAttributes.ReadOnly);
    }

    private string Taken(string file, IEnumerable<string?> inputs)
    {
        _read.UnionWith(inputs.OfType<string>());
        InputGuard.Check(file, [.. inputs, _read.Contains(file) ? file : null]);
        if (inputs.FirstOrDefault(input => input is not null && _taken.Contains(input)) is { } made)
            throw new CoreException(Fault.OutputIsInput, $"'{made}' is what this command wrote a moment ago.", made,
                "Write to another folder than the one that is read.");
        if (noClobber && File.Exists(file))
            throw new CoreException(
                Fault.NoClobber, $"'{file}' exists and was not replaced.", file, "Leave out -NoClobber or choose another name.");
        if (!_taken.Add(file))
            throw new CoreException(
                Fault.NoClobber, $"'{file}' was written by this command a moment ago for another input of the same name.", file,
                "Give each input its own output path.");
        return file;
    }

    private bool IsFile(string full) => extension == ".nii.gz" ? CtImporter.IsNifti(full)
        : full.EndsWith(extension, StringComparison.OrdinalIgnoreCase);
}
