namespace PancreasSeg.Dicom;

/// <summary>What a report says of one structure.</summary>
/// <param name="Segment">The structure.</param>
/// <param name="VolumeMl">Volume in millilitres; 0 for an empty mask.</param>
/// <param name="MeanHu">Mean HU; null for an empty mask.</param>
/// <param name="Mask">The segmentation that holds the mask; null for an empty mask, for which there is none.</param>
internal sealed record SegmentMeasurement(DicomSegment Segment, double VolumeMl, double? MeanHu, SegmentReference? Mask);
