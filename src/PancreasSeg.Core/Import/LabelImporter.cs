using PancreasSeg.Dicom;
using PancreasSeg.Nifti;

namespace PancreasSeg.Import;

/// <summary>Reads a mask from whatever a file holds: NIfTI, DICOM Segmentation or RT Structure Set. Its content decides, not its
/// name.</summary>
public static class LabelImporter
{
    /// <summary>Reads one label map.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="options">What is taken of a DICOM object, and where it is laid; null for the defaults.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="CoreException">The file holds no mask, or one that cannot be read; the fault says why.</exception>
    public static LabelVolume Read(string path, LabelImportOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        options ??= new LabelImportOptions();
        if (DicomLabels.Read(path, options, cancellation) is { } labels) return labels;
        if (options.Segment is not null)
            throw new CoreException(Fault.SettingInvalid,
                $"'{path}' is no DICOM object and has no named segments.", path, "Take a label of a NIfTI file with -LabelValue.");
        LabelVolume map = NiftiFile.ReadLabels(path, cancellation);
        return options.Grid is { } grid ? map.To(grid, cancellation) : map;
    }
}
