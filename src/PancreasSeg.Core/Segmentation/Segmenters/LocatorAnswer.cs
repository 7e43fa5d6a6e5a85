namespace PancreasSeg.Segmentation;

/// <summary>What a locator says of a CT.</summary>
/// <param name="Finding">What it took for the pancreas; null where it found none.</param>
/// <param name="IsMirrored">True when the mirror image shows more of a pancreas than the CT itself.</param>
/// <param name="Doubts">How the patient seems to lie otherwise than the header says, a sentence each.</param>
internal sealed record LocatorAnswer(LocatorFinding? Finding, bool IsMirrored, IReadOnlyList<string> Doubts);
