namespace PancreasSeg.Dicom;

/// <summary>One frame of a segmentation as its functional groups describe it.</summary>
/// <param name="Segment">Number of its segment; 0 in a label map, whose pixels say it.</param>
/// <param name="Plane">Where its pixels lie.</param>
/// <param name="Attributes">Its attributes, those of its own group before the shared ones.</param>
internal sealed record SegmentationFrame(int Segment, PlaneGeometry Plane, FrameAttributes Attributes);
