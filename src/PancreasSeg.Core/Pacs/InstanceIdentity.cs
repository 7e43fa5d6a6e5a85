using PancreasSeg.Dicom;

namespace PancreasSeg.Pacs;

/// <summary>Which instance a DICOM file holds.</summary>
/// <param name="Path">Full path of the file.</param>
/// <param name="Length">Bytes of the file.</param>
/// <param name="SopInstanceUid">The instance.</param>
/// <param name="SeriesInstanceUid">Its series.</param>
/// <param name="StudyInstanceUid">Its study.</param>
internal sealed record InstanceIdentity(
    string Path, long Length, string SopInstanceUid, string SeriesInstanceUid, string StudyInstanceUid)
{
    private static readonly DicomSelection s_selection = new(
        tag => tag is DicomTag.SopClassUid or DicomTag.SopInstanceUid or DicomTag.SeriesInstanceUid or DicomTag.StudyInstanceUid, _ => false);

    /// <summary>Reads it from the header.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="CoreException"><see cref="Fault.DicomFileInvalid"/>: no DICOM, damaged, or without one of the UIDs;
    /// <see cref="Fault.FileReadFailed"/>.</exception>
    public static InstanceIdentity Read(string path, CancellationToken cancellation)
    {
        DicomFile file = FileFault.Reading(path, () => DicomFile.ReadHeader(new DicomDiskFile(path), s_selection, cancellation))
            ?? throw Invalid(path, "is no DICOM file");
        if (file.Damage is { } damage) throw Invalid(path, $"is damaged: {damage.TrimEnd('.')}");
        string? Uid(uint tag) => file.Dataset.Uid(tag) is { } uid && DicomUid.IsWellFormed(uid) ? uid : null;
        return Uid(DicomTag.SopInstanceUid) is { } instance && Uid(DicomTag.SeriesInstanceUid) is { } series
            && Uid(DicomTag.StudyInstanceUid) is { } study ? new InstanceIdentity(path, file.Length, instance, series, study)
            : throw Invalid(path, "has no UID of its instance, series or study");
    }

    private static CoreException Invalid(string path, string what) =>
        new(Fault.DicomFileInvalid, $"'{path}' {what}.", path, "Give DICOM files as a scanner, archive or export wrote them.");
}
