using PancreasSeg.Segmentation;

namespace PancreasSeg.Batch;

/// <summary>One attempt at one study, as the journal has it. Carries no name, identifier, date or other text out of a header.</summary>
public sealed record BatchItem
{
    /// <summary>Name of the study: its folder's or file's name, made safe for every file system.</summary>
    public required string Study { get; init; }

    /// <summary>Where the study was found.</summary>
    public required string Path { get; init; }

    /// <summary>How far the attempt has come.</summary>
    public required BatchState State { get; init; }

    /// <summary>How the study ended; null while it is at work or when it was given up.</summary>
    public SegmentationStatus? Status { get; init; }

    /// <summary>Reason ids: names of <see cref="SegmentationReason"/>, or the error id of a study, or of a DICOM object of it, that
    /// failed.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>What failed and what to do, in words; null where nothing did.</summary>
    public string? Message { get; init; }

    /// <summary>Volume of the mask in millilitres.</summary>
    public double? VolumeMl { get; init; }

    /// <summary>Mean HU under the mask.</summary>
    public double? MeanHu { get; init; }

    /// <summary>True when the mask reaches the edge of the volume.</summary>
    public bool TouchesBorder { get; init; }

    /// <summary>The caller's key for the patient; null where none was given.</summary>
    public string? PatientKey { get; init; }

    /// <summary>Attempts at this content with this model and these settings so far, this one included.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>When the attempt began.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>When it ended; null while it is at work.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Wall time from the begin to the end of the attempt, waiting for its turn included.</summary>
    public TimeSpan? Elapsed => Ended - Started;

    /// <summary>The batch it belongs to.</summary>
    public required string Run { get; init; }

    /// <summary>SHA-256 of the model's weights.</summary>
    public string ModelSha256 { get; init; } = "";

    /// <summary>Usable series of the study that lay beside the one that was segmented, each in words.</summary>
    public IReadOnlyList<string> SeriesPassedOver { get; init; } = [];

    /// <summary>Folder with mask.nii.gz, preview.png and result.json; null when there is none.</summary>
    public string? OutputFolder { get; init; }

    /// <summary>True when this batch left the study alone because the journal had it already.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>True for what a person should look at: anything but a plain result.</summary>
    public bool IsFlagged => State is BatchState.Failed or BatchState.Quarantined or BatchState.Postponed or BatchState.Interrupted
        || Status is SegmentationStatus.Warning or SegmentationStatus.Empty or SegmentationStatus.Rejected || Message is not null;

    /// <summary>Study, state, status and volume in one line.</summary>
    public override string ToString() =>
        FormattableString.Invariant(
            $"{Study}: {State}{(Status is { } s ? $", {s}" : "")}{(VolumeMl is { } ml ? $", {ml:0.0} mL" : "")}{(Reasons.Count > 0 ? $" ({string.Join(", ", Reasons)})" : "")}");
}
