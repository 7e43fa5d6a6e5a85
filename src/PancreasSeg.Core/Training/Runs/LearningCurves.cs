using PancreasSeg.Network;
using PancreasSeg.Pictures;

namespace PancreasSeg.Training;

/// <summary>The curves of trainings as SVG pictures.</summary>
internal static class LearningCurves
{
    private static readonly (double, double) s_fraction = (0, 1);

    /// <summary>Draws a training by epoch: loss above, overlap below.</summary>
    /// <param name="epochs">At least one epoch.</param>
    public static byte[] Draw(IReadOnlyList<TrainingEpoch> epochs)
    {
        ChartLine Line(string name, Func<TrainingEpoch, double?> value) =>
            new(name, from epoch in epochs let y = value(epoch) where y is not null select ((double)epoch.Epoch, y.Value));
        (double, double)? range = epochs.Count > 1 ? (epochs[0].Epoch, epochs[^1].Epoch) : null;
        var chart = new SvgChart($"{epochs[0].Model}: loss and overlap by epoch");
        chart.Add("epoch", "loss", [Line("training", e => e.Loss)], range, null);
        ChartLine[] overlap =
        [
            Line("Dice, training", e => e.Dice), Line("Dice, validation", e => e.ValidationDice),
                Line("worst case, validation", e => e.ValidationDiceWorst),
            Line("recall, validation", e => e.ValidationRecall), Line("precision, validation", e => e.ValidationPrecision),
        ];
        chart.Add("epoch", "overlap", [.. overlap.Where(line => line.Points.Any())], range, s_fraction);
        return chart.ToBytes();
    }

    /// <summary>Draws recall against precision of several models over their thresholds, the models' own threshold marked.</summary>
    /// <param name="models">Models that have a curve.</param>
    public static byte[] Draw(IReadOnlyList<PancreasModel> models)
    {
        var chart = new SvgChart("Recall and precision on the validation cases");
        chart.Add("recall", "precision", [.. models.Select(Line)], s_fraction, s_fraction);
        return chart.ToBytes();

        static ChartLine Line(PancreasModel model)
        {
            OperatingPoint own = model.Curve.MinBy(p => Math.Abs(p.Threshold - model.Threshold))!;
            return new(FormattableString.Invariant($"{model.Name} at {own.Threshold:0.00}"),
                model.Curve.Select(p => (p.Recall, p.Precision)), (own.Recall, own.Precision));
        }
    }
}
