using System.Globalization;
using System.Text;
using System.Text.Json;
using PancreasSeg.Network;

namespace PancreasSeg.Training;

/// <summary>
/// Trains a model for each fold and measures every case by the model that has not seen it. The folder holds cv.json (settings and
/// split), a run folder for each fold (fold0 and so on), of the cases held back the masks (masks), the probabilities in 8 bits and the
/// references where they are (probabilities, references) and the worst as pictures (worst) and, once every fold is finished, tables and
/// what is best done with masks (choices.json). Whatever ends the process, the folds that are finished stay so, and the one at work goes on
/// after its last epoch.
/// </summary>
public sealed class CrossValidation
{
    private const string ScoresFile = "scores.csv", SummaryFile = "summary.csv", CurveFile = "curve.csv",
        PostprocessFile = "postprocess.csv", QualityFile = "quality.csv";

    private readonly IReadOnlyList<TrainingFold> _folds;
    private readonly Dictionary<string, TrainingCaseSource> _cases;
    private readonly TrainingOptions _options;
    private readonly TrainingHost _host;
    private readonly string _folder;

    private CrossValidation(IReadOnlyList<TrainingCaseSource> cases, IReadOnlyList<TrainingFold> folds, TrainingOptions options,
        TrainingHost host, string folder)
    {
        _cases = cases.ToDictionary(c => c.Name);
        (_folds, _options, _host, _folder) = (folds, options, host, folder);
    }

