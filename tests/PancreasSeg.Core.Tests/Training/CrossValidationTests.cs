using System.Text.Json;
using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Evaluation;
using PancreasSeg.Network;
using PancreasSeg.Nifti;
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
        Action<TrainingEpoch>? onEpoch = null) => CrossValidation.Run(s_cases, FoldSplit.Draw(s_cases, 3, (options ?? s_tiny).Seed),
            options ?? s_tiny, new TrainingHost { RunFolder = folder, Resume = resume, OnEpoch = onEpoch }, fold);

    private void Stop(int afterEpochs)
    {
        int seen = 0;
        Assert.Throws<TimeoutException>(() => Validate(Run, resume: true, onEpoch: _ =>
        {
            if (++seen == afterEpochs) throw new TimeoutException();
        }));
    }

    private static int Index(string name) => name[1] - '0';

    private static TrainingCase Case(int index)
    {
        VolumeGrid grid = VolumeGrid.Axial(32, 32, 6, new(3, 3, 5));
        var hu = new float[grid.VoxelCount];
        var labels = new byte[grid.VoxelCount];
        for (int i = 0; i < hu.Length; i++)
        {
            (int column, int row, int slice) = grid.VoxelOf(i);
            bool inside = Math.Abs(column - 14 - index) < 6 && Math.Abs(row - 16) < 5 && slice is > 0 and < 5;
            labels[i] = inside ? (byte)1 : (byte)0;
            hu[i] = (inside ? 110 : -20) + (i * 31 + index * 17) % 23;
        }
        var source = new VolumeSource($"c{index}");
        return new TrainingCase(new CtVolume(grid, hu, source), new LabelVolume(grid, labels, source), source.Name);
    }
}
