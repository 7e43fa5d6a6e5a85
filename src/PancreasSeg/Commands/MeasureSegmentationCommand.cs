using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Evaluation;

namespace PancreasSeg.Commands;

/// <summary>Compares masks with a reference.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "Segmentation")]
[OutputType(typeof(SegmentationScore))]
public sealed class MeasureSegmentationCommand : LongRunningCommand
{
    /// <summary>A segmentation result, a mask or the path of one.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public object? InputObject { get; set; }

    /// <summary>The truth: a mask or the path of one.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("Label")]
    [ValidateNotNullOrEmpty]
    public object? Reference { get; set; }

    /// <summary>The label in the mask.</summary>
    [Parameter]
    [ValidateRange(1, 255)]
    public byte LabelValue { get; set; } = 1;

    /// <summary>The label in the reference.</summary>
    [Parameter]
    [ValidateRange(1, 255)]
    public byte ReferenceLabelValue { get; set; } = 1;

    /// <summary>Distance in mm up to which two surfaces agree.</summary>
    [Parameter]
    [ValidateRange(0.0, 100.0)]
    public double ToleranceMm { get; set; } = 3;

    /// <inheritdoc/>
    protected override void ProcessRecord() => TryItem(InputObject, () =>
    {
        Func<CancellationToken, LabelVolume> mask = VolumeArgument.Labels(this, InputObject!),
            reference = VolumeArgument.Labels(this, Reference!);
        SegmentationScore score = RunWork("Comparing masks", channel => SegmentationMeasure.Compare(
            mask(channel.Cancellation), reference(channel.Cancellation), LabelValue, ReferenceLabelValue, ToleranceMm,
                channel.Cancellation));
        if (score.Note is not null) WriteWarning($"{score.Name}: {score.Note}");
        WriteObject(score);
    });
}
