namespace PancreasSeg.Dicom;

/// <summary>Writes a picture as Secondary Capture (PS3.3 A.8.1).</summary>
internal static class SecondaryCaptureWriter
{
    public const string SopClass = "1.2.840.10008.5.1.4.1.1.7";

    /// <summary>Writes one picture.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="header">Source, segments and options.</param>
    /// <param name="rgb">Red, green and blue of each pixel, row by row.</param>
    /// <param name="columns">Pixels per row.</param>
    /// <param name="mask">The labels that the picture shows, for its UID.</param>
    /// <param name="cancellation">Gives it up; no file is left.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/> or <see cref="Fault.NoClobber"/>.</exception>
    public static void Write(string path, DerivedObject header, byte[] rgb, int columns, ReadOnlyMemory<byte> mask,
        CancellationToken cancellation)
    {
        DicomItem item = header.Create(SopClass, header.InstanceUid(mask.Span), "OT", cancellation);
        header.Stamp(item, DicomTag.ContentDate, DicomTag.ContentTime);
        header.Stamp(item, DicomTag.DateOfSecondaryCapture, DicomTag.TimeOfSecondaryCapture)
            .Text(DicomTag.ConversionType, "WSD")
            .Text(DicomTag.ImageType, "DERIVED", "SECONDARY", "PREVIEW")
            .Text(DicomTag.DerivationDescription, "CT with the outline of an automatic segmentation. Not for diagnostic use.")
            .Text(DicomTag.BodyPartExamined, "ABDOMEN")
            .Empty(DicomTag.PatientOrientation)
            .Text(DicomTag.BurnedInAnnotation, "YES")
            .Text(DicomTag.LossyImageCompression, "00")
            .UInt16(DicomTag.SamplesPerPixel, 3)
            .Text(DicomTag.PhotometricInterpretation, "RGB")
            .UInt16(DicomTag.PlanarConfiguration, 0)
            .UInt16(DicomTag.Rows, (ushort)(rgb.Length / 3 / columns))
            .UInt16(DicomTag.Columns, (ushort)columns)
            .UInt16(DicomTag.BitsAllocated, 8)
            .UInt16(DicomTag.BitsStored, 8)
            .UInt16(DicomTag.HighBit, 7)
            .UInt16(DicomTag.PixelRepresentation, 0)
            .Raw(DicomTag.PixelData, rgb);
        AtomicFile.Write(path, header.Options.Overwrite, stream => DicomFileWriter.Write(stream, item, DicomEncoding.Explicit));
    }
}
