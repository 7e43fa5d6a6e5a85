using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Nifti;

namespace PancreasSeg.Commands;

/// <summary>Reads a mask or label map from a NIfTI file.</summary>
[Cmdlet(VerbsData.Import, "Segmentation", DefaultParameterSetName = PathSet)]
[OutputType(typeof(LabelVolume))]
public sealed class ImportSegmentationCommand : PathCommand
{
    /// <summary>Takes this label alone, as a mask of 1.</summary>
    [Parameter]
    [ValidateRange(1, 255)]
    public byte? LabelValue { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string path in ResolvePaths()) TryItem(path, () => Import(path));
    }

    private void Import(string path)
    {
        LabelVolume labels = RunWork("Reading label map", channel => NiftiFile.ReadLabels(path, channel.Cancellation));
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
