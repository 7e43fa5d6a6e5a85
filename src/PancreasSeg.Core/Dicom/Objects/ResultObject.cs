namespace PancreasSeg.Dicom;

/// <summary>Objects that are made of a CT and lie beside it: segmentations, structure sets, secondary captures and reports.</summary>
internal static class ResultObject
{
    private const string Reports = "1.2.840.10008.5.1.4.1.1.88.";
    private static readonly DicomSelection s_class = new(tag => tag == DicomTag.SopClassUid, _ => false);

    /// <summary>True for such an object; false for all else, and for what its first bytes do not tell.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static bool Is(string path, CancellationToken cancellation)
    {
        if (DicomFile.ReadHeader(new DicomDiskFile(path), s_class, cancellation) is not { Damage: null } file) return false;
        string? sopClass = file.Dataset.Uid(DicomTag.SopClassUid);
        return sopClass is SegmentationFile.SopClass or SegmentationFile.LabelMapSopClass or StructureSetWriter.SopClass
            or SecondaryCaptureWriter.SopClass
            || sopClass?.StartsWith(SecondaryCaptureWriter.SopClass + ".", StringComparison.Ordinal) == true
            || sopClass?.StartsWith(Reports, StringComparison.Ordinal) == true;
    }
}
