namespace PancreasSeg.Batch;

/// <summary>The newest finished attempt at a study.</summary>
/// <param name="Item">The attempt.</param>
/// <param name="Key">Out of <see cref="StudyKey.Of"/>.</param>
/// <param name="Mask">Out of <see cref="StudyKey.OfMask"/>; null in journals of earlier versions.</param>
internal sealed record DoneStudy(BatchItem Item, string Key, string? Mask);
