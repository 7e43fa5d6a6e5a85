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
        string[] folds = [.. Enumerable.Range(0, FoldPlan.CountOf(plan)).Select(fold => Path.Combine(path, $"fold{fold}"))];
        foreach (string fold in folds)
            if (!File.Exists(Path.Combine(fold, FoldRecord.FileName)))
                throw new CoreException(Fault.FileNotFound, $"'{fold}' is not finished.", fold,
                    "Finish the cross-validation with Invoke-PancreasCrossValidation -Resume, or name the models of the folds that are.");
        return [.. folds.Select(fold => Path.Combine(fold, TrainingRun.BestFile))];
    }

    /// <summary>Joins models to an ensemble. Where they are those of all folds of one cross-validation, threshold, curve,
    /// post-processing and predicted quality are of its cases, each by the model that had not seen it; else the threshold is the mean of the members'.</summary>
    /// <param name="name">Name of the ensemble.</param>
    /// <param name="members">Models, each with the full path of its file; null for one made in memory.</param>
    /// <exception cref="CoreException">As <see cref="PancreasModel.OfMembers"/>; for damaged files of the cross-validation.</exception>
    public static PancreasModel Join(string name, IReadOnlyList<(PancreasModel Model, string? File)> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        CrossValidationResult? validation = Validation(members);
        return PancreasModel.OfMembers(name, [.. members.Select(m => m.Model)], validation?.Curve, validation?.Postprocess, validation?.Quality);
    }

    /// <summary>The cross-validation whose folds these are, all of them and no other.</summary>
    private static CrossValidationResult? Validation(IReadOnlyList<(PancreasModel Model, string? File)> members)
    {
        string?[] folders = [.. members.Select(m => Path.GetDirectoryName(m.File))];
        string? folder = Path.GetDirectoryName(folders[0]);
        if (folder is null || folders.Any(f => Path.GetDirectoryName(f) != folder)) return null;
        string plan = Path.Combine(folder, FoldPlan.FileName);
        if (!File.Exists(plan) || FoldPlan.CountOf(plan) != members.Count) return null;
        FoldRecord?[] records = [.. folders.Select(f => FoldRecord.Read(Path.Combine(f!, FoldRecord.FileName)))];
        return folders.Distinct().Count() == members.Count && records.Zip(members, (r, m) => r?.Model == m.Model.Sha256).All(fits => fits)
            ? CrossValidationResult.Of(folder, records, FoldChoices.Read(folder, records!)) : null;
    }
}
