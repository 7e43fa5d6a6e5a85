namespace PancreasSeg.Dicom;

/// <summary>Where a structure is found in a segmentation object.</summary>
/// <param name="SeriesUid">SeriesInstanceUID of the segmentation.</param>
/// <param name="InstanceUid">Its SOP instance UID.</param>
/// <param name="Number">Number of the segment, from 1.</param>
internal sealed record SegmentReference(string SeriesUid, string InstanceUid, int Number)
{
    /// <summary>Class and instance of the segmentation.</summary>
    public DicomItem ToItem() => new DicomItem()
        .Text(DicomTag.ReferencedSopClassUid, SegmentationWriter.SopClass).Text(DicomTag.ReferencedSopInstanceUid, InstanceUid);
}
