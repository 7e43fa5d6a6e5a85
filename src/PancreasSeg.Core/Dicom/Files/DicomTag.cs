using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>The data elements this reader uses, as group &lt;&lt; 16 | element.</summary>
internal static partial class DicomTag
{
    public const uint MediaStorageSopClassUid = 0x0002_0002;
    public const uint MediaStorageSopInstanceUid = 0x0002_0003;
    public const uint TransferSyntaxUid = 0x0002_0010;

    public const uint ImageType = 0x0008_0008;
    public const uint SopClassUid = 0x0008_0016;
    public const uint SopInstanceUid = 0x0008_0018;
    public const uint SeriesDate = 0x0008_0021;
    public const uint AcquisitionDate = 0x0008_0022;
    public const uint SeriesTime = 0x0008_0031;
    public const uint AcquisitionTime = 0x0008_0032;
    public const uint Modality = 0x0008_0060;
    public const uint SeriesDescription = 0x0008_103E;
    public const uint FrameType = 0x0008_9007;
    public const uint VolumeBasedCalculationTechnique = 0x0008_9207;

    public const uint PatientName = 0x0010_0010;
    public const uint PatientId = 0x0010_0020;

    public const uint SliceThickness = 0x0018_0050;
    public const uint Kvp = 0x0018_0060;
    public const uint ConvolutionKernel = 0x0018_1210;
    public const uint CtReconstructionSequence = 0x0018_9314;
    public const uint CtXRayDetailsSequence = 0x0018_9325;
    public const uint CtImageFrameTypeSequence = 0x0018_9329;

    public const uint SeriesInstanceUid = 0x0020_000E;
    public const uint SeriesNumber = 0x0020_0011;
    public const uint AcquisitionNumber = 0x0020_0012;
    public const uint ImagePositionPatient = 0x0020_0032;
    public const uint ImageOrientationPatient = 0x0020_0037;
    public const uint FrameOfReferenceUid = 0x0020_0052;
    public const uint ImagesInAcquisition = 0x0020_1002;
    public const uint FrameContentSequence = 0x0020_9111;
    public const uint PlanePositionSequence = 0x0020_9113;
    public const uint PlaneOrientationSequence = 0x0020_9116;
    public const uint FrameAcquisitionNumber = 0x0020_9156;
    public const uint ConcatenationUid = 0x0020_9161;
    public const uint InConcatenationNumber = 0x0020_9162;
    public const uint InConcatenationTotalNumber = 0x0020_9163;

    public const uint SamplesPerPixel = 0x0028_0002;
    public const uint PhotometricInterpretation = 0x0028_0004;
    public const uint NumberOfFrames = 0x0028_0008;
    public const uint Rows = 0x0028_0010;
    public const uint Columns = 0x0028_0011;
    public const uint PixelSpacing = 0x0028_0030;
    public const uint BitsAllocated = 0x0028_0100;
    public const uint BitsStored = 0x0028_0101;
    public const uint HighBit = 0x0028_0102;
    public const uint PixelRepresentation = 0x0028_0103;
    public const uint PixelPaddingValue = 0x0028_0120;
    public const uint PixelPaddingRangeLimit = 0x0028_0121;
    public const uint BurnedInAnnotation = 0x0028_0301;
    public const uint RescaleIntercept = 0x0028_1052;
    public const uint RescaleSlope = 0x0028_1053;
    public const uint RescaleType = 0x0028_1054;
    public const uint LossyImageCompression = 0x0028_2110;
    public const uint ModalityLutSequence = 0x0028_3000;
    public const uint PixelMeasuresSequence = 0x0028_9110;
    public const uint PixelValueTransformationSequence = 0x0028_9145;

    public const uint SharedFunctionalGroupsSequence = 0x5200_9229;
    public const uint PerFrameFunctionalGroupsSequence = 0x5200_9230;

    public const uint PixelData = 0x7FE0_0010;

    public const uint Item = 0xFFFE_E000;
    public const uint ItemDelimiter = 0xFFFE_E00D;
    public const uint SequenceDelimiter = 0xFFFE_E0DD;

    /// <summary>Sequences whose items are read; all others are stepped over.</summary>
    public static bool IsReadSequence(uint tag) => tag is SharedFunctionalGroupsSequence or PerFrameFunctionalGroupsSequence
        or PixelMeasuresSequence or PlanePositionSequence or PlaneOrientationSequence or PixelValueTransformationSequence
        or FrameContentSequence or CtReconstructionSequence or CtXRayDetailsSequence or CtImageFrameTypeSequence
        or ModalityLutSequence;

    /// <summary>Elements whose values are kept; all others are stepped over.</summary>
    public static bool IsKept(uint tag) => tag is MediaStorageSopClassUid or MediaStorageSopInstanceUid or TransferSyntaxUid
        or ImageType or SopClassUid or SopInstanceUid or Modality or FrameType or VolumeBasedCalculationTechnique
        or PatientName or PatientId or StudyInstanceUid
        or SeriesDate or SeriesTime or AcquisitionDate or AcquisitionTime or SeriesDescription
        or SliceThickness or ConvolutionKernel or Kvp
        or ConcatenationUid or InConcatenationNumber or InConcatenationTotalNumber
        or SeriesInstanceUid or SeriesNumber or AcquisitionNumber or ImagePositionPatient or ImageOrientationPatient
        or FrameOfReferenceUid or PositionReferenceIndicator or ImagesInAcquisition or FrameAcquisitionNumber
        or SamplesPerPixel or PhotometricInterpretation or NumberOfFrames or Rows or Columns or PixelSpacing
        or BitsAllocated or BitsStored or HighBit or PixelRepresentation or BurnedInAnnotation
        or PixelPaddingValue or PixelPaddingRangeLimit
        or RescaleIntercept or RescaleSlope or RescaleType
        or LossyImageCompression or LossyImageCompressionRatio or LossyImageCompressionMethod;

    /// <summary>The usual spelling, e.g. <c>(0028,0010)</c>.</summary>
    public static string Format(uint tag) => Invariant($"({tag >> 16:X4},{tag & 0xFFFF:X4})");
}
