using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Nifti;

namespace PancreasSeg.Commands;

/// <summary>Writes volumes and masks as NIfTI-1.</summary>
[Cmdlet(VerbsData.Export, "Nifti", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportNiftiCommand : WritingCommand
{
    private OutputTarget? _target;

    /// <summary>The volume, mask or segmentation result.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public object? InputObject { get; set; }

    /// <summary>A file ending in .nii or .nii.gz, or a folder in which each volume gets a file of its name.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("OutputPath", "Destination")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <inheritdoc/>
    protected override void BeginProcessing() => _target = new OutputTarget(this, Path, Force, NoClobber);

    /// <inheritdoc/>
    protected override void ProcessRecord() => TryItem(InputObject, () =>
    {
        switch (VolumeArgument.Unwrap(InputObject))
        {
            case CtVolume ct:
                Export(
                _target!.FileFor(ct.Name), (file, cancellation) => NiftiFile.Write(file, ct, !NoClobber, cancellation)); break;
            case LabelVolume mask:
                Export(_target!.FileFor(mask.Name, OutputTarget.MaskSuffix), (file, cancellation) =>
                NiftiFile.Write(file, mask, !NoClobber, cancellation)); break;
            case ProbabilityVolume probability:
                Export(_target!.FileFor(probability.Name, OutputTarget.ProbabilitySuffix), (file, cancellation) =>
                NiftiFile.Write(file, probability, !NoClobber, cancellation)); break;
            case null: WriteWarning($"{InputObject}: there is no mask, so nothing was written."); break;
            default: WriteError(VolumeArgument.NotAVolume(InputObject!)); break;
        }
    });

    private void Export(string file, Action<string, CancellationToken> write)
    {
        if (ShouldProcess(file, "Write NIfTI")) Write("Writing NIfTI", [file], cancellation => write(file, cancellation));
    }
}
