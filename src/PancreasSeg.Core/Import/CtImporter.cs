using PancreasSeg.Dicom;
using PancreasSeg.Nifti;

namespace PancreasSeg.Import;

/// <summary>Reads a CT from whatever the path holds: a NIfTI file, or DICOM files in a folder.</summary>
public static class CtImporter
{
    /// <summary>Reads one CT volume.</summary>
    /// <param name="path">A .nii or .nii.gz file, a DICOM file, or a folder or zip archive with one usable series below it.</param>
    /// <param name="seriesInstanceUid">Which DICOM series, where a folder holds several.</param>
    /// <param name="options">How DICOM is searched and judged.</param>
    /// <param name="progress">Told as slices arrive.</param>
    /// <param name="cancellation">Looked at between files and slices.</param>
    /// <exception cref="CoreException">The path does not hold exactly one readable CT; the fault says why.</exception>
    public static CtVolume Read(string path, string? seriesInstanceUid = null, CtSeriesOptions? options = null,
        IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        if (!IsNifti(path)) return ReadDicom(path, seriesInstanceUid, options, progress, cancellation);
        if (seriesInstanceUid is not null || options?.Rules.DescriptionLike is not null)
            throw new CoreException(Fault.DicomSeriesEmpty, $"'{path}' is a NIfTI file and holds no DICOM series.", path,
                "Leave out the series UID or description.");
        return NiftiFile.ReadCt(path, cancellation);
    }

    private static CtVolume ReadDicom(string path, string? seriesInstanceUid, CtSeriesOptions? options, IProgress<ProgressStep>? progress,
        CancellationToken cancellation)
    {
        try
        {
            return CtSeriesReader.Read(path, seriesInstanceUid, options, progress, cancellation);
        }
        catch (CoreException e) when (e.Fault == Fault.DicomSeriesEmpty && DataLayout.Of(path) is { } layout)
        {
            throw new CoreException(Fault.DicomSeriesEmpty, $"'{path}' holds no DICOM series; it is {layout.What}.", path, layout.Remedy, e);
        }
    }

    /// <summary>The name under which the CT at a path goes: of the NIfTI file or zip archive without its ending, else of the folder or
    /// file.</summary>
    public static string NameOf(string path)
    {
        if (IsNifti(path)) return NiftiFile.NameOf(path);
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        return name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(path) ? Path.GetFileNameWithoutExtension(name)
            : name;
    }

    /// <summary>True for the file names of NIfTI-1: .nii and .nii.gz.</summary>
    public static bool IsNifti(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.EndsWith(".nii", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase);
    }
}
