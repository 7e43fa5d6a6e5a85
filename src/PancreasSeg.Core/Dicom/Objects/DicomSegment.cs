namespace PancreasSeg.Dicom;

/// <summary>What a label of a mask is.</summary>
/// <param name="Label">The label, not 0.</param>
/// <param name="Structure">The structure of the body.</param>
public sealed record DicomSegment(byte Label, AnatomicStructure Structure);
