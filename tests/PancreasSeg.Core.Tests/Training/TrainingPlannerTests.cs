using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public sealed class TrainingPlannerTests
{
    private static readonly PlanOptions s_large = new() { Budget = 200L << 30, Precision = Precision.Float32 };

    [Fact]
    public void An_abdomen_is_planned_as_a_locator_and_a_refiner_at_native_resolution()
    {
        TrainingPlan plan = Create(Abdomens(), s_large);
        Assert.True(plan.IsTwoStage);
        StagePlan locator = plan.Of(ModelStage.Locator), refiner = plan.Of(null);
        Assert.Equal(ModelStage.Refiner, refiner.Stage);
        Assert.Null(locator.Plan.BoxSize);
        Assert.Equal([5.0, 5, 5], locator.Plan.Spacing!);
        Assert.Equal([0.8, 0.8, 2], refiner.Plan.Spacing!);
        // 198 x 135 x 132 mm: 95 of 100 glands and 15 mm to each side.
        Assert.Equal([256, 176, 68], refiner.Voxels);
        Assert.Equal([204.8, 140.8, 136], refiner.Plan.BoxSize!);
        Assert.Equal((16, 5), (refiner.Network.Filters, refiner.Network.Stages));
        Assert.Equal((-160, 250), (refiner.Plan.WindowLow, refiner.Plan.WindowHigh));
        Assert.Equal((0.002, null, null), (refiner.LearningRate, refiner.MaxDuration, refiner.Steps));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], plan.Reasons.Select(r => r.Rule).Distinct());
    }

    [Fact]
    public void The_box_in_voxels_is_the_one_that_is_trained_in()
    {
        StagePlan refiner = Create(Abdomens(), s_large with { Budget = 6L << 30 }).Of(ModelStage.Refiner);
        VolumeGrid box = new Preprocessor(refiner.Plan).BoxGrid(VolumeGrid.Axial(512, 512, 150, new(0.8, 0.8, 2)), default);
        Assert.Equal(refiner.Voxels, [box.Columns, box.Rows, box.Slices]);
    }

    [Fact]
    public void A_network_with_strides_is_planned_with_those_that_voxels_and_their_size_allow()
    {
        TrainingPlan plan = Create(Abdomens(), s_large with { Network = NetworkKind.ResidualUNet });
        StagePlan refiner = plan.Of(null);
        Assert.Equal(NetworkKind.AttentionUNet, plan.Of(ModelStage.Locator).Network.Kind);
        // 248 x 169 x 66 voxels of 0.8 x 0.8 x 2 mm are 8 x 6 x 5 after five poolings, whose first leaves slices alone.
        Assert.Equal([[2, 2, 1], [2, 2, 2], [2, 2, 2], [2, 2, 2], [2, 2, 2]], refiner.Network.Strides!);
        Assert.Equal([256, 192, 80], refiner.Voxels);
        Assert.Equal([204.8, 153.6, 160], refiner.Plan.BoxSize!);
        refiner.Network.Validate();
        Assert.Contains("2x2x1, 2x2x2", plan.Reasons.Single(r => r is { Rule: 5, Setting: "Refiner network stages" }).Why,
            StringComparison.Ordinal);
        VolumeGrid box = new Preprocessor(refiner.Plan, refiner.Network.Divisors)
            .BoxGrid(VolumeGrid.Axial(512, 512, 150, new(0.8, 0.8, 2)), default);
        Assert.Equal(refiner.Voxels, [box.Columns, box.Rows, box.Slices]);

        StagePlan small = Create(Abdomens(), s_large with { Network = NetworkKind.ResidualUNet, Budget = 6L << 30 }).Of(null);
        Assert.InRange(small.Memory, 1, 0.8 * (6L << 30));
        Assert.True(small.Plan.Spacing![0] > 0.8);
        Assert.Equal(Fault.SettingInvalid,
            Assert.Throws<CoreException>(() => Create(Abdomens(), s_large with { Network = NetworkKind.SliceUNet })).Fault);

        using var folder = new TemporaryFolder();
        string file = folder.File("plan.json");
        plan.Write(file);
        Assert.Equal(refiner.Network, TrainingPlan.Read(file).Of(null).Network);
        string text = File.ReadAllText(file);
        Assert.Contains("\"format\": 2", text, StringComparison.Ordinal);
        File.WriteAllText(file, text.Replace("\"format\": 2", "\"format\": 1", StringComparison.Ordinal));
        Assert.Contains("format", Assert.Throws<CoreException>(() => TrainingPlan.Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Less_memory_or_more_filters_give_larger_voxels_and_never_more_than_the_budget()
    {
        double last = 0;
        foreach (int gigabytes in (int[])[64, 24, 16, 8, 4])
        {
            StagePlan refiner = Create(Abdomens(), s_large with { Budget = (long)gigabytes << 30 }).Of(ModelStage.Refiner);
            Assert.InRange(refiner.Memory, 1, 0.8 * (gigabytes * 1024.0 * 1024 * 1024));
            Assert.True(refiner.Plan.Spacing![0] >= last, $"{gigabytes} GB: {refiner}");
            Assert.Equal(2.5, refiner.Plan.Spacing[2] / refiner.Plan.Spacing[0], 1);
            last = refiner.Plan.Spacing[0];
        }
        Assert.InRange(last, 0.9, 4);
        Assert.True(Create(Abdomens(), s_large with { Budget = 16L << 30, Filters = 32 }).Of(null).Plan.Spacing![0]
            > Create(Abdomens(), s_large with { Budget = 16L << 30 }).Of(null).Plan.Spacing![0]);
    }

    [Fact]
    public void Volumes_that_show_little_more_than_the_gland_need_no_locator()
    {
        CaseFingerprint[] small = [.. Enumerable.Range(0, 5).Select(i => Case($"c{i}", [128, 96, 60], [2, 2, 3], [150, 90, 90]))];
        TrainingPlan plan = Create(small, s_large);
        Assert.False(plan.IsTwoStage);
        Assert.Null(plan.Stages[0].Stage);
        Assert.Null(plan.Stages[0].Plan.BoxSize);
        Assert.Equal([2.0, 2, 3], plan.Stages[0].Plan.Spacing!);
        Assert.Equal(Fault.SettingInvalid, Assert.Throws<CoreException>(() => plan.Of(ModelStage.Locator)).Fault);
    }

    [Fact]
    public void Thick_slices_follow_the_thinnest_tenth_and_stored_axes_the_patients()
    {
        CaseFingerprint[] thick = [.. Enumerable.Range(0, 10).Select(i =>
            Case($"c{i}", [512, 512, 60], [0.8, 0.8, i < 2 ? 2 : 5], [160, 90, 90]))];
        Assert.Equal([0.8, 0.8, 2], Create(thick, s_large).Of(null).Plan.Spacing!);

        CaseFingerprint[] coronal = [.. Enumerable.Range(0, 3).Select(i =>
            Case($"c{i}", [512, 150, 512], [0.8, 2, 0.8], [168, 102, 105], "LIP"))];
        Assert.Equal([256, 176, 68], Create(coronal, s_large).Of(null).Voxels);
    }

    [Fact]
    public void Time_becomes_steps_and_few_steps_advise_a_trained_model()
    {
        var options = s_large with { MaxDuration = TimeSpan.FromHours(10) };
        StagePlan slow = Create(Abdomens(), options, 2.4e-6).Of(ModelStage.Refiner);
        Assert.Equal(TimeSpan.FromHours(8), slow.MaxDuration);
        Assert.Equal(256 * 176 * 68 * 2.4e-6, slow.StepSeconds!.Value, 9);
        Assert.Equal((int)(8 * 3600 / slow.StepSeconds.Value), slow.Steps);
        Assert.Equal(5e-4, slow.LearningRate);
        TrainingPlan fast = Create(Abdomens(), options, 2.4e-7);
        Assert.Equal((0.002, TimeSpan.FromHours(2)), (fast.Of(null).LearningRate, fast.Of(ModelStage.Locator).MaxDuration));
        Assert.DoesNotContain(fast.Reasons, r => r.Why.Contains("-InitialModel", StringComparison.Ordinal));
    }

    [Fact]
    public void A_plan_and_a_fingerprint_survive_their_files_and_damaged_ones_are_refused()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("plan.json"), data = folder.File("data.json");
        DataFingerprint.Of([.. Abdomens()]).Write(data);
        TrainingPlan plan = TrainingPlanner.Create(DataFingerprint.Read(data), s_large, (_, _) => 1e-6);
        Assert.Equal($"{Create(Abdomens(), s_large)}", $"{plan}");
        plan.Write(file);
        TrainingPlan read = TrainingPlan.Read(file);
        Assert.Equal(plan.Reasons, read.Reasons);
        Assert.Equal($"{plan}", $"{read}");
        Assert.Equal(plan.Of(null).Plan.BoxSize!, read.Of(null).Plan.BoxSize!);

        string whole = File.ReadAllText(file);
        foreach ((string text, Fault fault) in ((string, Fault)[])[
            (whole[..200], Fault.SettingInvalid), ("{}", Fault.SettingInvalid), ("null", Fault.SettingInvalid),
            (whole.Replace("\"format\": 1", "\"format\": 2", StringComparison.Ordinal), Fault.SettingInvalid),
            (whole.Replace("\"format\": 1", "\"format\": 0", StringComparison.Ordinal), Fault.SettingInvalid),
            ("""{"format":0,"stages":[null]}""", Fault.SettingInvalid),
            (whole.Replace("\"windowLow\": -160", "\"windowLow\": 900", StringComparison.Ordinal), Fault.ModelPlanMismatch),
            (File.ReadAllText(data), Fault.SettingInvalid)])
        {
            File.WriteAllText(file, text);
            CoreException refused = Assert.Throws<CoreException>(() => TrainingPlan.Read(file));
            Assert.Equal((fault, file), (refused.Fault, refused.Target));
            Assert.Contains(file, refused.Message, StringComparison.Ordinal);
            Assert.Contains("New-TrainingPlan", refused.Remedy, StringComparison.Ordinal);
        }
        File.WriteAllText(data, whole);
        Assert.Equal(Fault.TrainingDataInvalid, Assert.Throws<CoreException>(() =>
            TrainingPlanner.Create(DataFingerprint.Read(data), s_large, (_, _) => 1)).Fault);
        File.WriteAllText(data, whole[..300]);
        Assert.Equal(Fault.TrainingDataInvalid, Assert.Throws<CoreException>(() => DataFingerprint.Read(data)).Fault);
    }

    [Fact]
    public void What_cannot_be_planned_is_refused()
    {
        Assert.Equal(Fault.TrainingDataInvalid, Assert.Throws<CoreException>(() => Create([], s_large)).Fault);
        Assert.Equal(Fault.MemoryLimitTooSmall,
            Assert.Throws<CoreException>(() => Create(Abdomens(), s_large with { Budget = 300_000_000 })).Fault);
        CoreException past = Assert.Throws<CoreException>(() => Create(Abdomens(), s_large with { MaxDuration = TimeSpan.FromHours(-1) }));
        Assert.Equal((Fault.SettingInvalid, nameof(PlanOptions.MaxDuration)), (past.Fault, past.Target));
        CoreException gpu = Assert.Throws<CoreException>(() => Create(Abdomens(), new PlanOptions { Device = ComputeDevice.Cuda }));
        Assert.Equal((Fault.SettingInvalid, nameof(PlanOptions.Budget)), (gpu.Fault, gpu.Target));
    }

    // A refiner's case is 256 + 2 * 19 by 176 + 2 * 19 by 68 + 2 * 8 voxels of 5 bytes: 26.4 MB.
    [Theory]
    [InlineData(100, ComputeDevice.Cpu, "100 prepared cases are 2.6 GB beside it")]
    [InlineData(20000, ComputeDevice.Cpu, "20000 prepared cases are 528.5 GB, more than is left: keep them on disk by -CachePath")]
    [InlineData(20000, ComputeDevice.Cuda, "20000 prepared cases are 528.5 GB of main memory")]
    public void The_bytes_of_prepared_cases_are_stated(int cases, ComputeDevice device, string expected)
    {
        CaseFingerprint one = Abdomens()[0];
        TrainingPlan plan = Create([.. Enumerable.Repeat(one, cases)], s_large with { Device = device });
        PlanReason reason = plan.Reasons.Single(r => r.Setting == "Refiner memory");
        Assert.EndsWith(expected, reason.Why, StringComparison.Ordinal);
    }

    /// <summary>Peaks of processes that made three steps, as Linux told them; the last two in bfloat16. A training takes what it writes
    /// after an epoch beside them; the second made two epochs.</summary>
    [Theory]
    [InlineData(8, 5, NetworkNorm.None, 2, 96, 96, 32, false, false, 0.592)]
    [InlineData(8, 5, NetworkNorm.None, 2, 96, 96, 32, false, true, 0.792)]
    [InlineData(8, 5, NetworkNorm.None, 15, 96, 96, 32, false, false, 0.975)]
    [InlineData(8, 5, NetworkNorm.Instance, 2, 96, 96, 32, false, false, 0.661)]
    [InlineData(16, 4, NetworkNorm.None, 2, 64, 64, 32, false, true, 0.672)]
    [InlineData(16, 5, NetworkNorm.None, 2, 160, 160, 160, true, false, 4.0)]
    [InlineData(16, 5, NetworkNorm.None, 2, 160, 160, 160, true, true, 7.11)]
    public void Memory_of_a_step_is_near_what_was_measured(int filters, int stages, NetworkNorm norm, int classes,
        int columns, int rows, int slices, bool half, bool keeps, double gigabytes)
    {
        var spec = new NetworkSpec { Filters = filters, Stages = stages, Norm = norm, Classes = classes };
        Assert.InRange(StepMemory.Of(spec, [columns, rows, slices], half, keeps) / 1e9, 0.93 * gigabytes, 1.25 * gigabytes);
    }

    /// <summary>Peaks of processes that trained two epochs with a run folder and freed memory kept, as Linux told them.</summary>
    [Theory]
    [InlineData(16, 64, 64, 32, false, 1.926)]
    [InlineData(16, 64, 64, 32, true, 1.837)]
    [InlineData(16, 96, 80, 48, false, 2.518)]
    [InlineData(16, 96, 80, 48, true, 2.262)]
    [InlineData(16, 128, 112, 64, false, 3.950)]
    [InlineData(16, 128, 112, 64, true, 3.040)]
    [InlineData(8, 64, 64, 32, false, 0.968)]
    public void Memory_of_a_training_of_a_network_with_strides_is_not_below_what_was_measured(
        int filters, int columns, int rows, int slices, bool half, double gigabytes)
    {
        int[] voxels = [columns, rows, slices];
        NetworkSpec spec =
            new NetworkSpec { Kind = NetworkKind.ResidualUNet, Filters = filters }.FittedTo(new PreprocessPlan { Size = voxels });
        Assert.InRange(StepMemory.Of(spec, voxels, half, keepsFreed: true) / 1e9, gigabytes, 1.3 * gigabytes);
    }

    private static TrainingPlan Create(IReadOnlyList<CaseFingerprint> cases, PlanOptions options, double perVoxel = 1e-6) =>
        TrainingPlanner.Create(DataFingerprint.Of([.. cases]), options, (_, _) => perVoxel);

    private static CaseFingerprint[] Abdomens() =>
        [.. Enumerable.Range(0, 5).Select(i => Case($"c{i}", [512, 512, 150], [0.8, 0.8, 2], [168, 105, 102]))];

    private static CaseFingerprint Case(string name, int[] size, double[] spacing, double[] box, string orientation = "LPS")
    {
        var hu = new HuHistogram();
        for (int i = 0; i <= 150; i++) hu.Add(i);
        return new CaseFingerprint
        {
            Name = name,
            Size = size,
            Spacing = spacing,
            BoxMm = box,
            Orientation = orientation,
            VolumeMl = 70,
            Sha256 = name,
            Hu = hu,
        };
    }
}
