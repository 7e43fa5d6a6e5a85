using PancreasSeg.Dicom;

namespace PancreasSeg.Pacs;

/// <summary>The elements that archives are asked for and answer with.</summary>
internal static class ArchiveTag
{
    public const uint StudyDate = DicomTag.StudyDate;
    public const uint AccessionNumber = DicomTag.AccessionNumber;
    public const uint PatientId = DicomTag.PatientId;
    public const uint SopInstanceUid = DicomTag.SopInstanceUid;
    public const uint StudyInstanceUid = DicomTag.StudyInstanceUid;
    public const uint SeriesInstanceUid = DicomTag.SeriesInstanceUid;
    public const uint SeriesNumber = DicomTag.SeriesNumber;
    public const uint SeriesDescription = DicomTag.SeriesDescription;
    public const uint Modality = DicomTag.Modality;
    public const uint ReferencedSopInstanceUid = DicomTag.ReferencedSopInstanceUid;
    public const uint ReferencedSopSequence = DicomTag.ReferencedSopSequence;
    public const uint WarningReason = 0x0008_1196;
    public const uint FailureReason = 0x0008_1197;
    public const uint FailedSopSequence = 0x0008_1198;
    public const uint SeriesRelatedInstances = 0x0020_1209;
}
