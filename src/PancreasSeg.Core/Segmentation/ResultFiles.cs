using PancreasSeg.Nifti;

namespace PancreasSeg.Segmentation;

/// <summary>Writes the mask of a result and, where asked for, its labels: both or neither.</summary>
public static class ResultFiles
{
    /// <summary>Writes the files. The labels are complete before the mask is begun, and moved into place behind it.</summary>
    /// <param name="result">A result with a mask.</param>
    /// <param name="mask">Full path of the mask, ending in .nii or .nii.gz.</param>
    /// <param name="labels">Full path of the labels; null for none.</param>
    /// <param name="overwrite">False refuses existing files.</param>
    /// <param name="cancellation">Looked at between blocks.</param>
    /// <exception cref="CoreException"><see cref="Fault.NoClobber"/>, <see cref="Fault.FileWriteFailed"/>; nothing new is left
    /// behind.</exception>
    public static void Write(SegmentationResult result, string mask, string? labels, bool overwrite, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (labels is null)
        {
            NiftiFile.Write(mask, result.Mask!, overwrite, cancellation);
            return;
        }
        if (Directory.Exists(labels))
            throw new CoreException(Fault.FileWriteFailed, $"'{labels}' is a folder.", labels, "Choose another name for the mask.");
        string staged = Path.Combine(Path.GetDirectoryName(labels)!, $".{Guid.NewGuid():N}.{Path.GetFileName(labels)}");
        try
        {
            NiftiFile.Write(staged, result.Labels!, true, cancellation);
            NiftiFile.Write(mask, result.Mask!, overwrite, cancellation);
            FileFault.Writing(labels, () => File.Move(staged, labels, overwrite));
        }
        finally
        {
            File.Delete(staged);
        }
    }
}
