using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Evaluation;

namespace PancreasSeg.Commands;

/// <summary>Compares masks with a reference.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "Segmentation")]
[OutputType(typeof(SegmentationScore), typeof(ScoreSummary), typeof(ReliabilityRow))]
public sealed class MeasureSegmentationCommand : LongRunningCommand
{
    private readonly List<SegmentationScore> _scores = [];
    private MaskPairs? _pairs;

    /// <summary>Segmentation results, masks, paths of masks or folders of them, or scores to summarise.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(VolumeFileCompleter))]
    [ValidateNotNullOrEmpty]
    public object? InputObject { get; set; }

    /// <summary>The truth: a mask, the path of one, or a folder with one of each case.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("Label")]
    [ArgumentCompleter(typeof(VolumeFileCompleter))]
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
    [NumberArgument]
    public double ToleranceMm { get; set; } = 3;

    /// <summary>One object for each measure over all cases, in place of one for each case.</summary>
    [Parameter]
    public SwitchParameter Summary { get; set; }

    /// <summary>Expected against true Dice over all cases, in place of one object for each case.</summary>
    [Parameter]
    public SwitchParameter Quality { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Summary && Quality) ThrowTerminatingError(Errors.Conflict("-Summary and -Quality both take the place of the scores."));
        _pairs = new MaskPairs(this);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (SettingKey.Unwrap(InputObject) is SegmentationScore known)
        {
            Emit(known);
            return;
        }
        IReadOnlyList<MaskPair> pairs = [];
        if (!TryItem(InputObject, () => pairs = _pairs!.Of(InputObject!, Reference))) return;
        foreach (MaskPair pair in pairs) TryItem(pair.Target, () => Compare(pair));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Summary) WriteObject(ScoreSummary.Of(_scores), enumerateCollection: true);
        if (!Quality) return;
        IReadOnlyList<ReliabilityRow> rows = ReliabilityRow.Of(_scores);
        if (rows.Count == 0) WriteWarning("Of no case a Dice was expected: the model's file says nothing of quality, or masks came without results.");
        WriteObject(rows, enumerateCollection: true);
    }

    private void Compare(MaskPair pair)
    {
        SegmentationScore score = RunWork("Comparing masks", channel => SegmentationMeasure.Compare(
            pair.Mask(channel.Cancellation), pair.Reference(channel.Cancellation), LabelValue, ReferenceLabelValue, ToleranceMm,
            channel.Cancellation));
        score = score with { ExpectedDice = pair.Expected.Dice, ExpectedDiceLow = pair.Expected.Low };
        if (pair.Case is { } name) score = score with { Name = name };
        if (score.Note is not null) WriteWarning($"{score.Name}: {score.Note}");
        Emit(score);
    }

    private void Emit(SegmentationScore score)
    {
        if (Summary || Quality) _scores.Add(score);
        else WriteObject(score);
    }
}
