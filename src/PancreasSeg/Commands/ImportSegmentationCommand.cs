using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Dicom;
using PancreasSeg.Import;

namespace PancreasSeg.Commands;

/// <summary>Reads a mask or label map from a NIfTI file, a DICOM segmentation or a structure set.</summary>
[Cmdlet(VerbsData.Import, "Segmentation", DefaultParameterSetName = PathSet)]
[OutputType(typeof(LabelVolume))]
public sealed class ImportSegmentationCommand : PathCommand
{
    private LabelImportOptions? _options;

    /// <summary>Takes this label alone, as a mask of 1.</summary>
    [Parameter]
    [ValidateRange(1, 255)]
    public byte? LabelValue { get; set; }

    /// <summary>Takes this segment or region of a DICOM object alone, by number or name, as a mask of 1.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Segment { get; set; }

    /// <summary>The CT on whose voxels the mask is wanted: a volume, or the path of one.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(VolumeFileCompleter))]
    [ValidateNotNull]
    public object? Like { get; set; }

    /// <summary>Reads a DICOM object of another frame of reference than the CT's.</summary>
    [Parameter]
    public SwitchParameter AcceptFrameOfReference { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        LabelImportOptions options = _options ??= Options();
        foreach (string path in ResolvePaths()) TryItem(path, () => Import(path, options));
    }

    private LabelImportOptions Options()
    {
        CtVolume? ct = Like is null ? null
            : SetUp(Like, () => RunWork("Reading CT", channel => VolumeArgument.Ct(this, Like)(channel.Cancellation)));
        return new LabelImportOptions
        {
            Segment = Segment is null ? null : new SegmentSelector(Segment),
            Grid = ct?.Grid,
            FrameOfReferenceUid = ct?.Source.FrameOfReferenceUid,
            AcceptFrameOfReference = AcceptFrameOfReference,
        };
    }

    private void Import(string path, LabelImportOptions options)
    {
        LabelVolume labels = RunWork("Reading label map", channel => LabelImporter.Read(path, options, channel.Cancellation));
        foreach (string note in labels.Source.Notes) WriteWarning($"'{path}': {note}");
        if (LabelValue is not { } label)
        {
            WriteObject(labels);
            return;
        }
        if (labels.Count(label) == 0)
            throw new CoreException(
                Fault.LabelMissing, $"'{path}' has no voxel with label {label}.", path, "Leave out -LabelValue to see the whole map.");
        WriteObject(labels.Select(label));
    }
}
