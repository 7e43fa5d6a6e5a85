namespace PancreasSeg.Dicom;

/// <summary>Writes volume and mean HU as Comprehensive SR after template TID 1500, Measurement Report (PS3.16).</summary>
internal static class MeasurementReportWriter
{
    public const string SopClass = "1.2.840.10008.5.1.4.1.1.88.33";

    /// <summary>Writes one report.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="header">Source, segments and options.</param>
    /// <param name="measurements">One for each structure.</param>
    /// <param name="comment">What a reader should know, e.g. the status; ASCII.</param>
    /// <param name="mask">The labels that were measured, for the report's UID.</param>
    /// <param name="cancellation">Gives it up; no file is left.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/> or <see cref="Fault.NoClobber"/>.</exception>
    public static void Write(string path, DerivedObject header, IReadOnlyList<SegmentMeasurement> measurements, string comment,
        ReadOnlyMemory<byte> mask, CancellationToken cancellation)
    {
        DicomItem item = header.Create(SopClass, header.InstanceUid(mask.Span), "SR", cancellation);
        DicomItem series = new DicomItem()
            .Text(DicomTag.SeriesInstanceUid, header.Source.Info.SeriesInstanceUid)
            .Sequence(DicomTag.ReferencedSopSequence, DerivedObject.Instances(header.Source.Slices));
        DicomItem[] segmentations = [.. measurements.Select(m => m.Mask).OfType<SegmentReference>().DistinctBy(mask => mask.InstanceUid)
            .Select(mask => new DicomItem()
            .Text(DicomTag.SeriesInstanceUid, mask.SeriesUid)
            .Sequence(DicomTag.ReferencedSopSequence, mask.ToItem()))];
        header.Stamp(item, DicomTag.ContentDate, DicomTag.ContentTime)
            .Sequence(DicomTag.ReferencedPerformedProcedureStepSequence)
            .Sequence(DicomTag.PerformedProcedureCodeSequence)
            .Sequence(DicomTag.CurrentRequestedProcedureEvidenceSequence, new DicomItem()
                .Raw(DicomTag.StudyInstanceUid, item.BytesOf(DicomTag.StudyInstanceUid))
                .Sequence(DicomTag.ReferencedSeriesSequence, [series, .. segmentations]))
            .Text(DicomTag.CompletionFlag, "COMPLETE")
            .Text(DicomTag.VerificationFlag, "UNVERIFIED")
            .Text(DicomTag.PreliminaryFlag, "PRELIMINARY");
        ContentItem.Fill(item, new("126000", "DCM", "Imaging Measurement Report"), "1500",
            ContentItem.Code("HAS CONCEPT MOD", new("121049", "DCM", "Language of Content Item and Descendants"),
                new("eng", "RFC5646", "English")),
            ContentItem.Code("HAS OBS CONTEXT", new("121005", "DCM", "Observer Type"), new("121007", "DCM", "Device")),
            ContentItem.Uid("HAS OBS CONTEXT", new("121012", "DCM", "Device Observer UID"),
                DicomUid.Of("device", DerivedObject.Version, header.Options.Origin.ModelSha256 ?? "")),
            ContentItem.Text("HAS OBS CONTEXT", new("121013", "DCM", "Device Observer Name"), DerivedObject.Model),
            ContentItem.Text("HAS OBS CONTEXT", new("121014", "DCM", "Device Observer Manufacturer"), DerivedObject.Manufacturer),
            ContentItem.Text("HAS OBS CONTEXT", new("121015", "DCM", "Device Observer Model Name"), DerivedObject.Model),
            ContentItem.Code("HAS CONCEPT MOD", new("121058", "DCM", "Procedure reported"), new("77477000", "SCT", "Computed tomography")),
            ContentItem.Container("CONTAINS", new("126010", "DCM", "Imaging Measurements"), null,
                [.. measurements.Select(m => Group(header, m, comment))]));
        AtomicFile.Write(path, header.Options.Overwrite, stream => DicomFileWriter.Write(stream, item, DicomEncoding.Explicit));
    }

    private static DicomItem Group(DerivedObject header, SegmentMeasurement measurement, string comment)
    {
        DicomSegment segment = measurement.Segment;
        AnatomicStructure structure = segment.Structure;
        DicomItem finding = ContentItem.Code("CONTAINS", new("121071", "DCM", "Finding"), new(structure.Code, "SCT", structure.Meaning));
        List<DicomItem> items =
        [
            ContentItem.Text("HAS OBS CONTEXT", new("112039", "DCM", "Tracking Identifier"), DerivedObject.TrackingId(segment)),
            ContentItem.Uid("HAS OBS CONTEXT", new("112040", "DCM", "Tracking Unique Identifier"), header.TrackingUid(segment)),
            finding,
        ];
        if (structure.Side != BodySide.None)
            finding.Sequence(DicomTag.ContentSequence,
                ContentItem.Code("HAS CONCEPT MOD", new("272741003", "SCT", "Laterality"), structure.SideCode));
        if (measurement.Mask is { } mask)
        {
            items.Add(ContentItem.Image("CONTAINS", new("121191", "DCM", "Referenced Segment"),
                mask.ToItem().UInt16(DicomTag.ReferencedSegmentNumber, (ushort)mask.Number)));
            items.Add(ContentItem.Uid("CONTAINS", new("121232", "DCM", "Source series for segmentation"),
                header.Source.Info.SeriesInstanceUid));
        }
        items.Add(ContentItem.Number("CONTAINS", new("118565006", "SCT", "Volume"), measurement.VolumeMl, new("mL", "UCUM", "milliliter")));
        if (measurement.MeanHu is { } hu)
        {
            items.Add(ContentItem.Number("CONTAINS", new("112031", "DCM", "Attenuation Coefficient"), hu,
                new("[hnsf'U]", "UCUM", "Hounsfield unit"))
                .Sequence(DicomTag.ContentSequence,
                    ContentItem.Code("HAS CONCEPT MOD", new("121401", "DCM", "Derivation"), new("373098007", "SCT", "Mean"))));
        }
        if (header.Options.Origin.IsAutomatic)
        {
            items.Insert(3, ContentItem.Text("HAS CONCEPT MOD", new("111001", "DCM", "Algorithm Name"), DerivedObject.Model));
            items.Insert(4, ContentItem.Text("HAS CONCEPT MOD", new("111003", "DCM", "Algorithm Version"), header.AlgorithmVersion));
        }
        items.Add(ContentItem.Text("CONTAINS", new("121106", "DCM", "Comment"), comment));
        return ContentItem.Container("CONTAINS", new("125007", "DCM", "Measurement Group"), measurement.Mask is null ? "1501" : "1411",
            [.. items]);
    }
}
