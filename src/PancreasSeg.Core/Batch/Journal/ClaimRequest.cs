namespace PancreasSeg.Batch;

/// <summary>What the journal is asked when a study is to be taken into work.</summary>
/// <param name="Item">The attempt, <see cref="BatchState.Running"/>.</param>
/// <param name="Identity">Out of <see cref="BatchStudy.Id"/>.</param>
/// <param name="Key">What was asked, out of <see cref="StudyKey"/>; the column "work" holds it.</param>
/// <param name="Mask">Out of <see cref="StudyKey.OfMask"/>: files of another mask in the study's place have replaced what was done.</param>
/// <param name="Newest">Of the mask that another journal has put there since; null for none.</param>
/// <param name="Alone">True when no other study is in work.</param>
/// <param name="Again">Which attempts do not hold it back.</param>
internal sealed record ClaimRequest(
    BatchItem Item, string Identity, string Key, string Mask, string? Newest, bool Alone, Func<BatchItem, bool> Again);
