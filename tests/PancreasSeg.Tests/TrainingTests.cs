using System.Diagnostics;
using System.Management.Automation;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Segmentation;
using PancreasSeg.Training;

namespace PancreasSeg.Tests;

public sealed class TrainingTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>, IDisposable
{
    private const string Small = " -Destination $args[2] -LabelValue 7 -Size 16, 16, 8 -BaseFilter 2";

    private readonly TestFolder _folder = new();

    private string Model => _folder["box.safetensors"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Epochs_stream_out_then_the_model_which_segments()
    {
        Invocation run = module.Invoke($"Invoke-PancreasTraining -Image $args[0] -Label $args[1]{Small} -MaxEpoch 3 -Verbose",
            TestVolumes.Ct(), TestVolumes.Box(), Model).ThrowIfFailed();
        object[] output = [.. run.Values];
        Assert.Equal([1, 2, 3], output[..3].Cast<TrainingEpoch>().Select(e => e.Epoch));
        PancreasModel model = Assert.IsType<PancreasModel>(output[3]);
        Assert.Equal(("box", 7), (model.Name, (int)TestVolumes.Box().Labels.Span[TestVolumes.Grid.IndexOf(20, 16, 8)]));
        Assert.NotEmpty(run.Progress);
        Assert.Equal(["best.safetensors", "curves.svg", "epochs.csv", "last.safetensors", "run.json"],
            Directory.GetFiles(_folder["box.run"]).Select(f => Path.GetFileName(f)!)
            .Where(f => !f.StartsWith("events.", StringComparison.Ordinal)).Order());

        SegmentationResult result = module.Invoke("$args[0] | Invoke-PancreasSegmentation -Model $args[1]", TestVolumes.Ct(), Model)
            .Only<SegmentationResult>();
        Assert.Equal(model.Sha256, result.ModelSha256);
    }

    [Fact]
    public void Paths_and_piped_objects_are_the_same_training()
    {
        module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Ct(), _folder["case.nii.gz"]).ThrowIfFailed();
        module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Box(), _folder["label.nii.gz"]).ThrowIfFailed();
        string[] hashes =
        [
            .. new[]
            {
                module.InvokeIn(_folder.FullName,
                    $"Invoke-PancreasTraining -Image case.nii.gz -Label label.nii.gz{Small} -MaxEpoch 2 -Force", null, null, Model),
                module.Invoke(
                    $"[pscustomobject]@{{ Image = $args[0]; Label = $args[1] }} | Invoke-PancreasTraining{Small} -MaxEpoch 2 -Force",
                    TestVolumes.Ct(), TestVolumes.Box(), Model),
            }.Select(run => run.ThrowIfFailed().Values.OfType<PancreasModel>().Single().Sha256),
        ];
        Assert.Equal(hashes[0], hashes[1]);
    }

    [Theory]
    [InlineData("Invoke-PancreasTraining -Image $args[0] -Label $args[1] -Destination $args[2] -LabelValue 9 -Size 16, 16, 8 -BaseFilter 2 -MaxEpoch 1", "LabelMissing")]
    [InlineData("Invoke-PancreasTraining -Image $args[0], $args[0] -Label $args[1] -Destination $args[2] -LabelValue 7",
        "TrainingDataInvalid")]
    [InlineData("Invoke-PancreasTraining -Image ($args[0] | Resize-Volume 4) -Label $args[1] -Destination $args[2] -LabelValue 7 -Size 16, 16, 8 -BaseFilter 2 -MaxEpoch 1", "GridMismatch")]
    [InlineData("Invoke-PancreasTraining -Image ./nowhere.nii -Label $args[1] -Destination $args[2] -LabelValue 7", "FileNotFound")]
    [InlineData("Invoke-PancreasTraining -Image $args[0] -Label $args[1] -Destination $args[2] -LabelValue 7 -Size 20, 16, 8 -BaseFilter 2 -MaxEpoch 1", "ModelPlanMismatch")]
    public void What_cannot_be_trained_on_is_named_and_writes_nothing(string script, string id)
    {
        Invocation run = module.Invoke(script, TestVolumes.Ct(), TestVolumes.Box(), Model);
        Assert.Equal(id, Assert.Single(run.Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.Empty(run.Output);
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void A_model_to_go_on_from_brings_network_and_plan()
    {
        PancreasModel first = module.Invoke(
            $"Invoke-PancreasTraining -Image $args[0] -Label $args[1]{Small} -Network @{{ Stages = 3; Norm = 'Instance' }} -Window -100, 200 -MaxEpoch 1",
            TestVolumes.Ct(), TestVolumes.Box(), Model).ThrowIfFailed().Values.OfType<PancreasModel>().Single();
        const string more =
            "Invoke-PancreasTraining -Image $args[0] -Label $args[1] -Destination $args[2] -LabelValue 7 -MaxEpoch 1 -InitialModel $args[3]";
        PancreasModel second = module.Invoke(more, TestVolumes.Ct(), TestVolumes.Box(), _folder["second.safetensors"], Model)
            .ThrowIfFailed().Values.OfType<PancreasModel>().Single();
        Assert.Equal((first.Network, -100.0, 200.0), (second.Network, second.Plan.WindowLow, second.Plan.WindowHigh));
        Assert.Equal([16, 16, 8], second.Plan.Size!);
        Assert.NotEqual(first.Sha256, second.Sha256);
        PancreasModel finer = module.Invoke($"{more} -Size 32, 16, 8", TestVolumes.Ct(), TestVolumes.Box(), _folder["finer.safetensors"],
            first).ThrowIfFailed().Values.OfType<PancreasModel>().Single();
        Assert.Equal((32, -100.0, 200.0), (finer.Plan.Size![0], finer.Plan.WindowLow, finer.Plan.WindowHigh));

        var minMax = new PancreasModel(first.Header with { Plan = PreprocessPlan.Original }, first.Weights);
        PancreasModel windowed = module.Invoke($"{more} -Size 16, 16, 8", TestVolumes.Ct(), TestVolumes.Box(),
            _folder["windowed.safetensors"], minMax).ThrowIfFailed().Values.OfType<PancreasModel>().Single();
        Assert.InRange(windowed.Plan.WindowHigh - windowed.Plan.WindowLow, 100, 2000);

        Invocation other = module.Invoke($"{more} -BaseFilter 4", TestVolumes.Ct(), TestVolumes.Box(), _folder["other.safetensors"], Model);
        Assert.Equal("ParameterConflict", Assert.Single(other.Errors).FullyQualifiedErrorId.Split(',')[0]);
        Invocation nothing =
            module.Invoke(more, TestVolumes.Ct(), TestVolumes.Box(), _folder["other.safetensors"], _folder["absent.safetensors"]);
        Assert.Equal("FileNotFound", Assert.Single(nothing.Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.False(File.Exists(_folder["other.safetensors"]));
    }

    [Fact]
    public void A_stopped_training_leaves_no_model_says_where_it_is_kept_and_goes_on_with_Resume()
    {
        string train = $"Invoke-PancreasTraining -Image $args[0] -Label $args[1]{Small} -ThreadCount 1";
        using (PowerShell shell = module.Start($"{train} -MaxEpoch 1000000", TestVolumes.Ct(), TestVolumes.Box(), Model))
        {
            var output = new PSDataCollection<PSObject>();
            using var began = new ManualResetEventSlim();
            output.DataAdded += (_, _) => began.Set();
            IAsyncResult run = shell.BeginInvoke<PSObject, PSObject>(null, output);
            Assert.True(began.Wait(TimeSpan.FromMinutes(2)));
            shell.Stop();
            Assert.Equal(PSInvocationState.Stopped, shell.InvocationStateInfo.State);
            Assert.True(run.IsCompleted);
        }
        Assert.False(File.Exists(Model));
        int done = File.ReadAllLines(_folder["box.run/epochs.csv"]).Length - 1;
        Assert.True(done >= 1);

        string script = $"{train} -MaxEpoch {done + 2}";
        Invocation refused = module.Invoke(script, TestVolumes.Ct(), TestVolumes.Box(), Model);
        Assert.Equal("TrainingRunExists", Assert.Single(refused.Errors).FullyQualifiedErrorId.Split(',')[0]);
        TrainingEpoch[] epochs = [.. module.Invoke($"{script} -Resume", TestVolumes.Ct(), TestVolumes.Box(), Model)
            .ThrowIfFailed().Values.OfType<TrainingEpoch>()];
        Assert.Equal([done + 1, done + 2], epochs.Select(e => e.Epoch));
        Assert.True(File.Exists(Model));
    }

    [Fact]
    public async Task Interrupted_at_the_prompt_a_training_says_how_to_go_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no kill -INT");
        module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Ct(), _folder["case.nii"]).ThrowIfFailed();
        module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Box(), _folder["label.nii"]).ThrowIfFailed();
        string train =
            $"Invoke-PancreasTraining -Image '{_folder["case.nii"]}' -Label '{_folder["label.nii"]}' -Destination '{Model}' -LabelValue 7 -Size 16, 16, 8 -BaseFilter 2 -ThreadCount 1";
        using Process process = ShellProcess.Start(
            ["-NoProfile", "-Command",
                $"Import-Module '{Repository.Manifest}'; {train} | ForEach-Object {{ [Console]::WriteLine('epoch') }}"]);
        while (await process.StandardOutput.ReadLineAsync() is { } line && line != "epoch") { }
        using (Process kill = Process.Start("kill", ["-INT", $"{process.Id}"])) await kill.WaitForExitAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.NotEqual(0, process.ExitCode);
        Assert.Contains(
            $"with -Resume. It is kept in '{_folder["box.run"]}'", (await output + error).ReplaceLineEndings(""), StringComparison.Ordinal);
        Assert.False(File.Exists(Model));
    }

    [Fact]
    public void A_data_set_on_disk_trains_and_its_validation_curve_chooses_thresholds()
    {
        foreach (string name in new[] { "a", "b", "c" })
        {
            Directory.CreateDirectory(_folder["set/imagesTr"]);
            Directory.CreateDirectory(_folder["set/labelsTr"]);
            string noise =
                $"[PancreasSeg.CtVolume]::new($args[0].Grid, [float[]]@($args[0].Integers.ToArray() | ForEach-Object {{ $_ + {(int)name[0]} }}), $args[0].Source)";
            module.Invoke($"{noise} | Export-Nifti $args[1]", TestVolumes.Ct(), _folder[$"set/imagesTr/{name}_0000.nii.gz"])
                .ThrowIfFailed();
            module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Box(), _folder[$"set/labelsTr/{name}.nii.gz"]).ThrowIfFailed();
        }
        PancreasModel model = module.Invoke(
            $"Invoke-PancreasTraining -DataSet $args[0]{Small} -MaxEpoch 1 -Validation @{{ Folds = 3; Fold = 2 }} -CachePath $args[1]",
            _folder["set"], _folder["cache"], Model)
            .ThrowIfFailed().Values.OfType<PancreasModel>().Single();
        Assert.Single(model.Validation);
        Assert.Equal(19, model.Curve.Count);
        Assert.Equal(3, Directory.GetFiles(_folder["cache"]).Length);
        SegmentationResult result = module.Invoke("$args[0] | Invoke-PancreasSegmentation -Model $args[1] -OperatingPoint Recall",
            TestVolumes.Ct(), Model).Only<SegmentationResult>();
        Assert.Equal(model.ThresholdFor(OperatingPointKind.Recall), result.Threshold);
        Invocation both = module.Invoke(
            "$args[0] | Invoke-PancreasSegmentation -Model $args[1] -OperatingPoint Recall -Threshold 0.5", TestVolumes.Ct(), Model);
        Assert.Equal("ParameterConflict", Assert.Single(both.Errors).FullyQualifiedErrorId.Split(',')[0]);
    }

    [Fact]
    public void Cases_that_only_the_second_stage_refuses_are_told_before_the_first_learns()
    {
        StagePlan Stage(ModelStage stage, PreprocessPlan plan) =>
            new() { Stage = stage, Plan = plan, Network = new NetworkSpec { Filters = 2, Stages = 2 }, LearningRate = 0.005 };
        var plan = new TrainingPlan
        {
            Stages = [Stage(ModelStage.Locator, new PreprocessPlan { Spacing = [6, 6, 6] }),
                Stage(ModelStage.Refiner, new PreprocessPlan { Spacing = [3, 3, 3], BoxSize = [48, 48, 48] })],
        };
        VolumeGrid grid = VolumeGrid.Axial(64, 64, 40, new(3, 3, 3));
        short[] hu = [.. Enumerable.Range(0, grid.VoxelCount).Select(i => (short)(i * 7919L % 97 - 48))], other = [.. hu];
        byte[] labels = new byte[grid.VoxelCount];
        for (int i = 0; i < hu.Length; i++)
        {
            (int c, int r, int s) = grid.VoxelOf(i);
            if (Math.Abs(c - 32) + Math.Abs(r - 32) + Math.Abs(s - 20) < 6) (hu[i], other[i], labels[i]) = (90, 90, 1);
            if (s == 0) other[i] = 200;                     // beyond what surrounds the box
        }
        CtVolume Ct(short[] values, string name) => new(grid, values, new VolumeSource(name));
        var label = new LabelVolume(grid, labels, new VolumeSource("label"));
        Invocation run = module.Invoke(
            "Invoke-PancreasTraining -Image $args[0] -Label $args[1] -Plan $args[2] -Destination $args[3] -MaxEpoch 1 -ThreadCount 1",
            new object[] { Ct(hu, "a"), Ct(other, "b") }, new object[] { label, label }, plan, Model);
        string text = Assert.Single(run.Errors).Exception.Message;
        Assert.Contains("show the same CT", text, StringComparison.Ordinal);
        Assert.Empty(run.Output);
        Assert.DoesNotContain(_folder.Files, file => file.EndsWith(".safetensors", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Invoke-PancreasTraining -Destination $args[2]", "TrainingDataInvalid")]
    [InlineData("Invoke-PancreasTraining -Destination $args[2] -Simulate Refiner -Image $args[0] -Label $args[1]", "TrainingDataInvalid")]
    [InlineData("Invoke-PancreasTraining -Destination $args[2] -DataSet ./nowhere", "FileNotFound")]
    public void There_must_be_one_kind_of_case(string script, string id)
    {
        Assert.Equal(id,
            Assert.Single(module.Invoke(script, TestVolumes.Ct(), TestVolumes.Box(), Model).Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.Empty(_folder.Files);
    }
}
