namespace PancreasSeg.Dicom;

/// <summary>A file on disk.</summary>
internal sealed class DicomDiskFile(string path) : DicomSource(path)
{
    /// <inheritdoc/>
    public override Stream Open() => Open(Path);

    /// <summary>Opens a file for reading with no buffer of its own; others may go on writing to or deleting it.</summary>
    public static FileStream Open(string path) =>
        new(path, new FileStreamOptions { BufferSize = 0, Share = FileShare.ReadWrite | FileShare.Delete });
}
