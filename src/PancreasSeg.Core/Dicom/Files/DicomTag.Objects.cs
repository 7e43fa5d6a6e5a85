namespace PancreasSeg.Dicom;

/// <content>Elements of the objects that are written: segmentations, structure sets, secondary captures and reports.</content>
internal static partial class DicomTag
{
    public const uint FileMetaInformationGroupLength = 0x0002_0000;
    public const uint FileMetaInformationVersion = 0x0002_0001;
    public const uint ImplementationClassUid = 0x0002_0012;
    public const uint ImplementationVersionName = 0x0002_0013;

    public const uint SpecificCharacterSet = 0x0008_0005;
    public const uint StudyDate = 0x0008_0020;
    public const uint ContentDate = 0x0008_0023;
    public const uint StudyTime = 0x0008_0030;
    public const uint ContentTime = 0x0008_0033;
    public const uint AccessionNumber = 0x0008_0050;
    public const uint ConversionType = 0x0008_0064;
    public const uint Manufacturer = 0x0008_0070;
    public const uint ReferringPhysicianName = 0x0008_0090;
    public const uint CodeValue = 0x0008_0100;
    public const uint CodingSchemeDesignator = 0x0008_0102;
    public const uint CodeMeaning = 0x0008_0104;
    public const uint MappingResource = 0x0008_0105;
    public const uint StudyDescription = 0x0008_1030;
    public const uint OperatorsName = 0x0008_1070;
    public const uint ManufacturerModelName = 0x0008_1090;
    public const uint ReferencedPerformedProcedureStepSequence = 0x0008_1111;
    public const uint ReferencedSeriesSequence = 0x0008_1115;
    public const uint ReferencedInstanceSequence = 0x0008_114A;
    public const uint ReferencedSopClassUid = 0x0008_1150;
    public const uint ReferencedSopInstanceUid = 0x0008_1155;
    public const uint ReferencedFrameNumber = 0x0008_1160;
    public const uint ReferencedSopSequence = 0x0008_1199;
    public const uint DerivationDescription = 0x0008_2111;
    public const uint SourceImageSequence = 0x0008_2112;
    public const uint DerivationImageSequence = 0x0008_9124;
    public const uint DerivationCodeSequence = 0x0008_9215;

    public const uint IssuerOfPatientId = 0x0010_0021;
    public const uint PatientBirthDate = 0x0010_0030;
    public const uint PatientSex = 0x0010_0040;
    public const uint PatientAge = 0x0010_1010;
    public const uint PatientSize = 0x0010_1020;
    public const uint PatientWeight = 0x0010_1030;

    public const uint PatientIdentityRemoved = 0x0012_0062;
    public const uint DeidentificationMethod = 0x0012_0063;
    public const uint DeidentificationMethodCodeSequence = 0x0012_0064;

    public const uint BodyPartExamined = 0x0018_0015;
    public const uint SpacingBetweenSlices = 0x0018_0088;
    public const uint DeviceSerialNumber = 0x0018_1000;
    public const uint DateOfSecondaryCapture = 0x0018_1012;
    public const uint TimeOfSecondaryCapture = 0x0018_1014;
    public const uint SoftwareVersions = 0x0018_1020;
    public const uint ContributingEquipmentSequence = 0x0018_A001;

    public const uint StudyInstanceUid = 0x0020_000D;
    public const uint StudyId = 0x0020_0010;
    public const uint InstanceNumber = 0x0020_0013;
    public const uint PatientOrientation = 0x0020_0020;
    public const uint PositionReferenceIndicator = 0x0020_1040;
    public const uint DimensionIndexValues = 0x0020_9157;
    public const uint DimensionOrganizationUid = 0x0020_9164;
    public const uint DimensionIndexPointer = 0x0020_9165;
    public const uint FunctionalGroupPointer = 0x0020_9167;
    public const uint DimensionOrganizationSequence = 0x0020_9221;
    public const uint DimensionIndexSequence = 0x0020_9222;
    public const uint DimensionOrganizationType = 0x0020_9311;
    public const uint DimensionDescriptionLabel = 0x0020_9421;

    public const uint PlanarConfiguration = 0x0028_0006;
    public const uint SpatialLocationsPreserved = 0x0028_135A;
    public const uint LossyImageCompressionRatio = 0x0028_2112;
    public const uint LossyImageCompressionMethod = 0x0028_2114;

