namespace PancreasSeg.Dicom;

/// <summary>Masks out of DICOM objects.</summary>
internal static class DicomLabels
{
    /// <summary>Reads a segmentation or structure set; null when the file is no DICOM file.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/>, <see cref="Fault.FileReadFailed"/>,
    /// <see cref="Fault.DicomFileInvalid"/>: an object of another
    /// kind; or as <see cref="SegmentationReader.Read"/> and <see cref="StructureSetReader.Read"/>.</exception>
    public static LabelVolume? Read(string path, LabelImportOptions options, CancellationToken cancellation)
    {
        if (Open(path, DicomSelection.Segmentation, cancellation) is not { } file) return null;
        var source = new VolumeSource(Path.GetFileNameWithoutExtension(path), path);
        string? sopClass = file.Dataset.Uid(DicomTag.SopClassUid) ?? file.Meta.Uid(DicomTag.MediaStorageSopClassUid);
        return sopClass switch
        {
            SegmentationFile.SopClass or SegmentationFile.LabelMapSopClass => SegmentationReader.Read(file, source, options, cancellation),
            StructureSetWriter.SopClass when Open(path, DicomSelection.StructureSet, cancellation) is { } set =>
                StructureSetReader.Read(set, source, options, cancellation),
            _ => throw new CoreException(Fault.DicomFileInvalid,
                $"'{path}' is a DICOM object, but neither a segmentation nor a structure set.", path, "Read a CT with Import-CtSeries."),
        };
    }

    private static DicomFile? Open(string path, DicomSelection selection, CancellationToken cancellation)
    {
        if (!File.Exists(path)) throw new CoreException(Fault.FileNotFound, $"'{path}' does not exist.", path, "Check the path.");
        try
        {
            return DicomFile.ReadHeader(new DicomDiskFile(path), selection, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CoreException(Fault.FileReadFailed,
                $"'{path}' cannot be read: {e.Message}", path, "Check the file and its access rights.", e);
        }
    }
}
