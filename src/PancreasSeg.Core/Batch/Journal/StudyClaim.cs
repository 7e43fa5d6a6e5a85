namespace PancreasSeg.Batch;

/// <summary>What the journal said to a study.</summary>
/// <param name="Study">The study.</param>
/// <param name="Fingerprint">Of its files when it was looked at; empty when they could not be read.</param>
/// <param name="Content">SHA-256 of its content.</param>
/// <param name="Key">Out of <see cref="StudyKey"/>.</param>
/// <param name="Id">Row of the attempt; null when the study is left alone.</param>
/// <param name="Item">The attempt, or the earlier one because of which it is left alone.</param>
/// <param name="Unlisted">Why the archive could not be asked whether the study has changed since that one; null where it was.</param>
internal sealed record StudyClaim(
    IBatchStudy Study, string Fingerprint, string Content, string Key, long? Id, BatchItem Item, CoreException? Unlisted = null)
{
    /// <summary>True when this run has made the attempt.</summary>
    public bool IsOurs => Id is not null;

    /// <summary>True for a study that another batch has in work.</summary>
    public bool IsElsewhere => Id is null && Item.State == BatchState.Running;

    /// <summary>True for a study during which a process died: it must be done alone.</summary>
    public bool MustBeAlone => Id is null && Item.State == BatchState.Interrupted;
}