    public const uint MeasurementUnitsCodeSequence = 0x0040_08EA;
    public const uint RelationshipType = 0x0040_A010;
    public const uint ValueType = 0x0040_A040;
    public const uint ConceptNameCodeSequence = 0x0040_A043;
    public const uint ContinuityOfContent = 0x0040_A050;
    public const uint UidValue = 0x0040_A124;
    public const uint TextValue = 0x0040_A160;
    public const uint ConceptCodeSequence = 0x0040_A168;
    public const uint PurposeOfReferenceCodeSequence = 0x0040_A170;
    public const uint MeasuredValueSequence = 0x0040_A300;
    public const uint NumericValue = 0x0040_A30A;
    public const uint PerformedProcedureCodeSequence = 0x0040_A372;
    public const uint CurrentRequestedProcedureEvidenceSequence = 0x0040_A375;
    public const uint CompletionFlag = 0x0040_A491;
    public const uint VerificationFlag = 0x0040_A493;
    public const uint PreliminaryFlag = 0x0040_A496;
    public const uint ContentTemplateSequence = 0x0040_A504;
    public const uint ContentSequence = 0x0040_A730;
    public const uint TemplateIdentifier = 0x0040_DB00;

    public const uint SegmentationType = 0x0062_0001;
    public const uint SegmentSequence = 0x0062_0002;
    public const uint SegmentedPropertyCategoryCodeSequence = 0x0062_0003;
    public const uint SegmentNumber = 0x0062_0004;
    public const uint SegmentLabel = 0x0062_0005;
    public const uint SegmentationAlgorithmIdentificationSequence = 0x0062_0007;
    public const uint SegmentAlgorithmType = 0x0062_0008;
    public const uint SegmentAlgorithmName = 0x0062_0009;
    public const uint SegmentIdentificationSequence = 0x0062_000A;
    public const uint ReferencedSegmentNumber = 0x0062_000B;
    public const uint RecommendedDisplayCieLabValue = 0x0062_000D;
    public const uint MaximumFractionalValue = 0x0062_000E;
    public const uint SegmentedPropertyTypeCodeSequence = 0x0062_000F;
    public const uint SegmentationFractionalType = 0x0062_0010;
    public const uint SegmentedPropertyTypeModifierCodeSequence = 0x0062_0011;
    public const uint SegmentsOverlap = 0x0062_0013;
    public const uint TrackingId = 0x0062_0020;
    public const uint TrackingUid = 0x0062_0021;

    public const uint AlgorithmFamilyCodeSequence = 0x0066_002F;
    public const uint AlgorithmVersion = 0x0066_0031;
    public const uint AlgorithmParameters = 0x0066_0032;
    public const uint AlgorithmName = 0x0066_0036;

    public const uint ContentLabel = 0x0070_0080;
    public const uint ContentDescription = 0x0070_0081;
    public const uint ContentCreatorName = 0x0070_0084;

    public const uint StructureSetLabel = 0x3006_0002;
    public const uint StructureSetName = 0x3006_0004;
    public const uint StructureSetDate = 0x3006_0008;
    public const uint StructureSetTime = 0x3006_0009;
    public const uint ReferencedFrameOfReferenceSequence = 0x3006_0010;
    public const uint RtReferencedStudySequence = 0x3006_0012;
    public const uint RtReferencedSeriesSequence = 0x3006_0014;
    public const uint ContourImageSequence = 0x3006_0016;
    public const uint StructureSetRoiSequence = 0x3006_0020;
    public const uint RoiNumber = 0x3006_0022;
    public const uint ReferencedFrameOfReferenceUid = 0x3006_0024;
    public const uint RoiName = 0x3006_0026;
    public const uint RoiDisplayColor = 0x3006_002A;
    public const uint RoiGenerationAlgorithm = 0x3006_0036;
    public const uint RoiGenerationDescription = 0x3006_0038;
    public const uint RoiContourSequence = 0x3006_0039;
    public const uint ContourSequence = 0x3006_0040;
    public const uint ContourGeometricType = 0x3006_0042;
    public const uint NumberOfContourPoints = 0x3006_0046;
    public const uint ContourNumber = 0x3006_0048;
    public const uint ContourData = 0x3006_0050;
    public const uint RtRoiObservationsSequence = 0x3006_0080;
    public const uint ObservationNumber = 0x3006_0082;
    public const uint ReferencedRoiNumber = 0x3006_0084;
    public const uint RtRoiIdentificationCodeSequence = 0x3006_0086;
    public const uint RtRoiInterpretedType = 0x3006_00A4;
    public const uint RoiInterpreter = 0x3006_00A6;

    public const uint ApprovalStatus = 0x300E_0002;
}
