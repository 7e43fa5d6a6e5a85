namespace PancreasSeg.Dicom;

/// <summary>
/// One series as its headers describe it: geometry, and whether and why it can be imported. Carries no patient name,
/// identifier, date or description but where <see cref="Described"/> was asked for.
/// </summary>
public sealed record CtSeriesInfo
{
    internal CtSeriesInfo()
    {
    }

    /// <summary>SeriesInstanceUID; empty when the files have none.</summary>
    public string SeriesInstanceUid { get; internal init; } = "";

    /// <summary>What tells the series from others under the same UID, e.g. <c>kernel B30f</c> or <c>acquisition 2</c>; empty when it is
    /// the only one.</summary>
    public string Part { get; internal init; } = "";

    /// <summary>Where the series lies below the folder that was listed; empty where no folder was.</summary>
    public string Folder { get; internal init; } = "";

    /// <summary>The folder or zip archive that holds all files of the series.</summary>
    public string Path { get; internal init; } = "";

    /// <summary>Whether the series can be imported, and why not.</summary>
    public SeriesReason Reason { get; internal init; }

    /// <summary>One plain sentence: what the series is, or which slice is at fault.</summary>
    public string Detail { get; internal init; } = "";

    /// <summary>True when the series can be imported.</summary>
    public bool IsUsable => Reason == SeriesReason.Usable;

    /// <summary>Modality from the header, e.g. <c>CT</c>.</summary>
    public string? Modality { get; internal init; }

    /// <summary>Series number from the header.</summary>
    public int? SeriesNumber { get; internal init; }

    /// <summary>The contrast phase that the description names; null where it names none, or several.</summary>
    public ContrastPhase? Phase { get; internal init; }

    /// <summary>Images in the series, without exact duplicates.</summary>
    public int SliceCount { get; internal init; }

    /// <summary>Pixels per row.</summary>
    public int Columns { get; internal init; }

    /// <summary>Pixels per column.</summary>
    public int Rows { get; internal init; }

    /// <summary>Distance of neighbouring pixel centres along a row and a column, and of slices along their normal (the median
    /// where it varies), in mm; empty where the geometry is unknown.</summary>
    public IReadOnlyList<double> Spacing { get => ReadableList.Of(field); internal init; } = [];

    /// <summary>Slice thickness from the header in mm. Not used as geometry.</summary>
    public double? SliceThickness { get; internal init; }

    /// <summary>Patient directions of column, row and slice index, e.g. <c>LPS</c>; empty where unknown.</summary>
    public string Orientation { get; internal init; } = "";

    /// <summary>Size of the stack along column, row and slice index in mm; empty where unknown.</summary>
    public IReadOnlyList<double> Extent { get => ReadableList.Of(field); internal init; } = [];

    /// <summary>Names of the pixel encodings, separated by commas.</summary>
    public string TransferSyntax { get; internal init; } = "";

    /// <summary>Reconstruction kernel.</summary>
    public string? ConvolutionKernel { get; internal init; }

    /// <summary>Acquisition number, where all images have the same.</summary>
    public int? AcquisitionNumber { get; internal init; }

    /// <summary>Full paths, in slice order where the geometry is known; of files in a zip archive its path followed by their
    /// name.</summary>
    public IReadOnlyList<string> Files { get => ReadableList.Counted(field, "files"); internal init; } = [];

    /// <summary>What a user should know before trusting the values, e.g. lossy compression; in order.</summary>
    public IReadOnlyList<string> Notes { get => ReadableList.Of(field); internal init; } = [];

    /// <summary>UID, part and reason.</summary>
    public override string ToString() => $"{SeriesInstanceUid}{(Part.Length > 0 ? $" ({Part})" : "")}: {Reason}";

    /// <summary>True when the values are those of projections or calculations, which are read only where they are chosen.</summary>
    internal bool IsDerived => Slices is [{ Kind: SliceKind.Ct, Derivation: not SliceDerivation.None }, ..];

    /// <summary>Series description, free text that may name a patient; null unless it was asked for.</summary>
    public string? Description { get; internal init; }

    /// <summary>Day of the series; null unless it was asked for, and where the header has none.</summary>
    public DateOnly? Date { get; internal init; }

    /// <summary>Series description, to be matched and not told unasked.</summary>
    internal string HeaderDescription { get; init; } = "";

    /// <summary>When the series was made, to be compared and never told.</summary>
    internal SeriesMoment Moment { get; init; }

    /// <summary>This series with its description and date, which may be personal.</summary>
    internal CtSeriesInfo Described() => this with { Description = HeaderDescription, Date = Moment.Date };

    /// <summary>This series as one of a listing.</summary>
    /// <param name="root">Full path of the folder that was listed.</param>
    /// <param name="among">True where several folders are listed, so that each is named.</param>
    internal CtSeriesInfo Below(string root, bool among)
    {
        string name = System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(root)),
            below = System.IO.Path.GetRelativePath(root, Path);
        return this with { Folder = below == "." ? name : among ? System.IO.Path.Combine(name, below) : below };
    }
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
