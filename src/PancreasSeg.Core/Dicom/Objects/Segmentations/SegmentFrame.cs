namespace PancreasSeg.Dicom;

/// <summary>One frame to be written: which segment on which slice of the source, both from 0.</summary>
internal readonly record struct SegmentFrame(int Segment, int Slice);
