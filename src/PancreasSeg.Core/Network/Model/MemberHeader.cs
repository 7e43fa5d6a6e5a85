namespace PancreasSeg.Network;

/// <summary>One member of an ensemble.</summary>
/// <param name="Sha256">Of its weights, in lower-case hex.</param>
/// <param name="Fold">Its name, e.g. that of the fold it was trained in.</param>
/// <param name="Validation">Overlap on the cases that were held back from it.</param>
internal sealed record MemberHeader(string Sha256, string Fold, IReadOnlyList<ValidationScore> Validation);
