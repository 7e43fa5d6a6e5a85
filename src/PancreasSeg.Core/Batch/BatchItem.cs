using PancreasSeg.Dicom;
using PancreasSeg.Postprocess;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Batch;

/// <summary>One attempt at one study, as the journal has it. Carries no name, identifier, date or other text out of a header.</summary>
public sealed record BatchItem
{
    /// <summary>Name of the study: its folder's or file's name, made safe for every file system.</summary>
    public string Study { get; internal init; } = "";

    /// <summary>Where the study was found.</summary>
    public string Path { get; internal init; } = "";

    /// <summary>How far the attempt has come.</summary>
    public BatchState State { get; internal init; }

    /// <summary>How the study ended; null while it is at work or when it was given up.</summary>
    public SegmentationStatus? Status { get; internal init; }

    /// <summary>Reason ids: names of <see cref="SegmentationReason"/>, or the error id of a study, or of a DICOM object of it, that
    /// failed.</summary>
    public IReadOnlyList<string> Reasons { get => ReadableList.Of(field); internal init; } = [];

    /// <summary>What the reasons mean or what failed, and what to do, in words; null for a plain result.</summary>
    public string? Message { get; internal init; }

    /// <summary>The message, or the sentences of the reasons where a journal of an earlier version has none.</summary>
    internal string? Words => (Message ?? (Reasons.Count > 0 ? ReasonText.OfAll(Reasons) : null)) is var words && NotSent is { } notSent
        ? words is null ? notSent : $"{words} {notSent}" : words;

    /// <summary>Volume of the mask in millilitres.</summary>
    public double? VolumeMl { get; internal init; }

    /// <summary>Mean HU under the mask.</summary>
    public double? MeanHu { get; internal init; }

    /// <summary>True when the mask reaches the edge of the volume.</summary>
    public bool TouchesBorder { get; internal init; }

    /// <summary>Dice that is expected of the mask, 0 to 1; null where the model cannot tell.</summary>
    public double? ExpectedDice { get; internal init; }

    /// <summary>Dice that about nine in ten such masks reach; null as <see cref="ExpectedDice"/>.</summary>
    public double? ExpectedDiceLow { get; internal init; }

    /// <summary>What speaks most against the mask; null where nothing does.</summary>
    public string? ReviewReason { get; internal init; }

    /// <summary>Members of an ensemble whose probabilities were averaged; null for any other model.</summary>
    public int? MembersUsed { get; internal init; }

    /// <summary>The caller's key for the patient; null where none was given.</summary>
    public string? PatientKey { get; internal init; }

    /// <summary>Attempts at this content with this model and these settings so far, this one included.</summary>
    public int Attempt { get; internal init; } = 1;

    /// <summary>When the attempt began.</summary>
    public DateTimeOffset Started { get; internal init; }

    /// <summary>When it ended; null while it is at work.</summary>
    public DateTimeOffset? Ended { get; internal init; }

    /// <summary>How long it waited, between its begin and its end, for the network to be done with other studies.</summary>
    public TimeSpan Waited { get; internal init; }

    /// <summary>Wall time of the attempt's own work: from its begin to its end but for <see cref="Waited"/>.</summary>
    public TimeSpan? Elapsed => Ended - Started - Waited;

    /// <summary>The batch it belongs to.</summary>
    public string Run { get; internal init; } = "";

    /// <summary>SHA-256 of the model's weights.</summary>
    public string ModelSha256 { get; internal init; } = "";

    /// <summary>Usable series of the study that lay beside the one that was segmented, each in words.</summary>
    public IReadOnlyList<string> SeriesPassedOver { get => ReadableList.Of(field); internal init; } = [];

    /// <summary>Kinds of DICOM objects that were asked to go back to an archive and that it has, as far as the result gives ground for
    /// them.</summary>
    public IReadOnlyList<DicomObjectKind> Sent { get => ReadableList.Of(field); internal init; } = [];

    /// <summary>Why the archive does not have the objects, and what happens next; null where it has them or none were to be
    /// sent.</summary>
    public string? NotSent { get; internal init; }

    /// <summary>Folder with mask.nii.gz, preview.png and result.json; null when there is none.</summary>
    public string? OutputFolder { get; internal init; }

    /// <summary>True when this batch left the study alone because the journal had it already.</summary>
    public bool IsSkipped { get; internal init; }

    /// <summary>True for what a person should look at: anything but a plain result.</summary>
    public bool IsFlagged => IsWorthALook || State is BatchState.Failed or BatchState.Quarantined or BatchState.Postponed
        or BatchState.Interrupted or BatchState.Unsent;

    /// <summary>True when the result itself is not a plain one.</summary>
    internal bool IsWorthALook =>
        Status is SegmentationStatus.Warning or SegmentationStatus.Empty or SegmentationStatus.Rejected || Message is not null;

    /// <summary>True when the study has been segmented and has its files.</summary>
    internal bool HasResult => State is BatchState.Done or BatchState.Unsent;

    /// <summary>The same, a warning where less is expected of its mask than is asked for, or nothing although the scan is not strange; and
    /// none for that where not, whatever was asked for when it was made.</summary>
    /// <param name="below">Expected Dice that is asked for; null for none.</param>
    internal BatchItem Reviewed(double? below)
    {
        const string doubt = nameof(SegmentationReason.QualityDoubtful);
        string sentence = ReasonText.Of(doubt);
        bool isDoubtful = HasResult && below is { } least && (ExpectedDice is { } dice ? dice < least : ReviewReason == QualitySigns.Faint);
        if (isDoubtful == Reasons.Contains(doubt)) return this;
        if (isDoubtful)
            return this with
            {
                Status = Status == SegmentationStatus.Ok ? SegmentationStatus.Warning : Status,
                Reasons = [.. Reasons, doubt],
                Message = Message is null ? sentence : $"{Message} {sentence}",
            };
        string[] others = [.. Reasons.Where(reason => reason != doubt)];
        return this with
        {
            Status = Status == SegmentationStatus.Warning && !others.Any(reason => Enum.TryParse<SegmentationReason>(reason, out _))
                ? SegmentationStatus.Ok : Status,
            Reasons = others,
            Message = Message?.Replace(sentence, "", StringComparison.Ordinal).Trim() is { Length: > 0 } rest ? rest : null,
        };
    }

    /// <summary>Study, state, status and volume in one line.</summary>
    public override string ToString() =>
        $"{Study}: {State}{(Status is { } s ? $", {s}" : "")}{(VolumeMl is { } ml ? FormattableString.Invariant($", {ml:0.0} mL") : "")}"
        + (Reasons.Count > 0 ? $" ({string.Join(", ", Reasons)})" : "");
}