    /// <summary>Trains the folds that are not finished, one after another, or one of them.</summary>
    /// <param name="cases">All cases, each under a name of its own.</param>
    /// <param name="folds">Out of <see cref="FoldSplit"/>.</param>
    /// <param name="options">Settings of every fold; what they say of a split counts for nothing.</param>
    /// <param name="host">The folder of the whole as its run folder, and who is told.</param>
    /// <param name="only">The fold to train, counted from 0; null for all.</param>
    /// <param name="cancellation">As for a training.</param>
    /// <returns>What all finished folds show.</returns>
    /// <exception cref="CoreException">Those of a training; <see cref="Fault.TrainingRunExists"/> and
    /// <see cref="Fault.TrainingRunMismatch"/> for the folder as a whole; <see cref="Fault.SettingInvalid"/> for a fold that there is
    /// not.</exception>
    public static CrossValidationResult Run(IReadOnlyList<TrainingCaseSource> cases, IReadOnlyList<TrainingFold> folds,
        TrainingOptions options, TrainingHost host, int? only = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentNullException.ThrowIfNull(folds);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(host);
        if (host.RunFolder is not { } folder) throw new ArgumentException("A cross-validation needs a folder.", nameof(host));
        if (host.Resume && host.Restart)
            throw new CoreException(Fault.SettingInvalid, "-Resume goes on with what is there, and -Force throws it away.",
                remedy: "Give one of them.");
        options = options with { Validation = options.Validation with { Folds = null, Fold = 1, Fraction = 0 } };
        options.Validate();
        if (only < 0 || only >= folds.Count)
            throw new CoreException(Fault.SettingInvalid, $"There is no fold {only} of {folds.Count}; they are counted from 0.",
                remedy: $"Give 0 to {folds.Count - 1}.");
        if (cases.GroupBy(c => c.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new CoreException(Fault.TrainingDataInvalid, $"'{twice.Key}': {twice.Count()} cases have this name.", twice.Key,
                "Give each case a name of its own.");
        var work = new CrossValidation(cases, folds, options, host, folder);
        work.Begin(only, cancellation);
        for (int fold = only ?? 0; fold <= (only ?? folds.Count - 1); fold++) work.RunFold(fold, cancellation);
        return work.Result(cancellation);
    }

    private TrainingOptions OptionsOf(int fold) => _options with { Name = $"fold{fold}" };

    private string FoldFolder(int fold) => Path.Combine(_folder, $"fold{fold}");

    /// <summary>True where only a fold's last epoch is validated: it is kept whatever the cases held back say.</summary>
    private bool HasOneValidation => _options.Validation.Interval >= _options.MaxEpoch;

    /// <summary>What a fold left; null where it is not finished, or what was kept of a case is missing, or an earlier version saw boxes
    /// otherwise, so that its cases are measured again.</summary>
    private FoldRecord? RecordOf(int fold) =>
        FoldRecord.Read(RecordFile(fold)) is { } record && (record.Places == 1 || _options.Plan.BoxSize is null)
        && record.Cases.All(c => KeptCase.Exists(_folder, c.Name)) ? record : null;

    private string RecordFile(int fold) => Path.Combine(FoldFolder(fold), FoldRecord.FileName);

    /// <summary>Begins in a new folder, or sees that the one there is belongs to this cross-validation.</summary>
    private void Begin(int? only, CancellationToken cancellation)
    {
        string file = Path.Combine(_folder, FoldPlan.FileName);
        var plan = new FoldPlan(new RunDescription(_options, []), _folds);
        bool exists = File.Exists(file);
        int[] there = [.. Folders()], thrownAway = !_host.Restart ? [] : only is { } one ? [one] : there;
        int[] finished = [.. there.Except(thrownAway).Where(fold => File.Exists(RecordFile(fold)))];
        if (!exists && finished.Length > 0)
            throw new CoreException(Fault.TrainingRunExists,
                $"'{_folder}' holds folds of a cross-validation, but not its {FoldPlan.FileName}, which says what they are.", _folder,
                "Throw them away by -Force, or choose another destination.");
        if (exists && !_host.Resume && !_host.Restart)
            throw new CoreException(Fault.TrainingRunExists, $"'{_folder}' holds a cross-validation.", _folder,
                "Go on with it by -Resume, throw it away by -Force, or choose another destination.");
        // One fold alone is thrown away only where the others are of the same cross-validation.
        if (exists && (_host.Resume || only is not null)) RefuseOther(plan, file);
        RefuseOtherData([.. finished.Where(fold => fold < _folds.Count)], cancellation);
        if (exists && _host.Restart)
            FileFault.Writing(_folder, () =>
            {
                File.Delete(FoldChoices.FileIn(_folder));
                foreach (string table in (string[])[ScoresFile, SummaryFile, CurveFile, PostprocessFile, QualityFile])
                    File.Delete(Path.Combine(_folder, table));
                if (only is null) OutOfFold.Delete(_folder);
            });
        foreach (int fold in thrownAway.Intersect(there))
        {
            FileFault.Writing(_folder, () => File.Delete(RecordFile(fold)));
            TrainingRun.Delete(FoldFolder(fold));
        }
        FileFault.Writing(_folder, () => Directory.CreateDirectory(_folder));
        if (!exists || (_host.Restart && only is null))
            AtomicFile.Write(file, overwrite: true, stream => stream.Write(plan.Write()));
    }

    /// <summary>Numbers of the folds that have a folder with a training or a record, also beyond those there are.</summary>
    private IEnumerable<int> Folders() => !Directory.Exists(_folder) ? [] : Directory.GetDirectories(_folder, "fold*")
        .Select(path => int.TryParse(Path.GetFileName(path)["fold".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int n)
            ? n : -1)
        .Where(fold => File.Exists(RecordFile(fold)) || File.Exists(Path.Combine(FoldFolder(fold), TrainingRun.DescriptionFile)));

    /// <summary>Sees that finished folds were trained on the cases as they are now.</summary>
    private void RefuseOtherData(IReadOnlyList<int> finished, CancellationToken cancellation)
    {
        if (finished.Count == 0) return;
        string[] names = [.. finished.SelectMany(fold => _folds[fold].Training.Concat(_folds[fold].Validation)).Distinct()];
        Dictionary<string, RunCase> cases = TrainingSet
            .Describe([.. names.Select(name => _cases[name])], RunCase.Trains, _options, _host, cancellation)
            .ToDictionary(c => c.Name);
        foreach (int fold in finished)
            TrainingRun.RefuseOthers(new RunDescription(OptionsOf(fold),
                [.. _folds[fold].Training.Select(name => cases[name]),
                .. _folds[fold].Validation.Select(name => cases[name] with { Role = RunCase.Validates })]), FoldFolder(fold));
    }

    private void RefuseOther(FoldPlan plan, string file)
    {
        try
        {
            byte[] other = FileFault.Reading(file, () => File.ReadAllBytes(file));
            if (FoldPlan.IsOfOtherVersion(other))
                throw new CoreException(Fault.TrainingRunMismatch,
                    $"The cross-validation in '{_folder}' was begun by another version, which draws splits, weights and orders otherwise.",
                    _folder, "Finish it with that version, begin anew by -Force, or choose another destination.");
            IReadOnlyList<string> differences = plan.DifferencesTo(other);
            if (differences.Count > 0)
                throw new CoreException(Fault.TrainingRunMismatch,
                    $"The cross-validation in '{_folder}' was begun otherwise. These differ: {string.Join(", ", differences)}.", _folder,
                    "Go on with the settings and the split it was begun with, or choose another destination.");
        }
        catch (JsonException e)
        {
            throw new CoreException(Fault.ModelFormatUnknown, $"'{file}' is not the plan of a cross-validation, or it is damaged.", file,
                "Start over with -Force.", e);
        }
    }

    private void RunFold(int fold, CancellationToken cancellation)
    {
        if (RecordOf(fold) is not null)
        {
            _host.OnNote?.Invoke($"Fold {fold} is finished.");
            return;
        }
        TrainingCaseSource[] training = [.. _folds[fold].Training.Select(name => _cases[name])],
            validation = [.. _folds[fold].Validation.Select(name => _cases[name])];
        TrainingOptions options = OptionsOf(fold);
        (PancreasModel model, IReadOnlyList<PreparedCase> held) = Trainer.TrainHolding(training, options, validation, _host with
        {
            RunFolder = FoldFolder(fold),
            Progress = _host.Progress is { } told ? new FoldProgress(told, fold, _folds.Count) : null,
        }, cancellation);
        FoldRecord record = new OutOfFold(_folder, options, model).Measure(held, cancellation);
        AtomicFile.Write(RecordFile(fold), overwrite: true, stream => stream.Write(record.Write()));
    }

    private CrossValidationResult Result(CancellationToken cancellation)
    {
        FoldRecord?[] records = [.. Enumerable.Range(0, _folds.Count).Select(RecordOf)];
        var result = CrossValidationResult.Of(_folder, records, null);
        if (result.FinishedFolds == result.Folds)
        {
            FoldChoices? choices = FoldChoices.Read(_folder, records!);
            if (choices is null)
            {
                _host.Progress?.Report(new ProgressStep("choosing the post-processing", 1));
                choices = FoldChoices.Make(_folder, records!, result.Curve, HasOneValidation, _options.Plan.SmallestPart,
                    cancellation);
                choices.Write(_folder);
            }
            if (!HasOneValidation)
                _host.OnNote?.Invoke("The cases held back chose the epoch that each fold keeps, so that no quality is predicted from them: "
                    + "validate the last epoch alone (Interval of -Validation not below -MaxEpoch).");
            result = CrossValidationResult.Of(_folder, records, choices);
            Table(PostprocessFile, FoldTables.Postprocess(choices));
            if (choices.Quality is not null) Table(QualityFile, FoldTables.Quality(choices));
            Table(ScoresFile, FoldTables.Scores(records!));
            Table(SummaryFile, FoldTables.Summary(result.Summary));
            Table(CurveFile, FoldTables.Curve(result.Curve));
        }
        return result;

        void Table(string name, string text) => AtomicFile.Write(
            Path.Combine(_folder, name), overwrite: true, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    private sealed class FoldProgress(IProgress<ProgressStep> told, int fold, int count) : IProgress<ProgressStep>
    {
        public void Report(ProgressStep step) =>
            told.Report(new ProgressStep($"fold {fold} of 0 to {count - 1}, {step.Status}", step.Fraction, step.Remaining));
    }
}
