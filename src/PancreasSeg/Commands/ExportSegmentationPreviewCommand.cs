using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Import;
using PancreasSeg.Pictures;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Commands;

/// <summary>Draws a CT and its mask in three planes.</summary>
[Cmdlet(VerbsData.Export, "SegmentationPreview", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportSegmentationPreviewCommand : WritingCommand
{
    private OutputTarget? _target;

    /// <summary>Masks, segmentation results, or paths of NIfTI masks.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [Alias("Mask")]
    [ValidateNotNull]
    public object? InputObject { get; set; }

    /// <summary>The CT: a volume, or the path of a NIfTI file or DICOM folder.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(VolumeFileCompleter))]
    [ValidateNotNull]
    public object? Image { get; set; }

    /// <summary>A reference mask to outline beside the mask: a label volume, or the path of a NIfTI file.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(VolumeFileCompleter))]
    [ValidateNotNull]
    public object? Reference { get; set; }

    /// <summary>A file ending in .png, or a folder in which each mask gets a file of its name.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("OutputPath", "Destination")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Dark for screens, Print for paper.</summary>
    [Parameter]
    public PreviewStyle Style { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _target = new OutputTarget(this, Path, Force, NoClobber, ".png");

    /// <inheritdoc/>
    protected override void ProcessRecord() => TryItem(InputObject, () =>
    {
        object? input = InputObject is PSObject wrapped ? wrapped.BaseObject : InputObject;
        var result = input as SegmentationResult;
        Func<CancellationToken, LabelVolume>? mask = result is { Mask: null } ? null : VolumeArgument.Labels(this, input!);
        object image = Image ?? result?.Source.Path
            ?? throw new CoreException(Fault.FileNotFound, "The CT under the mask is not known.", InputObject, "Give it by -Image.");
        Func<CancellationToken, CtVolume> ct = VolumeArgument.Ct(this, image);
        Func<CancellationToken, LabelVolume>? reference = Reference is null ? null : VolumeArgument.Labels(this, Reference);
        string name =
            input switch { SegmentationResult r => r.Name, LabelVolume labels => labels.Name, _ => CtImporter.NameOf($"{input}") };
        string file = _target!.FileFor(name, "_preview");
        if (!ShouldProcess(file, "Draw a preview")) return;
        Write("Drawing a preview", [file], cancellation =>
        {
            PreviewOptions words = result is null ? new PreviewOptions() : PreviewWords.Of(result);
            byte[] png = SegmentationPreview.Render(
                ct(cancellation), mask?.Invoke(cancellation), words with { Style = Style }, reference?.Invoke(cancellation), cancellation);
            AtomicFile.Write(file, !NoClobber, stream => stream.Write(png));
        });
    });
}
