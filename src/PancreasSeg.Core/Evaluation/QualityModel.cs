namespace PancreasSeg.Evaluation;

/// <summary>
/// Predicts the Dice of a mask from signs that need no reference: ridge regression on the log odds of Dice, fitted to masks of cases that
/// their model had not seen, the way back by smearing (Duan 1983), and a lower bound by the residuals of cases that the fit had not seen
/// either, in the manner of conformal prediction (Vovk et al. 2005). What that promises for fits of all the cases holds here about, and
/// is not proven: <paramref name="Coverage"/> is what was measured.
/// </summary>
/// <param name="Terms">The signs.</param>
/// <param name="Intercept">Log odds of Dice where every sign is usual.</param>
/// <param name="Residuals">Quantiles of what the fit left of the log odds of its cases.</param>
/// <param name="LowResidual">Residual below which about one in ten lies.</param>
/// <param name="Cases">How many cases it was fitted to.</param>
/// <param name="MeanDice">Their mean Dice.</param>
/// <param name="MeanAbsoluteError">Of the prediction for cases of folds that were left out.</param>
/// <param name="Correlation">Of prediction and Dice there; 0 where either does not vary.</param>
/// <param name="Coverage">Part of them whose Dice reached the lower bound, which was made without their fold.</param>
public sealed record QualityModel(IReadOnlyList<QualityTerm> Terms, double Intercept, IReadOnlyList<double> Residuals, double LowResidual,
    int Cases, double MeanDice, double MeanAbsoluteError, double Correlation, double Coverage)
{
    private const double Least = 0.01;

    /// <summary>False where a number of it is none, or makes no sense.</summary>
    internal bool IsValid => double.IsFinite(Intercept + LowResidual + MeanDice)
        && Residuals is { Count: > 0 } && Residuals.All(double.IsFinite)
        && Terms.All(t => t is { Sd: > 0, Weight: >= 0 } && double.IsFinite(t.Mean + t.Sd + t.Weight + (t.Centre ?? 0)));

    /// <summary>What is expected of a mask.</summary>
    /// <param name="signs">A value for each of <see cref="Terms"/>.</param>
    internal QualityPrediction Predict(IReadOnlyList<double> signs)
    {
        // The odds are of the median; the mean of what residuals make of them is that of Dice.
        double odds = Odds(signs), dice = Residuals.Average(residual => Probability(odds + residual));
        return new QualityPrediction(dice, Math.Min(dice, Probability(odds + LowResidual)),
            dice < MeanDice ? Terms.Zip(signs).Where(t => t.First.Weight > 0).OrderBy(t => t.First.Part(t.Second))
                .Select(t => t.First.Name).FirstOrDefault() : null);
    }

    /// <summary>Log odds of Dice, before smearing.</summary>
    internal double Odds(IReadOnlyList<double> signs) => Intercept + Terms.Zip(signs, (term, value) => term.Part(value)).Sum();

    /// <summary>Log odds, of Dice kept off 0 and 1.</summary>
    internal static double LogOdds(double dice)
    {
        double kept = Math.Clamp(dice, Least, 1 - Least);
        return Math.Log(kept / (1 - kept));
    }

    /// <summary>The way back.</summary>
    internal static double Probability(double logOdds) => 1 / (1 + Math.Exp(-logOdds));

    /// <summary>Cases and errors.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Cases} cases, mean absolute error {MeanAbsoluteError:0.000}, correlation {Correlation:0.00}, coverage {Coverage:0.00}");
}
