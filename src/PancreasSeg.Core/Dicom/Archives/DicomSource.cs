namespace PancreasSeg.Dicom;

/// <summary>Where the bytes of one DICOM file lie: in a file of its own, or in an entry of a zip archive.</summary>
/// <param name="path">What the user is shown: the file, or the archive followed by the name of the entry.</param>
internal abstract class DicomSource(string path)
{
    /// <summary>What the user is shown; only a <see cref="DicomDiskFile"/> can be opened by it.</summary>
    public string Path => path;

    /// <summary>The archive it lies in; null for a file of its own.</summary>
    public virtual string? Archive => null;

    /// <summary>Opens it at its first byte. The stream knows its length, and can seek only where <see cref="Archive"/> is null.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="CoreException">The archive is damaged or has changed.</exception>
    public abstract Stream Open();
}
