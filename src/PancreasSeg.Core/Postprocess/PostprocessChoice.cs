namespace PancreasSeg.Postprocess;

/// <summary>A rule, and what it did to the masks of a cross-validation: of the same cases that it was chosen on, so that its gain is rather
/// too high.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Cases">How many masks there were.</param>
/// <param name="Gain">Mean gain in Dice.</param>
/// <param name="GainLow">Lower end of its 95 % interval (bootstrap over cases).</param>
/// <param name="GainHigh">Upper end of it.</param>
/// <param name="WorseShare">Part of the masks whose Dice fell by more than 0.02.</param>
public sealed record PostprocessChoice(
    PostprocessRule Rule, int Cases, double Gain, double GainLow, double GainHigh, double WorseShare)
{
    /// <summary>Rule, gain and interval.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Rule}: Dice {Gain:+0.000;-0.000} ({GainLow:0.000} to {GainHigh:0.000}) in {Cases} cases");
}
