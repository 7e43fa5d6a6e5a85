namespace PancreasSeg.Dicom;

/// <summary>
/// One series as its headers describe it: geometry, and whether and why it can be imported. Carries no patient name,
/// identifier, date or description.
/// </summary>
public sealed record CtSeriesInfo
{
    internal CtSeriesInfo()
    {
    }

    /// <summary>SeriesInstanceUID; empty when the files have none.</summary>
    public required string SeriesInstanceUid { get; init; }

    /// <summary>What tells the series from others under the same UID, e.g. <c>kernel B30f</c> or <c>acquisition 2</c>; empty when it is
    /// the only one.</summary>
    public string Part { get; init; } = "";

    /// <summary>The folder or zip archive that holds all files of the series.</summary>
    public required string Path { get; init; }

    /// <summary>Whether the series can be imported, and why not.</summary>
    public required SeriesReason Reason { get; init; }

    /// <summary>One plain sentence: what the series is, or which slice is at fault.</summary>
    public required string Detail { get; init; }

    /// <summary>True when the series can be imported.</summary>
    public bool IsUsable => Reason == SeriesReason.Usable;

    /// <summary>Modality from the header, e.g. <c>CT</c>.</summary>
    public string? Modality { get; init; }

    /// <summary>Series number from the header.</summary>
    public int? SeriesNumber { get; init; }

    /// <summary>Images in the series, without exact duplicates.</summary>
    public int SliceCount { get; init; }

    /// <summary>Pixels per row.</summary>
    public int Columns { get; init; }

    /// <summary>Pixels per column.</summary>
    public int Rows { get; init; }

    /// <summary>Distance of neighbouring pixel centres along a row and a column, and of slices along their normal (the median
    /// where it varies), in mm; empty where the geometry is unknown.</summary>
    public double[] Spacing { get; init; } = [];

    /// <summary>Slice thickness from the header in mm. Not used as geometry.</summary>
    public double? SliceThickness { get; init; }

    /// <summary>Patient directions of column, row and slice index, e.g. <c>LPS</c>; empty where unknown.</summary>
    public string Orientation { get; init; } = "";

    /// <summary>Size of the stack along column, row and slice index in mm; empty where unknown.</summary>
    public double[] Extent { get; init; } = [];

    /// <summary>Names of the pixel encodings, separated by commas.</summary>
    public string TransferSyntax { get; init; } = "";

    /// <summary>Reconstruction kernel.</summary>
    public string? ConvolutionKernel { get; init; }

    /// <summary>Acquisition number, where all images have the same.</summary>
    public int? AcquisitionNumber { get; init; }

    /// <summary>Full paths, in slice order where the geometry is known; of files in a zip archive its path followed by their
    /// name.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>What a user should know before trusting the values, e.g. lossy compression; in order.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>True when the values are those of projections or calculations, which are read only where they are chosen.</summary>
    internal bool IsDerived => Slices is [{ Kind: SliceKind.Ct, Derivation: not SliceDerivation.None }, ..];

    /// <summary>Series description, to be matched and never told.</summary>
    internal string Description { get; init; } = "";

    /// <summary>When the series was made, to be compared and never told.</summary>
    internal SeriesMoment Moment { get; init; }

    /// <summary>StudyInstanceUID, to be compared; null when the images have none.</summary>
    internal string? StudyInstanceUid => Slices.Select(s => s.StudyInstanceUid).FirstOrDefault(uid => uid is not null);

    /// <summary>A hash of the patient's identifier, to be compared; null when the images have none.</summary>
    internal string? Patient =>
        Slices.Select(s => s.Attributes.Fingerprint(DicomTag.PatientId)).FirstOrDefault(patient => patient is not null);

    /// <summary>Usable series that were not taken, each in words; empty in a listing.</summary>
    internal IReadOnlyList<string> PassedOver { get; init; } = [];

    /// <summary>The images in slice order.</summary>
    internal IReadOnlyList<CtSlice> Slices { get; init; } = [];

    /// <summary>The stack, where the images form one; else null.</summary>
    internal SliceStack? Stack { get; init; }

    /// <summary>True when resampling would make the series usable.</summary>
    internal bool CanRegularize =>
        Stack is not null && !IsDerived && Reason is SeriesReason.SliceMissing or SeriesReason.IrregularSpacing or SeriesReason.Sheared;

    /// <summary>The voxel grid of a regular stack, else null.</summary>
    internal VolumeGrid? Grid { get; init; }

    /// <summary>Why the series is not usable, else null.</summary>
    internal SeriesProblem? Problem { get; init; }

    /// <summary>Why the series cannot be read with these options, which may have other limits than it was listed with.</summary>
    internal SeriesProblem? ProblemUnder(CtSeriesOptions options) =>
        Grid is null ? Problem : IsUsable || IsDerived || Reason == SeriesReason.TooLarge ? SeriesDescriber.FindTooLarge(Slices, options)
            : Problem;
}
