namespace PancreasSeg.Dicom;

/// <summary>Takes the samples of one frame, row by row.</summary>
internal delegate void SegmentationConsumer(int frame, ReadOnlySpan<ushort> samples);
