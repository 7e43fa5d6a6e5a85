namespace PancreasSeg.Batch;

/// <summary>A row of the journal.</summary>
/// <param name="Id">Of the row.</param>
/// <param name="Item">The attempt.</param>
/// <param name="Key">Out of <see cref="StudyKey.Of"/>; the column "work" holds it.</param>
/// <param name="Mask">Out of <see cref="StudyKey.OfMask"/>; null in journals of earlier versions.</param>
internal sealed record AttemptRow(long Id, BatchItem Item, string Key, string? Mask);
