using PancreasSeg.Network;

namespace PancreasSeg.Training;

/// <summary>The models of a cross-validation as one, with what it showed of cases that they had not seen.</summary>
public static class FoldEnsemble
{
    /// <summary>The model files that a path means: itself, the model of a run folder, or those of every fold of a
    /// cross-validation.</summary>
    /// <param name="path">Full path of a model file, a run folder or the folder of a cross-validation.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/> for a folder of another kind, or a fold that is not
    /// finished; <see cref="Fault.ModelFormatUnknown"/> for a damaged plan.</exception>
    public static IReadOnlyList<string> Files(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!Directory.Exists(path)) return [path];
        string plan = Path.Combine(path, FoldPlan.FileName), model = Path.Combine(path, TrainingRun.BestFile);
        if (!File.Exists(plan))
            return File.Exists(model) ? [model] : throw new CoreException(Fault.FileNotFound,
                $"'{path}' holds neither a trained model nor a cross-validation.", path, "Name model files.");
        string[] folds = FoldsOf(path, FoldPlan.CountOf(plan));
        foreach (string fold in folds)
            if (!File.Exists(Path.Combine(fold, FoldRecord.FileName)))
                throw new CoreException(Fault.FileNotFound, $"'{fold}' is not finished.", fold,
                    "Finish the cross-validation with Invoke-PancreasCrossValidation -Resume, or name the models of the folds that are.");
        return [.. folds.Select(fold => Path.Combine(fold, TrainingRun.BestFile))];
    }

    /// <summary>Joins models to an ensemble. Where they are those of all folds of one cross-validation, in any order, threshold, curve,
    /// post-processing and predicted quality are of its cases, each by the model that had not seen it; else the threshold is the mean of
    /// the members'.</summary>
    /// <param name="name">Name of the ensemble.</param>
    /// <param name="members">Models, each with the full path of its file; null for one made in memory.</param>
    /// <param name="warn">Told where a cross-validation has all its folds but did not choose how they are best used.</param>
    /// <exception cref="CoreException">As <see cref="ModelEnsemble.Of"/>; for damaged files of the cross-validation.</exception>
    public static PancreasModel Join(
        string name, IReadOnlyList<(PancreasModel Model, string? File)> members, Action<string>? warn = null)
    {
        ArgumentNullException.ThrowIfNull(members);
        CrossValidationResult? validation = Validation(members);
        if (validation is { Threshold: null })
            warn?.Invoke($"Without a whole '{FoldChoices.FileIn(validation.Path)}' neither post-processing nor a prediction of quality goes "
                + "into the file. Run Invoke-PancreasCrossValidation -Resume and join again.");
        return ModelEnsemble.Of(
            name, [.. members.Select(m => m.Model)], validation?.Curve, validation?.Postprocess, validation?.Quality);
    }

    /// <summary>The mean of the weights of runs that began with one model; that model itself may be among them (Wortsman et al. 2022,
    /// "Robust fine-tuning of zero-shot models").</summary>
    /// <param name="name">Name of the mean.</param>
    /// <param name="members">Models that state what they began with, and the one they began with.</param>
    /// <exception cref="CoreException"><see cref="Fault.RunsNotRelated"/> for runs that began with drawn weights or with different models;
    /// as <see cref="ModelEnsemble.Of"/>.</exception>
    public static PancreasModel Average(string name, IReadOnlyList<PancreasModel> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        string?[] starts = [.. members.Select(m => m.Lineage is [var first, ..] ? first.Sha256 : null)];
        string? common = starts.FirstOrDefault(start => start is not null && members.Any(m => m.Sha256 == start)) ?? starts[0];
        bool[] related = [.. members.Select((m, i) => common is not null && (starts[i] == common || m.Sha256 == common))];
        int stranger = Array.IndexOf(related, false), first = Array.IndexOf(related, true);
        if (stranger >= 0)
            throw new CoreException(Fault.RunsNotRelated, starts[stranger] is null || first < 0
                ? $"'{members[stranger].Name}' did not begin with another model: a mean of weights that were learnt apart is none."
                : $"'{members[first].Name}' and '{members[stranger].Name}' began with different models.", members[stranger].Name,
                "Name models that were trained with the same -InitialModel, that one among them if you like, or leave out -Average.");
        return ModelEnsemble.OfMeanWeights(name, members);
    }

    /// <summary>The cross-validation whose folds these are in any order, all of them and no other.</summary>
    private static CrossValidationResult? Validation(IReadOnlyList<(PancreasModel Model, string? File)> members)
    {
        string?[] folders = [.. members.Select(m => Path.GetDirectoryName(m.File))];
        string? folder = Path.GetDirectoryName(folders[0]);
        if (folder is null || folders.Any(f => Path.GetDirectoryName(f) != folder)) return null;
        string plan = Path.Combine(folder, FoldPlan.FileName);
        if (!File.Exists(plan) || FoldPlan.CountOf(plan) != members.Count) return null;
        FoldRecord?[] records = [.. FoldsOf(folder, members.Count).Select(f => FoldRecord.Read(Path.Combine(f, FoldRecord.FileName)))];
        return records.Select(r => r?.Model).Order().SequenceEqual(members.Select(m => m.Model.Sha256).Order())
            ? CrossValidationResult.Of(folder, records, FoldChoices.Read(folder, records!)) : null;
    }

    private static string[] FoldsOf(string folder, int count) =>
        [.. Enumerable.Range(0, count).Select(fold => Path.Combine(folder, $"fold{fold}"))];
}
