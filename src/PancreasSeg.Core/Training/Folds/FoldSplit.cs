using System.Text.Json;

namespace PancreasSeg.Training;

/// <summary>Divides cases into the folds of a cross-validation.</summary>
public static class FoldSplit
{
    /// <summary>Divides the patients by seed, as a training does whose options name the folds: each validates once.</summary>
    /// <param name="cases">All cases.</param>
    /// <param name="folds">How many, 2 or more.</param>
    /// <param name="seed">Decides the split.</param>
    /// <exception cref="CoreException"><see cref="Fault.TrainingDataInvalid"/>: fewer patients than folds;
    /// <see cref="Fault.SettingInvalid"/>: fewer than two folds.</exception>
    public static IReadOnlyList<TrainingFold> Draw(IReadOnlyList<TrainingCaseSource> cases, int folds, int seed)
    {
        ArgumentNullException.ThrowIfNull(cases);
        string[] patients = [.. cases.Select(c => c.Patient)];
        return
        [
            .. Enumerable.Range(1, folds).Select(fold =>
            {
                var options = new ValidationOptions { Folds = folds, Fold = fold };
                options.Validate();
                ILookup<bool, string> parts = cases.Zip(PatientSplit.Validates(patients, options, seed))
                    .ToLookup(c => c.Second, c => c.First.Name);
                return new TrainingFold([.. parts[false]], [.. parts[true]]);
            }),
        ];
    }

    /// <summary>Reads nnU-Net's splits_final.json: a list of objects, each with the names of cases that train (<c>train</c>) and that
    /// validate (<c>val</c>).</summary>
    /// <param name="file">Full path.</param>
    /// <param name="cases">All cases.</param>
    /// <param name="warn">Told of cases that no list names, and of those that never validate.</param>
    /// <exception cref="CoreException"><see cref="Fault.TrainingDataInvalid"/>: the file is no such list; or, each case by name, one is
    /// unknown, twice in a list, on both sides of a fold as itself or through its patient, or validates in two folds.</exception>
    public static IReadOnlyList<TrainingFold> Read(string file, IReadOnlyList<TrainingCaseSource> cases, Action<string>? warn = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(cases);
        TrainingFold[] folds = FileFault.Reading(file, () => Parse(file));
        string[] faults = [.. Faults(folds, cases.DistinctBy(c => c.Name).ToDictionary(c => c.Name, c => c.Patient))];
        if (faults.Length > 0)
            throw new CoreException(Fault.TrainingDataInvalid, $"'{file}' does not divide these cases:\n  {string.Join("\n  ", faults)}",
                file, "Correct the lists, or leave out -SplitFile.");
        Tell("in no list", cases.Select(c => c.Name).Except(folds.SelectMany(f => f.Training.Concat(f.Validation))));
        Tell("never validated", folds.SelectMany(f => f.Training).Except(folds.SelectMany(f => f.Validation)));
        return folds;

        void Tell(string what, IEnumerable<string> names)
        {
            string[] all = [.. names];
            if (all.Length > 0) warn?.Invoke($"{all.Length} of {cases.Count} cases are {what}: {Some(all)}.");
        }
    }

    private static TrainingFold[] Parse(string file)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
            TrainingFold[] folds = [.. json.RootElement.EnumerateArray().Select(f => new TrainingFold(Names(f, "train"), Names(f, "val")))];
            return folds.Length > 0 ? folds : throw new InvalidOperationException("it is empty");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new CoreException(Fault.TrainingDataInvalid, $"'{file}' cannot be read as a split: {e.Message}", file,
                "It needs a list of objects, each with the lists \"train\" and \"val\" of case names.", e);
        }

        static string[] Names(JsonElement fold, string list) => [.. fold.GetProperty(list).EnumerateArray().Select(name => name.GetString()
            ?? throw new InvalidOperationException("a name is null"))];
    }

    private static IEnumerable<string> Faults(TrainingFold[] folds, Dictionary<string, string> patientOf)
    {
        var validates = new Dictionary<string, int>();
        for (int i = 0; i < folds.Length; i++)
        {
            (IReadOnlyList<string> training, IReadOnlyList<string> validation) = folds[i];
            string[] all = [.. training, .. validation], unknown = [.. all.Where(name => !patientOf.ContainsKey(name)).Distinct()];
            string[] both = [.. training.Intersect(validation)], twice = [.. Repeated(training), .. Repeated(validation)];
            if (training.Count == 0 || validation.Count == 0) yield return $"Fold {i} trains or validates on nothing.";
            if (unknown.Length > 0) yield return $"Fold {i} names cases that there are not: {Some(unknown)}.";
            if (twice.Length > 0) yield return $"Fold {i} names cases twice: {Some(twice)}.";
            if (both.Length > 0) yield return $"Fold {i} trains and validates on the same cases: {Some(both)}.";
            HashSet<string> trained = [.. training.Except(both).Where(patientOf.ContainsKey).Select(name => patientOf[name])];
            string[] shared = [.. validation.Except(both).Where(name => patientOf.TryGetValue(name, out string? p) && trained.Contains(p))];
            if (shared.Length > 0) yield return $"Fold {i} trains on the patients of cases that validate: {Some(shared)}.";
            foreach (string name in validation.Distinct())
                if (!validates.TryAdd(name, i)) yield return $"'{name}' validates in the folds {validates[name]} and {i}.";
        }

        static IEnumerable<string> Repeated(IReadOnlyList<string> names) =>
            names.GroupBy(n => n).Where(g => g.Count() > 1).Select(g => g.Key);
    }

    private static string Some(string[] names)
    {
        const int Shown = 10;
        return $"{string.Join(", ", names.Take(Shown))}{(names.Length > Shown ? $" and {names.Length - Shown} more" : "")}";
    }
}
