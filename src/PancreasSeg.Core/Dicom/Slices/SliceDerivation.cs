namespace PancreasSeg.Dicom;

/// <summary>What was made of the scanner's slices before they were stored, where their values are no longer those of one slice.</summary>
internal enum SliceDerivation
{
    None,
    Maximum,
    Minimum,
    Average,
    Map,
}
