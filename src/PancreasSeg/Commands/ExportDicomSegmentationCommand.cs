using System.Collections;
using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Dicom;
using PancreasSeg.Import;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Commands;

/// <summary>Writes results as DICOM objects beside their CT.</summary>
[Cmdlet(VerbsData.Export, "DicomSegmentation", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportDicomSegmentationCommand : WritingCommand
{
    private const string Extension = ".dcm";
    private OutputTarget? _target;
    private object? _source;

    /// <summary>Segmentation results, masks, or paths of masks.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [Alias("Mask")]
    [ValidateNotNull]
    public object? InputObject { get; set; }

    /// <summary>A file ending in .dcm, or a folder in which each object gets a file of its case's name.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("OutputPath", "Destination")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The CT series: a folder, file or zip archive, or a series out of Get-CtSeries.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(VolumeFileCompleter))]
    [ValidateNotNull]
    public object? Source { get; set; }

    /// <summary>What is written.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public DicomObjectKind[] Kind { get; set; } = [DicomObjectKind.Seg];

    /// <summary>What the labels are.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(LabelMapCompleter))]
    public Hashtable LabelMap { get; set; } = new() { [1] = AnatomicStructure.Pancreas.Name };

    /// <summary>Puts all structures into one segmentation.</summary>
    [Parameter]
    public SwitchParameter Combined { get; set; }

    /// <summary>Writes the probabilities of a result instead of its mask into the segmentation.</summary>
    [Parameter]
    public SwitchParameter Probability { get; set; }

    /// <summary>Writes a frame for every slice of the series.</summary>
    [Parameter]
    public SwitchParameter AllFrames { get; set; }

    /// <summary>Brings the mask of a regularized series onto its own slices.</summary>
    [Parameter]
    public SwitchParameter OnSourceSlices { get; set; }

    /// <summary>Number of the new series.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? SeriesNumber { get; set; }

    /// <summary>Description of the new series.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SeriesDescription { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _target = new OutputTarget(this, Path, Force, NoClobber, Extension);
        object? source = Source is PSObject wrapped ? wrapped.BaseObject : Source;
        _source = source is null or CtSeriesInfo ? source : this.ResolveOutput(LanguagePrimitives.ConvertTo<string>(source));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => TryItem(InputObject, () =>
    {
        object input = InputObject is PSObject wrapped ? wrapped.BaseObject : InputObject!;
        var result = input as SegmentationResult;
        LabelVolume? mask = result is not null ? result.Mask
            : RunWork("Reading the mask", channel => VolumeArgument.Labels(this, input)(channel.Cancellation));
        var export = new DicomExport(new DicomExportRequest
        {
            Mask = result is null ? mask : null,
            Result = result,
            SourcePath = _source as string,
            SourceSeries = _source as CtSeriesInfo,
            Segments = [.. LabelMap.Cast<DictionaryEntry>().Select(SegmentOf).OrderBy(s => s.Label)],
            Kinds = Kind,
            Combined = Combined,
            Options = new DicomObjectOptions
            {
                AllFrames = AllFrames,
                OnSourceSlices = OnSourceSlices,
                Probability = Probability,
                SeriesNumber = SeriesNumber,
                SeriesDescription = SeriesDescription,
                Overwrite = !NoClobber,
            },
        });
        string name = result?.Name ?? (input is LabelVolume labels ? labels.Name : CtImporter.NameOf($"{input}"));
        foreach (DicomOutput output in export.Outputs)
        {
            if (export.CanWrite(output)) TryItem(InputObject, () => Export(export, output, name));
            else WriteWarning($"{name}: there is no mask, so no {output.Kind} was written.");
        }
    });

    private void Export(DicomExport export, DicomOutput output, string name)
    {
        string file = _target!.FileFor(name, output.Suffix[..^Extension.Length]);
        if (!ShouldProcess(file, $"Write DICOM {output.Kind}, which contains the patient module of its source")) return;
        Write("Writing DICOM", [file], cancellation => export.Write(output, file, cancellation));
    }

    private static DicomSegment SegmentOf(DictionaryEntry entry) =>
        LanguagePrimitives.TryConvertTo(entry.Key, out byte label) ? new DicomSegment(label, AnatomicStructure.Named($"{entry.Value}"))
            : throw new CoreException(Fault.SettingInvalid,
                $"'{entry.Key}' is no label from 1 to 255.", entry.Key, "Write -LabelMap @{ 1 = 'pancreas'; 2 = 'liver' }.");
}
