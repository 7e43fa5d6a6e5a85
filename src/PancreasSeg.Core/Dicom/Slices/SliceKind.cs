namespace PancreasSeg.Dicom;

/// <summary>What a file of a series is, before its geometry is looked at. Kinds are never stacked together.</summary>
internal enum SliceKind
{
    Ct,
    Localizer,
    SecondaryCapture,
    Other,
}
