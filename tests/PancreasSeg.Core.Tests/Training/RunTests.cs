using System.Collections;
using System.Text;
using System.Text.Json;
using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

[Collection(TorchTests.Name)]
public sealed class RunTests : IDisposable
{
    private static readonly TrainingOptions s_tiny = new()
    {
        Network = new NetworkSpec { Filters = 2, Stages = 3, Norm = NetworkNorm.Instance },
        Plan = new PreprocessPlan { Size = [32, 32, 6] },
        Augmentation = new AugmentationOptions { ElasticMm = 1 },
        MaxEpoch = 6,
        Validation = new ValidationOptions { Fraction = 0.34 },
        Precision = Precision.Float32,
        ThreadCount = 1,
    };

    private readonly TemporaryFolder _folder = new();

    private string Run => _folder.File("run");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(OptimizerKind.Adam, LearningRatePolicy.Plateau)]
    [InlineData(OptimizerKind.AdamW, LearningRatePolicy.Cosine)]
    [InlineData(OptimizerKind.Sgd, LearningRatePolicy.Polynomial)]
    [InlineData(OptimizerKind.AdamW, LearningRatePolicy.Cosine, true)]
    public void A_training_that_was_stopped_goes_on_to_the_very_same_weights(
        OptimizerKind optimizer, LearningRatePolicy policy, bool strides = false)
    {
        TrainingOptions options = s_tiny with
        {
            Network = strides ? new NetworkSpec { Kind = NetworkKind.ResidualUNet, Filters = 2, Strides = [[2, 2, 1], [2, 2, 2]] }
                : s_tiny.Network,
            Optimizer = new OptimizerOptions { Kind = optimizer, WeightDecay = 1e-3 },
            LearningRate = optimizer == OptimizerKind.Sgd ? 0.01 : 0.002,
            Schedule = new LearningRateOptions { Policy = policy, Patience = 2 },
        };
        string whole = Train(options, _folder.File("whole"));
        Stop(options, afterEpoch: 2);
        Stop(options, afterEpoch: 3, resume: true);
        Assert.Equal(whole, Train(options, Run, resume: true));
        Assert.Equal(Weights(_folder.File("whole")), Weights(Run));
        Assert.Equal(Table(_folder.File("whole")), Table(Run));
    }

    [Fact]
    public void A_finished_training_goes_on_with_more_epochs_as_if_asked_for_them_at_once()
    {
        string whole = Train(s_tiny, _folder.File("whole"));
        string four = Train(s_tiny with { MaxEpoch = 4 }, Run);
        Assert.Equal(four, Train(s_tiny with { MaxEpoch = 4 }, Run, resume: true));
        Assert.Equal(whole, Train(s_tiny, Run, resume: true));
    }

    [Fact]
    public void A_write_that_was_cut_off_does_not_matter()
    {
        string whole = Train(s_tiny, _folder.File("whole"));
        Stop(s_tiny, afterEpoch: 2);
        // What a killed process leaves: the beginning of the next state under its temporary name.
        byte[] last = File.ReadAllBytes(Path.Combine(Run, TrainingRun.LastFile));
        string temporary = Path.Combine(Run, $".{TrainingRun.LastFile}.{Guid.NewGuid():N}.tmp");
        File.WriteAllBytes(temporary, last[..(last.Length / 2)]);
        Assert.Equal(whole, Train(s_tiny, Run, resume: true));
        Assert.False(File.Exists(temporary));
    }

    [Fact]
    public void A_state_that_cannot_be_written_leaves_the_one_before()
    {
        var weights = new WeightTensor(new WeightShape("w", [2]), [1, 2]);
        var description = new RunDescription(s_tiny, []);
        using (var run = TrainingRun.Open(Run, resume: false, restart: false))
        {
            run.Begin(description);
            run.Save(new RunState(1, 0, false, []), [weights]);
            CoreException error =
                Assert.Throws<CoreException>(() => run.Save(new RunState(2, 0, false, []), new FullDisk([weights, weights])));
            Assert.Equal(Fault.FileWriteFailed, error.Fault);
            Assert.Empty(Directory.EnumerateFiles(Run, ".*.tmp"));
        }
        using var again = TrainingRun.Open(Run, resume: true, restart: false);
        (RunState state, IReadOnlyList<WeightTensor> tensors) = again.Begin(description)!.Value;
        Assert.Equal((1, "w"), (state.Step, Assert.Single(tensors).Shape.Name));
        Assert.Equal(weights.Values, tensors[0].Values);
    }

    [Fact]
    public void What_stands_in_the_states_way_is_told_and_left_alone()
    {
        using var run = TrainingRun.Open(Run, resume: false, restart: false);
        run.Begin(new RunDescription(s_tiny, []));
        Directory.CreateDirectory(run.PathOf(TrainingRun.LastFile));
        CoreException error = Assert.Throws<CoreException>(() => run.Save(new RunState(1, 0, false, []), []));
        Assert.Equal((Fault.FileWriteFailed, run.PathOf(TrainingRun.LastFile)), (error.Fault, error.Target));
        Assert.True(Directory.Exists(run.PathOf(TrainingRun.LastFile)));
        Assert.Empty(Directory.EnumerateFiles(Run, ".*.tmp"));
    }

    [Fact]
    public void An_unfinished_training_is_not_thrown_away_by_mistake()
    {
        Stop(s_tiny, afterEpoch: 1);
        CoreException error = Assert.Throws<CoreException>(() => Train(s_tiny, Run));
        Assert.Equal(Fault.TrainingRunExists, error.Fault);
        Train(s_tiny with { MaxEpoch = 1 }, Run, restart: true);
        Assert.Contains("ended with epoch 1", Assert.Throws<CoreException>(() => Train(s_tiny with { MaxEpoch = 1 }, Run)).Message,
            StringComparison.Ordinal);
        Train(s_tiny with { MaxEpoch = 1 }, Run, restart: true);
    }

    [Fact]
    public void Files_of_another_origin_are_not_replaced_by_mistake()
    {
        string theirs = Path.Combine(Directory.CreateDirectory(Run).FullName, TrainingRun.BestFile),
            hidden = Path.Combine(Run, ".notes.tmp");
        File.WriteAllText(theirs, "theirs");
        File.WriteAllText(hidden, "theirs");
        File.WriteAllText(Path.Combine(Run, RunLog.TableFile), "theirs");
        foreach (bool resume in new[] { false, true })
            Assert.Equal(
                Fault.TrainingRunExists, Assert.Throws<CoreException>(() => Train(s_tiny with { MaxEpoch = 1 }, Run, resume)).Fault);
        File.Delete(theirs);
        Assert.Equal(Fault.TrainingRunExists, Assert.Throws<CoreException>(() => Train(s_tiny with { MaxEpoch = 1 }, Run)).Fault);
        Assert.Equal("theirs", File.ReadAllText(hidden));
    }

    [Fact]
    public void A_best_model_without_its_state_is_not_replaced_by_mistake()
    {
        string model = Train(s_tiny with { MaxEpoch = 1 }, Run);
        File.Delete(Path.Combine(Run, TrainingRun.LastFile));
        Assert.Equal(Fault.TrainingRunExists, Assert.Throws<CoreException>(() => Train(s_tiny with { MaxEpoch = 1 }, Run)).Fault);
        Assert.Equal(model, ModelFile.Read(Path.Combine(Run, TrainingRun.BestFile)).Sha256);
        Assert.Equal(model, Train(s_tiny with { MaxEpoch = 1 }, Run, resume: true));
    }

    [Fact]
    public void A_training_that_stopped_gaining_is_over_when_taken_up()
    {
        TrainingOptions options = s_tiny with { LearningRate = 1e-9, MaxEpoch = 50, StopRule = new StopRule { Patience = 2 } };
        string model = Train(options, Run);
        string[] table = Table(Run);
        Assert.Equal(model, Train(options, Run, resume: true));
        Assert.Equal(table, Table(Run));
    }

    [Fact]
    public void What_only_shows_the_run_does_not_stop_it()
    {
        foreach (string name in RunLog.Files) Directory.CreateDirectory(Path.Combine(Run, name));
        var warnings = new List<string>();
        Trainer.Train([.. Cases().Select(TrainingCaseSource.Of)], s_tiny with { MaxEpoch = 2 }, null,
            new TrainingHost { RunFolder = Run, OnWarning = warnings.Add });
        Assert.Single(warnings, w => w.StartsWith(RunLog.TableFile, StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(Run, TrainingRun.LastFile)) && File.Exists(Path.Combine(Run, TrainingRun.BestFile)));
    }

    [Fact]
    public void A_new_run_shows_nothing_of_the_one_before()
    {
        Train(s_tiny with { MaxEpoch = 1 }, Run);
        string stale = Path.Combine(Run, "worst3.png");
        File.WriteAllText(stale, "stale");
        Train(s_tiny with { MaxEpoch = 1 }, Run, restart: true);
        Assert.False(File.Exists(stale));
        Assert.Single(Directory.GetFiles(Run, "events.out.tfevents.*"));
    }

    [Fact]
    public void A_training_goes_on_only_with_its_own_settings_and_cases()
    {
        Stop(s_tiny, afterEpoch: 1);
        CoreException settings = Assert.Throws<CoreException>(
            () => Train(s_tiny with { LearningRate = 0.1, ForegroundWeight = 2, MaxEpoch = 9 }, Run, resume: true));
        Assert.Equal(Fault.TrainingRunMismatch, settings.Fault);
        Assert.EndsWith("differ: LearningRate, ForegroundWeight.", settings.Message, StringComparison.Ordinal);
        TrainingOptions grouped = s_tiny with
        {
            Optimizer = new OptimizerOptions { Kind = OptimizerKind.Sgd },
            Augmentation = null,
            StopRule = new StopRule { Patience = 9 }
        };
        CoreException groups = Assert.Throws<CoreException>(() => Train(grouped, Run, resume: true));
        Assert.EndsWith("differ: Optimizer.Kind, Augmentation.", groups.Message, StringComparison.Ordinal);
        CoreException cases = Assert.Throws<CoreException>(
            () => Trainer.Train(
                [.. Cases(shift: 1).Select(TrainingCaseSource.Of)], s_tiny, null, new TrainingHost { RunFolder = Run, Resume = true }));
        Assert.Contains("differ: Cases.", cases.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"options\":{\"learningRate\":0.002,\"maxEpoch\":6},\"cases\":[]}", Fault.TrainingRunMismatch, "another version")]
    [InlineData("{\"format\":2}", Fault.TrainingRunMismatch, "another version")]
    [InlineData("{\"format\":3}", Fault.TrainingRunMismatch, "differ: ")]
    [InlineData("[]", Fault.ModelFormatUnknown, "damaged")]
    [InlineData("{", Fault.ModelFormatUnknown, "damaged")]
    [InlineData("null", Fault.ModelFormatUnknown, "damaged")]
    [InlineData("{\"format\":3,\"format\":3}", Fault.ModelFormatUnknown, "damaged")]
    [InlineData("{\"format\":3,\"options\":null,\"cases\":null}", Fault.TrainingRunMismatch, "differ: ")]
    [InlineData("{\"format\":3,\"options\":{\"\":1},\"cases\":[null,7]}", Fault.TrainingRunMismatch, "differ: ")]
    [InlineData("", Fault.ModelFormatUnknown, "damaged")]
    public void A_training_of_another_version_is_neither_gone_on_with_nor_touched(string description, Fault fault, string told)
    {
        Stop(s_tiny, afterEpoch: 1);
        File.WriteAllText(Path.Combine(Run, TrainingRun.DescriptionFile), description);
        byte[] last = File.ReadAllBytes(Path.Combine(Run, TrainingRun.LastFile));
        CoreException error = Assert.Throws<CoreException>(() => Train(s_tiny, Run, resume: true));
        Assert.Equal(fault, error.Fault);
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
        Assert.Equal(last, File.ReadAllBytes(Path.Combine(Run, TrainingRun.LastFile)));
    }

    [Fact]
    public void One_flipped_bit_in_the_state_is_noticed_wherever_it_is_and_states_of_earlier_versions_are_read()
    {
        Stop(s_tiny, afterEpoch: 1);
        string last = Path.Combine(Run, TrainingRun.LastFile);
        byte[] whole = File.ReadAllBytes(last);
        int values = 8 + BitConverter.ToInt32(whole);
        // Of the exponent of a value, a digit of what it knows of its epochs, and the last byte.
        int digit = Encoding.UTF8.GetString(whole[..values]).IndexOf("seconds", StringComparison.Ordinal) + 12;
        foreach (int at in (int[])[values + 2, (values + whole.Length) / 2, digit, whole.Length - 1])
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 1;
            File.WriteAllBytes(last, damaged);
            Assert.Equal(Fault.ModelFormatUnknown, Assert.Throws<CoreException>(() => Train(s_tiny, Run, resume: true)).Fault);
        }
        File.WriteAllBytes(last, WithoutHash(whole));
        Train(s_tiny with { MaxEpoch = 2 }, Run, resume: true);
    }

    /// <summary>A state as earlier versions wrote it.</summary>
    private static byte[] WithoutHash(byte[] state) => Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(state)
        .Replace("pancreasseg-run.sha256", "pancreasseg-run.sha000", StringComparison.Ordinal));

    [Fact]
    public void Run_json_holds_the_notes_on_each_case_and_a_run_goes_on_without_them()
    {
        TrainingCase[] cases = Cases();
        cases[1] =
            cases[1] with
            {
                Label = new LabelVolume(cases[1].Label.Grid, cases[1].Label.Labels.ToArray(),
                new VolumeSource("b") { Notes = ["rows flipped"] })
            };
        var host = new TrainingHost { RunFolder = Run, Resume = true };
        Trainer.Train([.. cases.Select(TrainingCaseSource.Of)], s_tiny with { MaxEpoch = 1 }, null, host);
        using (JsonDocument run = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Run, TrainingRun.DescriptionFile))))
            Assert.Equal(["a:", "b:rows flipped", "c:"], run.RootElement.GetProperty("cases").EnumerateArray()
                .Select(c => $"{c.GetProperty("name")}:{string.Join(';', c.GetProperty("notes").EnumerateArray())}")
                    .Order(StringComparer.Ordinal));
        Assert.Equal(
            Train(s_tiny with { MaxEpoch = 1 }, Run, resume: true), ModelFile.Read(Path.Combine(Run, TrainingRun.BestFile)).Sha256);
    }

    [Theory]
    [InlineData(1, 0.2, 1)]
    [InlineData(2, 0.0, 1)]
    [InlineData(2, 0.2, 0)]
    public void A_training_that_holds_nothing_back_says_so(int cases, double fraction, int warnings)
    {
        var told = new List<string>();
        PancreasModel model = Trainer.Train([.. Cases()[..cases].Select(TrainingCaseSource.Of)],
            s_tiny with { MaxEpoch = 1, Validation = new ValidationOptions { Fraction = fraction } }, null,
            new TrainingHost { OnWarning = told.Add });
        Assert.Equal(warnings, told.Count(w => w.Contains("No case is held back", StringComparison.Ordinal)));
        Assert.Equal(1 - warnings, model.Validation.Count);
    }

    [Fact]
    public void Two_trainings_do_not_share_a_folder()
    {
        using var run = TrainingRun.Open(Run, resume: false, restart: false);
        Assert.Equal(Fault.FileWriteFailed, Assert.Throws<CoreException>(() => Train(s_tiny, Run)).Fault);
    }

    [Fact]
    public void Divergence_keeps_the_best_model_and_says_where()
    {
        TrainingOptions options =
            s_tiny with { Augmentation = null, Optimizer = new OptimizerOptions { GradientClip = double.PositiveInfinity } };
        Stop(options, afterEpoch: 2);
        string last = Path.Combine(Run, TrainingRun.LastFile);
        byte[] state = File.ReadAllBytes(last);
        int weights = (int)BitConverter.ToInt64(state, 0) + 8;
        BitConverter.GetBytes(float.NaN).CopyTo(state, weights);
        File.WriteAllBytes(last, WithoutHash(state));
        CoreException error = Assert.Throws<CoreException>(() => Train(options, Run, resume: true));
        Assert.Equal(Fault.TrainingDiverged, error.Fault);
        Assert.Contains(TrainingRun.BestFile, error.Message, StringComparison.Ordinal);
        Assert.Equal(s_tiny.Network, ModelFile.Read(Path.Combine(Run, TrainingRun.BestFile)).Network);
    }

    [Fact]
    public void Training_ends_early_when_validation_gains_nothing_more()
    {
        var epochs = new List<TrainingEpoch>();
        Trainer.Train(
            Cases(), s_tiny with { LearningRate = 1e-9, MaxEpoch = 50, StopRule = new StopRule { Patience = 3 } }, onEpoch: epochs.Add);
        Assert.InRange(epochs.Count, 4, 20);
        Assert.Equal(3, epochs.Count - 1 - epochs.FindLastIndex(e => e.IsBest));
    }

    [Fact]
    public void Epochs_without_a_validation_do_not_bring_the_end_nearer()
    {
        var epochs = new List<TrainingEpoch>();
        TrainingOptions options = s_tiny with
        {
            LearningRate = 1e-9,
            MaxEpoch = 50,
            Validation = s_tiny.Validation with { Interval = 2 },
            StopRule = new StopRule { Patience = 2 }
        };
        Trainer.Train(Cases(), options, onEpoch: epochs.Add);
        Assert.InRange(epochs.Count, 6, 40);
        Assert.Equal(4, epochs.Count - 1 - epochs.FindLastIndex(e => e.IsBest));
    }

    [Fact]
    public void Epochs_tell_of_each_case_and_stand_in_the_table()
    {
        var epochs = new List<TrainingEpoch>();
        TrainingOptions options = s_tiny with { MaxEpoch = 2, Validation = new ValidationOptions { Interval = 2, Fraction = 0.67 } };
        PancreasModel model = Trainer.Train(
            [.. Cases().Select(TrainingCaseSource.Of)], options, null, new TrainingHost { RunFolder = Run, OnEpoch = epochs.Add });
        TrainingEpoch last = epochs[1];
        double[] dice = [.. model.Validation.Select(s => s.Dice)];
        Assert.Equal(dice.Average(), last.ValidationDice!.Value, 12);
        Assert.Equal(Math.Abs(dice[0] - dice[1]) / Math.Sqrt(2), last.ValidationDiceSd!.Value, 12);
        Assert.Equal((dice.Min(), model.Validation.MinBy(s => s.Dice)!.Case), (last.ValidationDiceWorst, last.WorstCase));
        string[] rows = File.ReadAllLines(Path.Combine(Run, RunLog.TableFile));
        Assert.Equal(3, rows.Length);
        Assert.StartsWith("Epoch,Loss,Dice,", rows[0], StringComparison.Ordinal);
        Assert.StartsWith(FormattableString.Invariant($"2,{last.Loss:R},"), rows[2], StringComparison.Ordinal);
        Assert.Contains(",,,", rows[1], StringComparison.Ordinal);
    }

    private static TrainingCase[] Cases(int shift = 0) => [Ball("a", 12 + shift), Ball("b", 16), Ball("c", 19)];

    private static string Train(TrainingOptions options, string folder, bool resume = false, bool restart = false) =>
        Trainer.Train([.. Cases().Select(TrainingCaseSource.Of)], options, null,
            new TrainingHost { RunFolder = folder, Resume = resume, Restart = restart }).Sha256;

    /// <summary>Stops in the middle of the next epoch.</summary>
    private void Stop(TrainingOptions options, int afterEpoch, bool resume = false)
    {
        using var stop = new CancellationTokenSource();
        var host = new TrainingHost
        {
            RunFolder = Run,
            Resume = resume,
            Progress = new Listener(step =>
            {
                if (step.Status.StartsWith($"epoch {afterEpoch + 1} ", StringComparison.Ordinal)) stop.Cancel();
            }),
        };
        Assert.ThrowsAny<OperationCanceledException>(
            () => Trainer.Train([.. Cases().Select(TrainingCaseSource.Of)], options, null, host, stop.Token));
    }

    private static float[] Weights(string run)
    {
        using FileStream stream = File.OpenRead(Path.Combine(run, TrainingRun.LastFile));
        return [.. SafetensorsFile.Read(stream).Tensors.SelectMany(t => t.Values)];
    }

    /// <summary>The table without its last column, the seconds.</summary>
    private static string[] Table(string run) =>
        [.. File.ReadLines(Path.Combine(run, RunLog.TableFile)).Select(row => row[..row.LastIndexOf(',')])];

    private static TrainingCase Ball(string name, int centre)
    {
        VolumeGrid grid = VolumeGrid.Axial(48, 48, 8, new(2, 2, 5));
        var random = new Random(centre);
        var hu = new short[grid.VoxelCount];
        var labels = new byte[grid.VoxelCount];
        for (int i = 0; i < hu.Length; i++)
        {
            (int x, int y, int z) = (i % 48, i / 48 % 48, i / (48 * 48));
            bool inside = (x - centre) * (x - centre) + (y - 24) * (y - 24) + 4 * (z - 4) * (z - 4) <= 64;
            (hu[i], labels[i]) = ((short)((inside ? 100 : -50) + random.Next(-20, 20)), inside ? (byte)1 : (byte)0);
        }
        return new TrainingCase(
            new CtVolume(grid, hu, new VolumeSource(name)), new LabelVolume(grid, labels, new VolumeSource(name)), name);
    }

    /// <summary>Tensors of which the last no longer fits: the header is written, then the disk is full.</summary>
    private sealed class FullDisk(WeightTensor[] tensors) : IReadOnlyList<WeightTensor>
    {
        private int _passes;

        public int Count => tensors.Length;

        public WeightTensor this[int index] => tensors[index];

        public IEnumerator<WeightTensor> GetEnumerator()
        {
            bool full = _passes++ > 0;
            for (int i = 0; i < tensors.Length; i++)
                yield return full && i == tensors.Length - 1 ? throw new IOException("No space left on device") : tensors[i];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class Listener(Action<ProgressStep> told) : IProgress<ProgressStep>
    {
        public void Report(ProgressStep value) => told(value);
    }
}
