using System.Collections.Frozen;
using static PancreasSeg.Dicom.DicomTag;

namespace PancreasSeg.Dicom;

/// <summary>The value representation of each element that is written (DICOM PS3.6).</summary>
internal static class DicomDictionary
{
    private static readonly FrozenDictionary<uint, string> s_vr = ((KeyValuePair<uint, string>[])
    [
        .. Vr("AS",
            PatientAge),
        .. Vr("AT",
            DimensionIndexPointer, FunctionalGroupPointer),
        .. Vr("CS",
            SpecificCharacterSet, ConversionType, MappingResource, PatientSex, PatientIdentityRemoved, BodyPartExamined,
            PatientOrientation, DimensionOrganizationType, SpatialLocationsPreserved, LossyImageCompressionMethod,
            RelationshipType, DicomTag.ValueType, ContinuityOfContent, CompletionFlag, VerificationFlag, PreliminaryFlag,
            TemplateIdentifier, SegmentationType, SegmentationFractionalType, SegmentAlgorithmType, SegmentsOverlap, ContentLabel,
            RoiGenerationAlgorithm, ContourGeometricType, RtRoiInterpretedType, ApprovalStatus, ImageType, Modality,
            PhotometricInterpretation, BurnedInAnnotation, LossyImageCompression),
        .. Vr("DA",
            StudyDate, ContentDate, PatientBirthDate, DateOfSecondaryCapture, StructureSetDate, SeriesDate),
        .. Vr("DS",
            PatientSize, PatientWeight, SpacingBetweenSlices, LossyImageCompressionRatio, NumericValue, ContourData,
            SliceThickness, ImagePositionPatient, ImageOrientationPatient, PixelSpacing),
        .. Vr("IS",
            ReferencedFrameNumber, InstanceNumber, RoiNumber, RoiDisplayColor, NumberOfContourPoints, ContourNumber,
            ObservationNumber, ReferencedRoiNumber, SeriesNumber, NumberOfFrames),
        .. Vr("LO",
            Manufacturer, CodeMeaning, StudyDescription, ManufacturerModelName, IssuerOfPatientId, DeidentificationMethod,
            DeviceSerialNumber, SoftwareVersions, PositionReferenceIndicator, DimensionDescriptionLabel, SegmentLabel,
            SegmentAlgorithmName, AlgorithmVersion, AlgorithmName, ContentDescription, StructureSetName, RoiName,
            RoiGenerationDescription, SeriesDescription, PatientId),
        .. Vr("LT",
            AlgorithmParameters),
        .. Vr("OB",
            FileMetaInformationVersion, PixelData),
        .. Vr("PN",
            ReferringPhysicianName, OperatorsName, ContentCreatorName, RoiInterpreter, PatientName),
        .. Vr("SH",
            ImplementationVersionName, AccessionNumber, CodeValue, CodingSchemeDesignator, StudyId, StructureSetLabel),
        .. Vr("SQ",
            ReferencedPerformedProcedureStepSequence, ReferencedSeriesSequence, ReferencedInstanceSequence,
            ReferencedSopSequence, SourceImageSequence, DerivationImageSequence, DerivationCodeSequence,
            DeidentificationMethodCodeSequence, ContributingEquipmentSequence, DimensionOrganizationSequence,
            DimensionIndexSequence, MeasurementUnitsCodeSequence, ConceptNameCodeSequence, ConceptCodeSequence,
            PurposeOfReferenceCodeSequence, MeasuredValueSequence, PerformedProcedureCodeSequence,
            CurrentRequestedProcedureEvidenceSequence, ContentTemplateSequence, ContentSequence, SegmentSequence,
            SegmentedPropertyCategoryCodeSequence, SegmentationAlgorithmIdentificationSequence, SegmentIdentificationSequence,
            SegmentedPropertyTypeCodeSequence, SegmentedPropertyTypeModifierCodeSequence, AlgorithmFamilyCodeSequence,
            ReferencedFrameOfReferenceSequence, RtReferencedStudySequence, RtReferencedSeriesSequence, ContourImageSequence,
            StructureSetRoiSequence, RoiContourSequence, ContourSequence, RtRoiObservationsSequence,
            RtRoiIdentificationCodeSequence, FrameContentSequence, PlanePositionSequence, PlaneOrientationSequence,
            PixelMeasuresSequence, SharedFunctionalGroupsSequence, PerFrameFunctionalGroupsSequence),
        .. Vr("ST",
            DerivationDescription),
        .. Vr("TM",
            StudyTime, ContentTime, TimeOfSecondaryCapture, StructureSetTime, SeriesTime),
        .. Vr("UI",
            ImplementationClassUid, ReferencedSopClassUid, ReferencedSopInstanceUid, StudyInstanceUid, DimensionOrganizationUid,
            UidValue, TrackingUid, ReferencedFrameOfReferenceUid, MediaStorageSopClassUid, MediaStorageSopInstanceUid,
            TransferSyntaxUid, SopClassUid, SopInstanceUid, SeriesInstanceUid, FrameOfReferenceUid),
        .. Vr("UL",
            FileMetaInformationGroupLength, DimensionIndexValues),
        .. Vr("US",
            PlanarConfiguration, SegmentNumber, ReferencedSegmentNumber, RecommendedDisplayCieLabValue, MaximumFractionalValue,
            SamplesPerPixel, Rows, Columns, BitsAllocated, BitsStored, HighBit, PixelRepresentation),
        .. Vr("UT",
            TextValue, TrackingId),
    ]).ToFrozenDictionary();

    /// <summary>Two capital letters.</summary>
    /// <exception cref="ArgumentException">The element is not in the dictionary.</exception>
    public static string VrOf(uint tag) =>
        s_vr.GetValueOrDefault(tag) ?? throw new ArgumentException($"The value representation of {Format(tag)} is not known.", nameof(tag));

    private static IEnumerable<KeyValuePair<uint, string>> Vr(string vr, params uint[] tags) =>
        tags.Select(tag => KeyValuePair.Create(tag, vr));
}
