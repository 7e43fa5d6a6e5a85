namespace PancreasSeg.Dicom;

/// <summary>
/// The one place where what a header says of a patient leaves the source: it goes as raw bytes from the file into the object that is
/// filed beside it, and never becomes text, a result, a message, a log or a name.
/// </summary>
internal static class SourceModules
{
    private static readonly uint[] s_required =
    [
        DicomTag.PatientName, DicomTag.PatientId, DicomTag.PatientBirthDate, DicomTag.PatientSex,
        DicomTag.StudyDate, DicomTag.StudyTime, DicomTag.AccessionNumber, DicomTag.ReferringPhysicianName, DicomTag.StudyId,
    ];

    private static readonly uint[] s_optional =
    [
        DicomTag.SpecificCharacterSet, DicomTag.StudyInstanceUid, DicomTag.StudyDescription,
        DicomTag.IssuerOfPatientId, DicomTag.PatientAge, DicomTag.PatientSize, DicomTag.PatientWeight,
        DicomTag.PatientIdentityRemoved, DicomTag.DeidentificationMethod,
    ];

    private static readonly uint[] s_equipment =
        [DicomTag.Manufacturer, DicomTag.ManufacturerModelName, DicomTag.DeviceSerialNumber, DicomTag.SoftwareVersions];

    private static readonly uint[] s_code = [DicomTag.CodeValue, DicomTag.CodingSchemeDesignator, DicomTag.CodeMeaning];

    private static readonly DicomSelection s_selection = new(
        tag => s_required.Contains(tag) || s_optional.Contains(tag) || s_equipment.Contains(tag) || s_code.Contains(tag),
        tag => tag == DicomTag.DeidentificationMethodCodeSequence);

    /// <summary>
    /// Copies patient, study and character set of a source byte for byte, and its equipment as a contribution (DICOM PS3.3 C.7.1.1,
    /// C.7.2.1, C.7.2.2, C.12.1.1.5). What the source lacks is empty where the standard asks for it, and never made up.
    /// </summary>
    /// <param name="source">An image of the source; its header is read anew.</param>
    /// <param name="target">The object.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileReadFailed"/>; <see cref="Fault.DicomFileInvalid"/>: no study.</exception>
    public static void Copy(DicomSource source, DicomItem target, CancellationToken cancellation)
    {
        DicomDataset header = Read(source, cancellation);
        foreach (uint tag in s_required) target.Raw(tag, header.Raw(tag));
        foreach (uint tag in s_optional.Where(header.Has)) target.Raw(tag, header.Raw(tag));
        DicomItem[] methods = [.. header.Items(DicomTag.DeidentificationMethodCodeSequence).Select(method => Part(method, s_code))];
        if (methods.Length > 0) target.Sequence(DicomTag.DeidentificationMethodCodeSequence, methods);
        if (header.Has(DicomTag.Manufacturer))
            target.Sequence(DicomTag.ContributingEquipmentSequence, Part(header, s_equipment)
                .Code(DicomTag.PurposeOfReferenceCodeSequence, new DicomCode("109101", "DCM", "Acquisition Equipment")));
        if (!header.Has(DicomTag.StudyInstanceUid))
            throw new CoreException(Fault.DicomFileInvalid,
                $"'{source.Path}' has no Study Instance UID (0020,000D).", source.Path, "Copy the file again from its source.");
    }

    private static DicomItem Part(DicomDataset from, uint[] tags)
    {
        var item = new DicomItem();
        foreach (uint tag in tags.Where(from.Has)) item.Raw(tag, from.Raw(tag));
        return item;
    }

    private static DicomDataset Read(DicomSource source, CancellationToken cancellation)
    {
        try
        {
            if (DicomFile.ReadHeader(source, s_selection, cancellation) is { } file) return file.Dataset;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CoreException(Fault.FileReadFailed,
                $"'{source.Path}' cannot be read: {e.Message}", source.Path, "Check the file and its access rights.", e);
        }
        throw new CoreException(Fault.DicomFileInvalid,
            $"'{source.Path}' is no longer a DICOM file.", source.Path, "Copy the file again from its source.");
    }
}
