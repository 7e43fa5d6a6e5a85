using System.Text.Json;
using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Evaluation;
using PancreasSeg.Network;
using PancreasSeg.Nifti;
using PancreasSeg.Postprocess;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

[Collection(TorchTests.Name)]
public sealed class CrossValidationTests : IDisposable
{
    private static readonly TrainingOptions s_tiny = new()
    {
        Network = new NetworkSpec { Filters = 2, Stages = 3, Norm = NetworkNorm.Instance },
        Plan = new PreprocessPlan { Size = [32, 32, 6] },
        MaxEpoch = 2,
        Precision = Precision.Float32,
        ThreadCount = 1,
    };

    private static readonly TrainingCaseSource[] s_cases =
        [.. Enumerable.Range(0, 6).Select(i => TrainingCaseSource.Of(Case(i)) with { Patient = $"p{i / 2}" })];

    private readonly TemporaryFolder _folder = new();

    private string Run => _folder.File("cv");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_case_is_measured_once_by_a_model_that_has_not_seen_it()
    {
        CrossValidationResult result = Validate(Run);
        Assert.Equal((3, 3, 6), (result.Folds, result.FinishedFolds, result.Cases));
        Assert.Equal(s_cases.Select(c => c.Name), result.Scores.Select(s => s.Name).Order());
        using JsonDocument plan = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Run, "cv.json")));
        foreach (JsonElement fold in plan.RootElement.GetProperty("folds").EnumerateArray())
            Assert.Empty(Patients(fold.GetProperty("training")).Intersect(Patients(fold.GetProperty("validation"))));
        foreach (SegmentationScore score in result.Scores)
        {
            LabelVolume mask = NiftiFile.ReadLabels(Path.Combine(Run, "masks", $"{score.Name}_mask.nii.gz"));
            SegmentationScore again = SegmentationMeasure.Compare(mask, Case(Index(score.Name)).Label);
            Assert.Equal((again.Dice, again.Hd95Mm, again.VolumeMl), (score.Dice, score.Hd95Mm, score.VolumeMl));
        }
        Assert.Equal(7, File.ReadLines(Path.Combine(Run, "scores.csv")).Count());
        Assert.Equal(6, Directory.GetFiles(Path.Combine(Run, "worst")).Length);
        Assert.Equal(result.Scores.Average(s => s.Dice), result.Dice!.Value, 12);

        IEnumerable<string> Patients(JsonElement names) => names.EnumerateArray().Select(n => s_cases[Index(n.GetString()!)].Patient);
    }

    [Fact]
    public void Whatever_ends_it_the_same_files_come_out()
    {
        Validate(_folder.File("whole"));
        Stop(afterEpochs: 1);
        Stop(afterEpochs: 2);       // the second epoch of the first fold, and the first of the second
        Assert.Equal(2, Validate(Run, fold: 2, resume: true).FinishedFolds);
        Validate(Run, resume: true);
        foreach (string file in Directory.EnumerateFiles(_folder.File("whole"), "*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(_folder.File("whole"), file);
            if (name.EndsWith("epochs.csv", StringComparison.Ordinal) || name.EndsWith("last.safetensors", StringComparison.Ordinal)
                || name.Contains("tfevents", StringComparison.Ordinal)) continue;       // they state seconds
            Assert.True(File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(Run, name))), name);
        }
    }

    [Fact]
    public void Its_folds_become_one_model_by_what_they_show_of_all_cases()
    {
        CrossValidationResult result = Validate(Run);
        IReadOnlyList<string> files = FoldEnsemble.Files(Run);
        Assert.Equal(result.Models, files);
        Assert.Equal([files[1]], FoldEnsemble.Files(Path.Combine(Run, "fold1")));
        (PancreasModel, string?)[] members = [.. files.Select(file => (ModelFile.Read(file), (string?)file))];
        PancreasModel model = FoldEnsemble.Join("e", members);
        Assert.Equal(result.Curve, model.Curve);
        Assert.Equal((result.Threshold, 3), (model.Threshold, model.Members.Count));
        Assert.Contains(result.Curve, point => point.Threshold == model.Threshold);
        Assert.Equal(["fold0", "fold1", "fold2"], model.Members.Select(m => m.Name));
        Assert.Equal(s_cases.Select(c => c.Name), model.Validation.Select(v => v.Case).Order());
        Assert.Equal(8, File.ReadLines(Path.Combine(Run, "postprocess.csv")).Count());

        // The same in any order, and a choice that is missing is told.
        string choices = Path.Combine(Run, "choices.json");
        File.WriteAllText(choices, File.ReadAllText(choices).Replace("\"postprocess\": null",
            "\"postprocess\": " + """{"rule":{"kind":"ComponentVolume","value":1},"cases":40,"gain":0.02,"gainLow":0.01,"gainHigh":0.03,"worseShare":0}""",
            StringComparison.Ordinal));
        var warnings = new List<string>();
        foreach (int[] order in (int[][])[[0, 1, 2], [1, 0, 2], [2, 1, 0]])
        {
            PancreasModel mixed = FoldEnsemble.Join("e", [.. order.Select(i => members[i])], warnings.Add);
            Assert.Equal(order.Select(i => $"fold{i}"), mixed.Members.Select(m => m.Name));
            Assert.Equal((model.Threshold, PostprocessKind.ComponentVolume), (mixed.Threshold, mixed.Postprocess?.Rule.Kind));
            Assert.Equal(model.Curve, mixed.Curve);
        }
        Assert.Empty(warnings);
        Assert.Empty(FoldEnsemble.Join("e", [members[0], members[0], members[1]], warnings.Add).Curve);
        Assert.Empty(warnings);
        File.Delete(choices);
        Assert.Equal(model.Curve, FoldEnsemble.Join("e", members, warnings.Add).Curve);
        Assert.Contains("-Resume", Assert.Single(warnings), StringComparison.Ordinal);

        // Not all folds, or not from there: nothing is known of the cases.
        Assert.Empty(FoldEnsemble.Join("e", members[..2]).Curve);
        Assert.Equal(s_tiny.Validation.Threshold, FoldEnsemble.Join("e", [.. members.Select(m => (m.Item1, (string?)null))]).Threshold);
        File.Delete(Path.Combine(Run, "fold2", "outOfFold.json"));
        Assert.Contains("fold2", Refused(Fault.FileNotFound, () => FoldEnsemble.Files(Run)).Message, StringComparison.Ordinal);
        Refused(Fault.FileNotFound, () => FoldEnsemble.Files(_folder.FullName));
    }

    [Fact]
    public void A_finished_fold_is_not_trained_again_and_another_cross_validation_is_refused()
    {
        Validate(Run, fold: 1);
        Refused(Fault.TrainingRunExists, () => Validate(Run));
        int epochs = 0;
        Validate(Run, fold: 1, resume: true, onEpoch: _ => epochs++);
        Assert.Equal(0, epochs);
        Refused(Fault.TrainingRunMismatch, () => Validate(Run, resume: true, options: s_tiny with { LearningRate = 0.01 }));
        Refused(Fault.TrainingRunMismatch, () => Validate(Run, resume: true, options: s_tiny with { Seed = 2 }));
        Refused(Fault.SettingInvalid, () => Validate(Run, fold: 3, resume: true));
        Refused(Fault.TrainingDataInvalid, () => CrossValidation.Run([.. s_cases, s_cases[0]], FoldSplit.Draw(s_cases, 3, 1), s_tiny,
            new TrainingHost { RunFolder = _folder.File("other") }));
    }

    [Fact]
    public void A_fold_that_kept_nothing_of_its_cases_is_measured_again_without_training()
    {
        Validate(Run);
        string choices = Path.Combine(Run, "choices.json"), before = File.ReadAllText(choices);
        string[] kept = [.. Directory.GetFiles(Path.Combine(Run, "probabilities")), .. Directory.GetFiles(Path.Combine(Run, "references"))];
        foreach (string file in kept.Append(choices)) File.Delete(file);
        int epochs = 0;
        Assert.Equal(1, Validate(Run, fold: 1, resume: true).FinishedFolds);
        Assert.Equal(3, Validate(Run, resume: true, onEpoch: _ => epochs++).FinishedFolds);
        Assert.Equal(0, epochs);
        Assert.All(kept, file => Assert.True(File.Exists(file), file));
        Assert.Equal(before, File.ReadAllText(choices));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Folds_of_a_version_that_saw_boxes_from_several_places_are_measured_again_without_training(bool hasBox)
    {
        var boxed = new PreprocessPlan { Spacing = [4, 4, 4], BoxSize = [64, 64, 32] };
        TrainingOptions options = hasBox ? s_tiny with { Plan = boxed } : s_tiny;
        Validate(Run, options: options);
        string record = Path.Combine(Run, "fold1", "outOfFold.json"), written = File.ReadAllText(record),
            older = written.Replace("\"places\": 1", "\"places\": 0", StringComparison.Ordinal);
        Assert.NotEqual(older, written);
        File.WriteAllText(record, older);
        int epochs = 0;
        Assert.Equal(3, Validate(Run, resume: true, options: options, onEpoch: _ => epochs++).FinishedFolds);
        Assert.Equal(0, epochs);
        Assert.Equal(hasBox ? written : older, File.ReadAllText(record));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(1000000, false)]
    public void It_is_said_where_the_cases_chose_the_epoch(int interval, bool isSaid)
    {
        var notes = new List<string>();
        CrossValidation.Run(s_cases, FoldSplit.Draw(s_cases, 3, 1),
            s_tiny with { Validation = new ValidationOptions { Interval = interval } },
            new TrainingHost { RunFolder = Run, OnNote = notes.Add });
        Assert.Equal(isSaid, notes.Any(note => note.Contains("no quality is predicted", StringComparison.Ordinal)));
    }

    // Of thirteen cases three labels out of step may be a chance; of the three that are held back they are all.
    [Fact]
    public void Cases_that_are_held_back_are_not_doubted_once_the_training_is_paid_for()
    {
        TrainingCase a = Case(7, 8), b = Case(8, 24), c = Case(9);
        TrainingCaseSource[] all = [.. ((int[])[0, 1, 2, 3, 4, 5, 6, 10, 11, 12]).Select(i => TrainingCaseSource.Of(Case(i))),
            .. ((TrainingCase[])[a with { Label = b.Label }, b with { Label = c.Label }, c with { Label = a.Label }])
                .Select(TrainingCaseSource.Of)];
        string[] names = [.. all.Select(item => item.Name)];
        Assert.Throws<CoreException>(() => TrainingSet.Create([], all[10..], s_tiny, new TrainingHost(), default));
        CrossValidationResult result = CrossValidation.Run(all, [new TrainingFold(names[..10], names[10..])],
            s_tiny with { MaxEpoch = 1 }, new TrainingHost { RunFolder = Run });
        Assert.Equal((1, 3), (result.FinishedFolds, result.Cases));
    }

    [Fact]
    public void Starting_over_leaves_nothing_of_what_was_there()
    {
        Validate(Run);
        string other = Path.Combine(Run, "fold2", "notes.txt");
        File.WriteAllText(other, "somebody else's");
        Directory.CreateDirectory(Path.Combine(Run, "fold7"));
        File.Copy(Path.Combine(Run, "fold2", "outOfFold.json"), Path.Combine(Run, "fold7", "outOfFold.json"));
        Refused(Fault.SettingInvalid, () => CrossValidation.Run(s_cases, FoldSplit.Draw(s_cases, 3, 1), s_tiny,
            new TrainingHost { RunFolder = Run, Resume = true, Restart = true }));
        Assert.Equal(3, Validate(Run, resume: true).FinishedFolds);

        Stop(afterEpochs: 1, restart: true, fold: 1);
        Assert.Equal(["fold0", "fold2", "fold7"], Records());
        Assert.False(File.Exists(Path.Combine(Run, "scores.csv")));
        Stop(afterEpochs: 1, restart: true);
        Assert.Empty(Records());
        Assert.Equal(["cv.json", "notes.txt"], Directory.GetFiles(Run, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(Path.GetDirectoryName(file)) != "fold0").Select(file => Path.GetFileName(file)!).Order());

        IEnumerable<string> Records() => Directory.GetFiles(Run, "outOfFold.json", SearchOption.AllDirectories)
            .Select(file => Path.GetFileName(Path.GetDirectoryName(file))!).Order();
    }

    [Fact]
    public void Folders_of_others_are_not_emptied()
    {
        string mask = Path.Combine(Run, "masks", "mine_mask.nii.gz");
        Directory.CreateDirectory(Path.GetDirectoryName(mask)!);
        File.WriteAllText(mask, "mine");
        Stop(afterEpochs: 1, restart: true);
        Assert.True(File.Exists(mask));
    }

    [Fact]
    public void A_finished_fold_counts_only_with_the_cases_it_was_trained_on()
    {
        Validate(Run, fold: 1);
        TrainingCaseSource[] cases = [TrainingCaseSource.Of(Case(0, gland: 111)) with { Patient = "p0" }, .. s_cases[1..]];
        CoreException error = Refused(Fault.TrainingRunMismatch, () => CrossValidation.Run(cases, FoldSplit.Draw(cases, 3, 1), s_tiny,
            new TrainingHost { RunFolder = Run, Resume = true }, only: 2));
        Assert.Contains("differ: Cases.", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Run, "fold2")));
    }

    [Fact]
    public void The_plan_says_what_folds_are()
    {
        Validate(Run, fold: 1);
        string file = Path.Combine(Run, "cv.json"), text = File.ReadAllText(file);
        File.WriteAllText(file, text.Replace("\"format\": ", "\"format\": 9", StringComparison.Ordinal));
        Assert.Contains("another version", Refused(Fault.TrainingRunMismatch, () => Validate(Run, resume: true)).Message,
            StringComparison.Ordinal);
        File.Delete(file);
        Refused(Fault.TrainingRunExists, () => Validate(Run));
        Refused(Fault.TrainingRunExists, () => Validate(Run, fold: 2, resume: true));
    }

    [Fact]
    public void A_split_file_divides_the_cases()
    {
        string file = _folder.File("splits_final.json");
        File.WriteAllText(file, """
            [{"train": ["c2", "c3"], "val": ["c0"]}, {"train": ["c0", "c1"], "val": ["c2"]}]
            """);
        var warnings = new List<string>();
        IReadOnlyList<TrainingFold> folds = FoldSplit.Read(file, s_cases, warnings.Add);
        Assert.Equal("c0 c2", string.Join(' ', folds.SelectMany(f => f.Validation)));
        Assert.Equal(["2 of 6 cases are in no list: c4, c5.", "2 of 6 cases are never validated: c3, c1."], warnings);
    }

    [Theory]
    [InlineData("""[{"train": ["c2"], "val": ["c2"]}]""", "trains and validates on the same cases: c2")]
    [InlineData("""[{"train": ["c2"], "val": ["c9"]}]""", "cases that there are not: c9")]
    [InlineData("""[{"train": ["c2", "c0"], "val": ["c1"]}]""", "trains on the patients of cases that validate: c1")]
    [InlineData("""[{"train": ["c2", "c2"], "val": ["c0"]}]""", "twice: c2")]
    [InlineData("""[{"train": ["c2"], "val": ["c0"]}, {"train": ["c4"], "val": ["c0"]}]""", "'c0' validates in the folds 0 and 1")]
    [InlineData("""[{"train": [], "val": ["c0"]}]""", "trains or validates on nothing")]
    [InlineData("""{"train": ["c2"], "val": ["c0"]}""", "cannot be read as a split")]
    [InlineData("""[{"train": ["c2"], "test": ["c0"]}]""", "cannot be read as a split")]
    [InlineData("[]", "cannot be read as a split")]
    public void A_split_that_is_not_one_is_refused_by_name(string json, string text)
    {
        string file = _folder.File("splits_final.json");
        File.WriteAllText(file, json);
        Assert.Contains(text, Refused(Fault.TrainingDataInvalid, () => FoldSplit.Read(file, s_cases)).Message, StringComparison.Ordinal);
    }

    private static CoreException Refused(Fault fault, Action action)
    {
        CoreException error = Assert.Throws<CoreException>(action);
        Assert.Equal(fault, error.Fault);
        return error;
    }

    private static CrossValidationResult Validate(string folder, int? fold = null, bool resume = false, TrainingOptions? options = null,
        Action<TrainingEpoch>? onEpoch = null, bool restart = false) =>
        CrossValidation.Run(s_cases, FoldSplit.Draw(s_cases, 3, (options ?? s_tiny).Seed), options ?? s_tiny,
            new TrainingHost { RunFolder = folder, Resume = resume, Restart = restart, OnEpoch = onEpoch }, fold);

    private void Stop(int afterEpochs, bool restart = false, int? fold = null)
    {
        int seen = 0;
        Assert.Throws<TimeoutException>(() => Validate(Run, fold, resume: !restart, restart: restart, onEpoch: _ =>
        {
            if (++seen == afterEpochs) throw new TimeoutException();
        }));
    }

    private static int Index(string name) => name[1] - '0';

    private static TrainingCase Case(int index, int middle = 16, float gland = 110)
    {
        VolumeGrid grid = VolumeGrid.Axial(32, 32, 6, new(3, 3, 5));
        var hu = new float[grid.VoxelCount];
        var labels = new byte[grid.VoxelCount];
        for (int i = 0; i < hu.Length; i++)
        {
            (int column, int row, int slice) = grid.VoxelOf(i);
            bool inside = Math.Abs(column - 14 - index) < 6 && Math.Abs(row - middle) < 5 && slice is > 0 and < 5;
            labels[i] = inside ? (byte)1 : (byte)0;
            hu[i] = (inside ? gland : 10) + (i * 31 + index * 17) % 23;
        }
        var source = new VolumeSource($"c{index}");
        return new TrainingCase(new CtVolume(grid, hu, source), new LabelVolume(grid, labels, source), source.Name);
    }
}
