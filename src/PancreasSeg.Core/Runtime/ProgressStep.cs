namespace PancreasSeg;

/// <summary>How far a long operation has come.</summary>
/// <param name="Status">What is being done, e.g. <c>slice 12 of 130</c>.</param>
/// <param name="Fraction">Part done, 0 to 1.</param>
/// <param name="Remaining">Estimated time left, where known.</param>
public readonly record struct ProgressStep(string Status, double Fraction, TimeSpan? Remaining = null);
