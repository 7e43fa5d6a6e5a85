using System.Text.Json;
using PancreasSeg.Evaluation;
using PancreasSeg.Network;
using PancreasSeg.Postprocess;

namespace PancreasSeg.Training;

/// <summary>What a finished cross-validation says of how its models are best used.</summary>
/// <param name="Models">SHA-256 of each fold's weights.</param>
/// <param name="Threshold">Of the highest F measure over all cases.</param>
/// <param name="Tried">What each rule of post-processing did at that threshold.</param>
/// <param name="Postprocess">The rule that is worth it; null for none.</param>
/// <param name="Quality">Predicts the Dice of the masks that come of that; null where the cases are too few, or chose the epoch.</param>
/// <param name="Predicted">What it says of each case when fitted to the other folds.</param>
internal sealed record FoldChoices(
    IReadOnlyList<string> Models, double Threshold, IReadOnlyList<PostprocessChoice> Tried, PostprocessChoice? Postprocess,
    QualityModel? Quality, IReadOnlyList<QualityRow> Predicted)
{
    private const string FileName = "choices.json";

    /// <summary>Full path of the file in a cross-validation's folder.</summary>
    public static string FileIn(string folder) => Path.Combine(folder, FileName);

    /// <summary>Chooses by what was kept of the cases.</summary>
    /// <param name="folder">Of the cross-validation.</param>
    /// <param name="records">The folds.</param>
    /// <param name="curve">Recall and precision over all cases.</param>
    /// <param name="isUnseen">False where the cases chose the epoch that each fold kept: their Dice is then rather too high to tell what
    /// to expect of new ones.</param>
    /// <param name="smallestPart">Of the largest part; smaller parts are left out. 0 keeps all.</param>
    /// <param name="cancellation">Looked at between cases.</param>
    /// <exception cref="CoreException">A file is missing or damaged.</exception>
    public static FoldChoices Make(string folder, IReadOnlyList<FoldRecord> records, IReadOnlyList<OperatingPoint> curve, bool isUnseen,
        double smallestPart, CancellationToken cancellation)
    {
        double threshold = OperatingPoint.ThresholdFor(curve, OperatingPointKind.Balanced);
        var trial = new PostprocessTrial();
        foreach (FoldCase item in records.SelectMany(r => r.Cases))
        {
            cancellation.ThrowIfCancellationRequested();
            trial.Add(KeptCase.Read(folder, item.Name, cancellation), threshold, smallestPart, cancellation);
        }
        IReadOnlyList<PostprocessChoice> tried = trial.Tried();
        PostprocessChoice? best = PostprocessTrial.Best(tried);
        int column = best is null ? 0 : 1 + PostprocessRule.Candidates.ToList().IndexOf(best.Rule);
        (QualityModel Model, IReadOnlyList<QualityRow> Rows)? quality = !isUnseen ? null : QualityFit.Of([.. records
            .SelectMany((record, fold) => record.Cases.Select(item => (Case: item, Fold: fold)))
            .Zip(trial.Dice, (c, dice) => c.Case.Signs is { } signs ? new QualityCase(c.Case.Name, c.Fold, [.. signs], dice[column]) : null)
            .OfType<QualityCase>()]);
        return new FoldChoices([.. records.Select(r => r.Model)], threshold, tried, best, quality?.Model, quality?.Rows ?? []);
    }

    /// <summary>Writes the file.</summary>
    public void Write(string folder) => AtomicFile.Write(FileIn(folder), overwrite: true,
        stream => stream.Write(JsonSerializer.SerializeToUtf8Bytes(this, FoldJsonContext.Default.FoldChoices)));

    /// <summary>What was chosen for the models of these folds; null where there is no file, or it is of others.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelFormatUnknown"/> for a damaged file.</exception>
    public static FoldChoices? Read(string folder, IReadOnlyList<FoldRecord> records)
    {
        string file = FileIn(folder);
        if (!File.Exists(file)) return null;
        try
        {
            FoldChoices? choices =
                FileFault.Reading(file, () => JsonSerializer.Deserialize(File.ReadAllBytes(file), FoldJsonContext.Default.FoldChoices));
            return choices?.Models is { } models && models.SequenceEqual(records.Select(r => r.Model)) ? choices : null;
        }
        catch (JsonException e)
        {
            throw new CoreException(Fault.ModelFormatUnknown, $"'{file}' is not what a cross-validation chose, or it is damaged.", file,
                "Delete it and run Invoke-PancreasCrossValidation -Resume.", e);
        }
    }
}
