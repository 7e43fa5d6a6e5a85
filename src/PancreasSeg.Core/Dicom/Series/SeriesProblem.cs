namespace PancreasSeg.Dicom;

/// <summary>What keeps a series from being imported, found without reading pixels.</summary>
/// <param name="Reason">The kind.</param>
/// <param name="Detail">One plain sentence with the slice, position or value.</param>
/// <param name="File">The file at fault, where it is one.</param>
/// <param name="Remedy">What to do, where it is not the same for all of the kind.</param>
internal sealed record SeriesProblem(SeriesReason Reason, string Detail, string? File = null, string? Remedy = null)
{
    /// <summary>The exception to throw when such a series is read nevertheless.</summary>
    public CoreException ToException(string path) => new(FaultOf(Reason), Detail, File ?? path, Remedy ?? RemedyOf(Reason));

    private static Fault FaultOf(SeriesReason reason) => reason switch
    {
        SeriesReason.Damaged => Fault.DicomFileInvalid,
        SeriesReason.PixelFormatNotSupported => Fault.DicomPixelFormatNotSupported,
        SeriesReason.TransferSyntaxNotSupported => Fault.DicomTransferSyntaxNotSupported,
        SeriesReason.GeometryInvalid => Fault.DicomGeometryInvalid,
        SeriesReason.MixedSeries => Fault.DicomSeriesMixed,
        SeriesReason.DuplicatePositions => Fault.SliceDuplicated,
        SeriesReason.SliceMissing => Fault.SliceMissing,
        SeriesReason.IrregularSpacing => Fault.SliceSpacingIrregular,
        SeriesReason.Sheared => Fault.SliceStackSheared,
        SeriesReason.RescaleInvalid => Fault.DicomRescaleInvalid,
        SeriesReason.TooLarge => Fault.VolumeTooLarge,
        _ => Fault.DicomSeriesEmpty,
    };

    private static string RemedyOf(SeriesReason reason) => reason switch
    {
        SeriesReason.Damaged => "Copy the file again from its source, or take it out of the folder.",
        SeriesReason.PixelFormatNotSupported => "Export the series again as monochrome CT images of 8 or 16 bits.",
        SeriesReason.TransferSyntaxNotSupported =>
            "Convert the files first, e.g. with GDCM: gdcmconv --raw in.dcm out.dcm",
        SeriesReason.MixedSeries or SeriesReason.DuplicatePositions =>
            "Put the files that belong together into a folder of their own.",
        SeriesReason.SliceMissing => "Fetch the missing slice, or resample the series with -Regularize.",
        SeriesReason.IrregularSpacing or SeriesReason.Sheared => "Resample the series onto a regular grid with -Regularize.",
        SeriesReason.TooLarge => "Raise the limit with -MaxVoxelCount if the series is real.",
        SeriesReason.MaximumProjection or SeriesReason.MinimumProjection or SeriesReason.AverageProjection
            or SeriesReason.CalculatedMap => "Take the original series; if this one is meant, choose it with -SeriesInstanceUid.",
        _ => "Choose another series; Get-CtSeries lists them.",
    };
}
