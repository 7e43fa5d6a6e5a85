namespace PancreasSeg.Dicom;

/// <summary>What a parser keeps of a file; everything else is stepped over.</summary>
/// <param name="Keeps">True for an element whose value is kept.</param>
/// <param name="Reads">True for a sequence whose items are read.</param>
/// <param name="MaxValueBytes">Longer values are stepped over.</param>
internal sealed record DicomSelection(Predicate<uint> Keeps, Predicate<uint> Reads, int MaxValueBytes = 4096)
{
    /// <summary>What an image is judged and placed by.</summary>
    public static DicomSelection Image { get; } = new(DicomTag.IsKept, DicomTag.IsReadSequence);

    /// <summary>What a segmentation is read by; nothing of the patient.</summary>
    public static DicomSelection Segmentation { get; } = new(
        tag => tag is DicomTag.SopClassUid or DicomTag.SopInstanceUid or DicomTag.FrameOfReferenceUid or DicomTag.SeriesInstanceUid
            or DicomTag.SegmentationType or DicomTag.MaximumFractionalValue or DicomTag.DimensionOrganizationType
            or DicomTag.NumberOfFrames or DicomTag.Rows or DicomTag.Columns or DicomTag.SamplesPerPixel
            or DicomTag.BitsAllocated or DicomTag.BitsStored or DicomTag.PixelRepresentation
            or DicomTag.PixelSpacing or DicomTag.SliceThickness or DicomTag.SpacingBetweenSlices
            or DicomTag.ImagePositionPatient or DicomTag.ImageOrientationPatient or DicomTag.ReferencedSegmentNumber
            or DicomTag.SegmentNumber or DicomTag.SegmentLabel or DicomTag.CodeValue
            or DicomTag.ReferencedSopInstanceUid or DicomTag.ReferencedFrameNumber,
        tag => tag is DicomTag.SharedFunctionalGroupsSequence or DicomTag.PerFrameFunctionalGroupsSequence
            or DicomTag.PixelMeasuresSequence or DicomTag.PlanePositionSequence or DicomTag.PlaneOrientationSequence
            or DicomTag.SegmentIdentificationSequence or DicomTag.DerivationImageSequence or DicomTag.SourceImageSequence
            or DicomTag.SegmentSequence or DicomTag.SegmentedPropertyTypeCodeSequence
            or DicomTag.ReferencedSeriesSequence or DicomTag.ReferencedInstanceSequence);

    /// <summary>What a structure set is read by; nothing of the patient.</summary>
    public static DicomSelection StructureSet { get; } = new(
        tag => tag is DicomTag.SopClassUid or DicomTag.SopInstanceUid or DicomTag.FrameOfReferenceUid or DicomTag.SeriesInstanceUid
            or DicomTag.ReferencedFrameOfReferenceUid or DicomTag.ReferencedSopInstanceUid or DicomTag.RoiNumber or DicomTag.RoiName
            or DicomTag.ReferencedRoiNumber or DicomTag.ContourGeometricType or DicomTag.NumberOfContourPoints or DicomTag.ContourData,
        tag => tag is DicomTag.ReferencedFrameOfReferenceSequence or DicomTag.RtReferencedStudySequence
            or DicomTag.RtReferencedSeriesSequence
            or DicomTag.ContourImageSequence or DicomTag.StructureSetRoiSequence
            or DicomTag.RoiContourSequence or DicomTag.ContourSequence,
        MaxValueBytes: int.MaxValue);
}
