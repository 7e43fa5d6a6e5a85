namespace PancreasSeg.Dicom;

/// <summary>A coded concept (DICOM PS3.3 section 8).</summary>
/// <param name="Value">At most 16 characters.</param>
/// <param name="Scheme">The coding scheme, e.g. <c>SCT</c> for SNOMED CT.</param>
/// <param name="Meaning">The words for it.</param>
internal sealed record DicomCode(string Value, string Scheme, string Meaning)
{
    /// <summary>The concept as an item of a code sequence.</summary>
    public DicomItem ToItem() => new DicomItem()
        .Text(DicomTag.CodeValue, Value).Text(DicomTag.CodingSchemeDesignator, Scheme).Text(DicomTag.CodeMeaning, Meaning);
}
