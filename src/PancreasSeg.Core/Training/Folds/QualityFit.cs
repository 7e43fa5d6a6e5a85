using PancreasSeg.Evaluation;
using PancreasSeg.Numerics;
using PancreasSeg.Postprocess;

namespace PancreasSeg.Training;

/// <summary>Fits the prediction of quality to a cross-validation, and tells how good it is on folds that were left out.</summary>
internal static class QualityFit
{
    /// <summary>Cases below which nothing is fitted.</summary>
    public const int FewestCases = 30;

    /// <summary>Part of the masks that may be worse than the lower bound, about.</summary>
    private const double Miss = 0.1;

    /// <summary>Residuals that the model keeps of them all.</summary>
    private const int Quantiles = 20;

    /// <summary>Penalty on the weights for each case.</summary>
    private const double Penalty = 0.1;

    /// <summary>The model, and of each case what the other folds predict; null for fewer than <see cref="FewestCases"/>, or where fewer
    /// than three folds hold them.</summary>
    public static (QualityModel Model, IReadOnlyList<QualityRow> Rows)? Of(IReadOnlyList<QualityCase> cases)
    {
        int[] folds = [.. cases.Select(c => c.Fold).Distinct()];
        if (cases.Count < FewestCases || folds.Length < 3) return null;
        var residuals = new double[cases.Count];
        var odds = new double[cases.Count];
        var rows = new QualityRow[cases.Count];
        foreach (int fold in folds)
        {
            QualityModel others = Fit([.. cases.Where(c => c.Fold != fold)]);
            for (int i = 0; i < cases.Count; i++)
                if (cases[i].Fold == fold)
                {
                    odds[i] = others.Odds(cases[i].Signs);
                    residuals[i] = QualityModel.LogOdds(cases[i].Dice) - odds[i];
                    rows[i] = new QualityRow(cases[i].Name, fold, cases[i].Dice, others.Predict(cases[i].Signs).Dice, 0);
                }
        }
        for (int i = 0; i < rows.Length; i++)
        {
            double low = LowOf(residuals.Where((_, j) => cases[j].Fold != cases[i].Fold));
            rows[i] = rows[i] with { Low = Math.Min(rows[i].Expected, QualityModel.Probability(odds[i] + low)) };
        }
        return (Fit(cases) with
        {
            LowResidual = LowOf(residuals),
            MeanAbsoluteError = rows.Average(r => Math.Abs(r.Expected - r.Dice)),
            Correlation = Correlation(rows),
            Coverage = rows.Count(r => r.Dice >= r.Low) / (double)rows.Length,
        }, rows);
    }

    private static QualityModel Fit(IReadOnlyList<QualityCase> cases)
    {
        QualityTerm[] terms = [.. QualitySigns.Names.Select((sign, i) =>
        {
            double? centre = sign.HasCentre ? cases.Average(c => c.Signs[i]) : null;
            double[] values = [.. cases.Select(c => centre is { } middle ? -Math.Abs(c.Signs[i] - middle) : c.Signs[i])];
            double mean = values.Average(), sd = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
            return new QualityTerm(sign.Name, centre, mean, sd > 1e-9 ? sd : 1, 0);
        })];
        double intercept = cases.Average(c => QualityModel.LogOdds(c.Dice));
        double[] weights = RidgeRegression.NonNegative([.. cases.Select(c => terms.Zip(c.Signs, (t, v) => t.Score(v)).ToArray())],
            [.. cases.Select(c => QualityModel.LogOdds(c.Dice) - intercept)], Penalty * cases.Count);
        var model = new QualityModel([.. terms.Zip(weights, (t, w) => t with { Weight = w })], intercept, [], 0, cases.Count,
            cases.Average(c => c.Dice), 0, 0, 0);
        double[] residuals = [.. cases.Select(c => QualityModel.LogOdds(c.Dice) - model.Odds(c.Signs)).Order()];
        return model with
        {
            Residuals = [.. Enumerable.Range(0, Quantiles).Select(q => residuals[(int)((q + 0.5) / Quantiles * residuals.Length)])],
        };
    }

    /// <summary>The residual below which a new case's lies with a chance of about <see cref="Miss"/>: of n in order the one at
    /// Miss (n + 1), the fraction dropped. It would be that at most for residuals of one fit; these are of a fit for each fold.</summary>
    private static double LowOf(IEnumerable<double> residuals)
    {
        double[] sorted = [.. residuals.Order()];
        return sorted[Math.Max(0, (int)(Miss * (sorted.Length + 1)) - 1)];
    }

    private static double Correlation(IReadOnlyList<QualityRow> rows)
    {
        double x = rows.Average(r => r.Expected), y = rows.Average(r => r.Dice);
        double xx = rows.Sum(r => (r.Expected - x) * (r.Expected - x)), yy = rows.Sum(r => (r.Dice - y) * (r.Dice - y));
        return xx * yy > 0 ? rows.Sum(r => (r.Expected - x) * (r.Dice - y)) / Math.Sqrt(xx * yy) : 0;
    }
}
