using PancreasSeg.Evaluation;
using PancreasSeg.Network;

namespace PancreasSeg.Training;

/// <summary>Tables of a cross-validation as comma-separated values with a header row; numbers as in English, missing ones empty.</summary>
internal static class FoldTables
{
    public static string Scores(IReadOnlyList<FoldRecord> records) => CsvText.Of(
        ["Case", "Fold", "Dice", "Recall", "Precision", "VolumeMl", "ReferenceVolumeMl", "Hd95Mm", "AssdMm", "Nsd", "Note"],
        records.SelectMany((record, fold) => record.Cases.Select(c => (object?[])
            [c.Name, fold, c.Dice, c.Recall, c.Precision, c.VolumeMl, c.ReferenceVolumeMl, c.Hd95Mm, c.AssdMm, c.Nsd, c.Note])));

    public static string Summary(IReadOnlyList<ScoreSummary> rows) => CsvText.Of(
        ["Measure", "Count", "Missing", "Mean", "Sd", "Median", "Low", "High", "Worst", "WorstCase"],
        rows.Select(r => (object?[])[r.Measure, r.Count, r.Missing, r.Mean, r.Sd, r.Median, r.Low, r.High, r.Worst, r.WorstCase]));

    public static string Postprocess(FoldChoices choices) => CsvText.Of(
        ["Rule", "Value", "Cases", "Gain", "Low", "High", "WorseShare", "Chosen"],
        choices.Tried.Select(c => (object?[])
            [c.Rule.Kind, c.Rule.Value, c.Cases, c.Gain, c.GainLow, c.GainHigh, c.WorseShare, c == choices.Postprocess]));

    public static string Quality(FoldChoices choices) => CsvText.Of(["Case", "Fold", "Dice", "ExpectedDice", "ExpectedDiceLow"],
        choices.Predicted.Select(r => (object?[])[r.Name, r.Fold, r.Dice, r.Expected, r.Low]));

    public static string Curve(IReadOnlyList<OperatingPoint> points) => CsvText.Of(
        ["Threshold", "Recall", "Precision"], points.Select(p => (object?[])[p.Threshold, p.Recall, p.Precision]));
}
