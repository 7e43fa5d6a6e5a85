using System.Management.Automation;
using PancreasSeg.Batch;
using PancreasSeg.Network;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Tests;

/// <summary>Models of nnU-Net through the cmdlets: small ones whose every voxel gets one class, and nnU-Net's own label maps where those
/// lie beside the repository.</summary>
public sealed class NnUNetTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>, IDisposable
{
    private const string Segment = "$args[0] | Invoke-PancreasSegmentation -Model $args[1] ";
    private const byte Pancreas = 2;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("801", "801_f0_plain_case2", "")]
    [InlineData("802", "802_f0_mirror_case2", "")]
    [InlineData("803", "803_f01_plain_case4", "")]
    [InlineData("803", "803_f1_plain_case4", "-Fold 1")]
    [InlineData("801", "801_f0_mirror_case4", "-Mirror")]
    public void The_mask_is_that_of_nnunet(string id, string expected, string more)
    {
        string data = Path.Combine(Repository.Root, "..", "shared", "data", "nnunet");
        Assert.SkipUnless(Directory.Exists(data), "no sample data");
        string model = Directory.GetDirectories(Path.Combine(data, "models"), $"Dataset{id}_*").Single(),
            input = Path.Combine(data, "input", $"{expected.Split('_')[^1]}_0000.nii.gz");
        SegmentationResult result = module.Invoke($"Invoke-PancreasSegmentation $args[0] $args[1] -AcceptAnyInput {more}", input, model)
            .Only<SegmentationResult>();
        LabelVolume labels = module.Invoke("Import-Segmentation $args[0]", Path.Combine(data, "expected", expected + ".nii.gz"))
            .Only<LabelVolume>();
        byte[] mask = result.Mask!.Labels.ToArray(), truth = [.. labels.Labels.ToArray().Select(l => l == Pancreas ? (byte)1 : (byte)0)];
        Assert.True(result.Mask.Grid.Matches(labels.Grid));
        Assert.InRange(mask.Zip(truth, (a, b) => a != b).Count(differs => differs), 0, mask.Length * 1e-4);
        Assert.Equal(("TorchSharp", "float32"), (result.Engine!.Engine, result.Engine.Precision));
        Assert.Equal(more == "-Mirror", result.NnUNet!.IsMirrored);
        Assert.Null(result.Threshold);
    }

    [Fact]
    public void Folds_are_averaged_and_one_may_be_chosen()
    {
        string model = Model(("fold_0", Pancreas, 5), ("fold_1", 1, 9));
        Assert.Equal(SegmentationStatus.Empty, Run(model).Status);
        SegmentationResult first = Run(model, "-Fold 0");
        Assert.Equal(TestVolumes.Grid.VoxelCount, first.Mask!.Count(1));
        Assert.Equal(("0", false, TestVolumes.Grid.Orientation), (first.NnUNet!.Folds.Single(), first.NnUNet.IsMirrored,
            first.NnUNet.Orientation));
        Assert.Contains("MaskTouchesBorder", first.Reasons);
        Assert.Equal(TestVolumes.Grid, first.Mask.Grid);
        Assert.Equal("RAS", Run(model, "-Fold 0 -Orientation RAS -Mirror").NnUNet!.Orientation);
    }

    [Fact]
    public void A_model_says_what_it_is_and_goes_on_as_an_object()
    {
        string folder = Model(("fold_0", Pancreas, 5));
        PancreasModel model = module.Invoke("Get-PancreasModel -LiteralPath $args[0]", folder).Only<PancreasModel>();
        Assert.Equal("Dataset900_Small/nnUNetTrainer__nnUNetPlans__3d_fullres", model.Name);
        Assert.Equal(["background", "spleen", "pancreas"], model.ClassNames);
        Assert.Equal(("nnUNetTrainer", "3d_fullres", "PlainConvUNet", true),
            (model.NnUNet!.Trainer, model.NnUNet.Configuration, model.NnUNet.Network, model.NnUNet.CanMirror));
        Assert.Equal([3.0, 2, 2], model.NnUNet.Spacing);
        Assert.Equal([8, 16, 16], model.NnUNet.Patch);
        Assert.StartsWith("Not stated", model.License, StringComparison.Ordinal);
        SegmentationResult result = module.Invoke(Segment, TestVolumes.Ct(), model).Only<SegmentationResult>();
        Assert.Equal((model.Name, model.Sha256), (result.Model, result.ModelSha256));

        string plans = Path.Combine(folder, "plans.json");
        File.WriteAllText(plans, File.ReadAllText(plans).Replace("50", "51", StringComparison.Ordinal));
        Assert.NotEqual(model.Sha256, module.Invoke("Get-PancreasModel -LiteralPath $args[0]", folder).Only<PancreasModel>().Sha256);
    }

    [Fact]
    public void Other_classes_come_with_their_names_and_measurements_and_a_file_beside_the_mask()
    {
        string model = Model(("fold_0", 1, 5)), masks = Path.Combine(_folder.FullName, "masks");
        SegmentationResult result = Run(model, $"-Class spleen, pancreas -OutputPath '{masks}' -Force");
        Assert.Equal(SegmentationStatus.Empty, result.Status);
        Assert.Equal(TestVolumes.Grid.VoxelCount, result.Labels!.Count(1));
        Assert.Equal([("spleen", 1), ("pancreas", 2)], result.Classes.Select(c => (c.Name, (int)c.Label)));
        CtVolume ct = TestVolumes.Ct();
        double mean = ct.Integers.ToArray().Average(v => (double)v);
        Assert.Equal((TestVolumes.Grid.VoxelCount * TestVolumes.Grid.VoxelVolume / 1000, mean, true),
            (result.Classes[0].VolumeMl, result.Classes[0].MeanHu!.Value, result.Classes[0].TouchesBorder));
        Assert.Equal((0.0, null, false), (result.Classes[1].VolumeMl, result.Classes[1].MeanHu, result.Classes[1].TouchesBorder));
        Assert.Equal(Path.Combine(masks, "case_labels.nii.gz"), result.LabelsPath);
        Assert.Equal(["case_labels.nii.gz", "case_mask.nii.gz"], Directory.GetFiles(masks).Select(Path.GetFileName).Order());
        LabelVolume written = module.Invoke("Import-Segmentation -LiteralPath $args[0]", result.LabelsPath!).Only<LabelVolume>();
        Assert.Equal(result.Labels.Labels.ToArray(), written.Labels.ToArray());

        Assert.Equal(0, Run(model, "-Class pan*").Labels!.Count(1));
        Assert.Equal(2, Run(model, "-Class *").Classes.Count);
        Assert.Null(Run(model).Labels);
        Assert.Equal(Path.Combine(masks, "a_labels.nii"), Run(model, $"-Class * -OutputPath '{masks}/a_mask.nii'").LabelsPath);
        Assert.Equal(Path.Combine(masks, "b_labels.nii"), Run(model, $"-Class * -OutputPath '{masks}/b.nii'").LabelsPath);
    }

    [Fact]
    public void Mask_and_labels_are_written_both_or_neither()
    {
        string model = Model(("fold_0", 1, 5)), folder = Path.Combine(_folder.FullName, "out"), kept = Path.Combine(folder, "x_labels.nii");
        Directory.CreateDirectory(folder);
        File.WriteAllText(kept, "kept");
        SegmentationResult refused = Fails($"-Class * -NoClobber -OutputPath '{folder}/x_mask.nii'", "NoClobber");
        Assert.Equal(("kept", null, null), (File.ReadAllText(kept), refused.OutputPath, refused.LabelsPath));
        Assert.Equal([kept], Directory.GetFiles(folder));
        File.Delete(kept);
        Directory.CreateDirectory(kept);
        Fails($"-Class * -OutputPath '{folder}/x_mask.nii'", "FileWriteFailed");
        Assert.Empty(Directory.GetFiles(folder));
        Directory.Delete(kept);
        Directory.CreateDirectory(Path.Combine(folder, "x_mask.nii"));
        Fails($"-Class * -OutputPath '{folder}/x_mask.nii'", "FileWriteFailed");
        Assert.Empty(Directory.GetFiles(folder));

        SegmentationResult Fails(string more, string error)
        {
            Invocation run = module.Invoke(Segment + more, TestVolumes.Ct(), model);
            Assert.Equal(error, Assert.Single(run.Errors).FullyQualifiedErrorId.Split(',')[0]);
            return Assert.Single(run.Values.OfType<SegmentationResult>());
        }
    }

    [Fact]
    public void Class_names_are_completed_from_the_model()
    {
        string model = Model(("fold_0", 1, 5));
        string[] Completed(string argument, string typed) => [.. module.Invoke(
            "(TabExpansion2 $args[0] $args[0].Length).CompletionMatches.CompletionText",
            $"Invoke-PancreasSegmentation ./ct.nii -Model {argument} -Class {typed}").ThrowIfFailed().Values.OfType<string>()];
        Assert.Equal(["spleen", "pancreas"], Completed($"'{model}'", ""));
        Assert.Equal(["pancreas"], Completed($"'{model}'", "P"));
        Assert.Equal(["spleen"], Completed($"'{model}'", "pancreas, sp"));
        Assert.Equal(["spleen", "pancreas"], module.Invoke("(TabExpansion2 $args[0] $args[0].Length).CompletionMatches.CompletionText",
            $"ConvertFrom-NnUNetModel '{model}' ./m.safetensors -Class ").ThrowIfFailed().Values.OfType<string>());
        File.Delete(Path.Combine(model, "fold_0", "checkpoint_final.pth"));
        Assert.Equal(["pancreas"], Completed($"'{model}'", "pan"));              // no weights are read for it
    }

    [Fact]
    public void A_file_of_chosen_classes_tells_no_others_apart_and_gives_the_same_masks()
    {
        string folder = new SmallNnUNet { Tamper = SmallNnUNet.Balance }.Write(_folder["model"]);
        module.Invoke("$null = ConvertFrom-NnUNetModel $args[0] $args[1] -Class pancreas | Export-PancreasModel -Path $args[2]", folder,
            _folder["m.safetensors"], _folder["m.onnx"]).ThrowIfFailed();
        SegmentationResult all = Run(folder, "-Class *");
        foreach (string file in (string[])[_folder["m.safetensors"], _folder["m.onnx"]])
        {
            PancreasModel model = module.Invoke("Get-PancreasModel -LiteralPath $args[0]", file).Only<PancreasModel>();
            Assert.Equal(["background", "pancreas"], model.ClassNames);
            SegmentationResult kept = Run(file, "-Class * -Engine Torch");
            Assert.Equal(all.Mask!.Labels.ToArray(), kept.Mask!.Labels.ToArray());
            Assert.InRange(kept.Mask.Count(1), 1, kept.Mask.Grid.VoxelCount - 1);
            Assert.True(all.Labels!.Count(1) > 0);
            Assert.Equal([("pancreas", 2)], kept.Classes.Select(c => (c.Name, (int)c.Label)));
            Assert.Equal(all.Labels.Labels.ToArray().Select(l => l == Pancreas ? l : (byte)0), kept.Labels!.Labels.ToArray());
            Assert.Equal(all.ModelSha256, kept.ModelSha256);
            Assert.Equal("SettingInvalid", ErrorOf(Segment + "-Class spleen", TestVolumes.Ct(), file));
        }
        string none = _folder["none.safetensors"];
        Assert.Equal("SettingInvalid", ErrorOf("ConvertFrom-NnUNetModel $args[0] $args[1] -Class liver", folder, none));
        Assert.False(File.Exists(none));
    }

    [Theory]
    [InlineData("801", "-Class liver", "")]
    [InlineData("803", "-Class pancreas -Fold 1", "-Fold 1")]
    public void Chosen_classes_and_folds_of_nnunets_own_model_give_the_folders_mask(string id, string convert, string segment)
    {
        string data = Path.Combine(Repository.Root, "..", "shared", "data", "nnunet");
        Assert.SkipUnless(Directory.Exists(data), "no sample data");
        string model = Directory.GetDirectories(Path.Combine(data, "models"), $"Dataset{id}_*").Single();
        AssertConverted(model, Path.Combine(data, "input", "case4_0000.nii.gz"), segment, convert);
    }

    [Theory]
    [InlineData("Invoke-PancreasSegmentation ./ct.nii -Model {0} -Fold ")]
    [InlineData("ConvertFrom-NnUNetModel {0} x.safetensors -Fold ")]
    public void Folds_are_completed_from_the_model(string command)
    {
        string line = string.Format(System.Globalization.CultureInfo.InvariantCulture, command, $"'{Model(("fold_0", 1, 5), ("fold_3", 1, 5))}'");
        Assert.Equal(["0", "3"], module.Invoke("(TabExpansion2 $args[0] $args[0].Length).CompletionMatches.CompletionText", line)
            .ThrowIfFailed().Values.OfType<string>());
    }

    [Fact]
    public void A_locator_of_another_kind_says_where_to_look()
    {
        // Bright tissue is pancreas to the locator; the model calls all it sees so.
        string model = Model(("fold_0", Pancreas, 5));
        string locator = Path.Combine(Repository.Root, "tests", "Fixtures", "bright-tissue.safetensors");
        VolumeGrid grid = VolumeGrid.Axial(64, 60, 40, new(2, 2, 4));
        var hu = new short[grid.VoxelCount];
        Array.Fill(hu, (short)40);
        for (int i = 0; i < hu.Length; i++)
        {
            (int c, int r, int s) = grid.VoxelOf(i);
            if (c is >= 24 and < 36 && r is >= 26 and < 34 && s is >= 15 and < 20) hu[i] = 150;
        }
        hu[^1] = -1000;
        var ct = new CtVolume(grid, hu, new VolumeSource("a"));
        SegmentationResult first = module.Invoke(Segment, ct, locator).Only<SegmentationResult>(),
            both = module.Invoke(Segment + "-Locator $args[2] -Class *", ct, model, locator).Only<SegmentationResult>();
        VoxelBox found = first.BoundingBox!, box = both.Location!.Box;
        Assert.Equal(new VoxelBox(found.FirstColumn - 10, found.FirstRow - 10, found.FirstSlice - 5, found.LastColumn + 10,
            found.LastRow + 10, found.LastSlice + 5), box);
        Assert.Equal((box, true), (both.BoundingBox, both.Classes[1].TouchesBorder));
        Assert.Equal(first.VolumeMl!.Value, both.Location.VolumeMl, 9);
        Assert.Contains("MaskTouchesBox", both.Reasons);
        Assert.NotEqual(module.Invoke(Segment, ct, model).Only<SegmentationResult>().ModelSha256, both.ModelSha256);

        // In one file they say the same.
        module.Invoke("$null = Join-PancreasModel $args[0] $args[1] $args[2]", model, locator, _folder["both.safetensors"]).ThrowIfFailed();
        SegmentationResult joined = module.Invoke(Segment + "-Class *", ct, _folder["both.safetensors"]).Only<SegmentationResult>();
        Assert.Equal((box, both.ModelSha256, both.Model), (joined.Location!.Box, joined.ModelSha256, joined.Model));
        Assert.Equal(both.Labels!.Labels.ToArray(), joined.Labels!.Labels.ToArray());

        short[] dull = [.. hu.Select(v => Math.Min(v, (short)40))];
        SegmentationResult nothing = module.Invoke(Segment + "-Locator $args[2]", new CtVolume(grid, dull, new VolumeSource("b")), model,
            locator).Only<SegmentationResult>();
        Assert.Equal(SegmentationStatus.Empty, nothing.Status);
        Assert.Contains("PancreasNotLocated", nothing.Reasons);
        Assert.Equal("SettingInvalid", ErrorOf(Segment + "-Locator $args[2]", ct, locator, model));
    }

    [Fact]
    public void Two_models_of_nnunet_locate_and_segment_also_in_a_batch()
    {
        string model = Model(("fold_0", Pancreas, 5));
        SegmentationResult result = Run(model, $"-Locator '{model}' -Preparation TotalSegmentator");
        Assert.Equal((TestVolumes.Grid.VoxelCount, "RAS"), (result.Mask!.Count(1), result.NnUNet!.Orientation));
        Assert.Equal("TotalSegmentator", $"{result.NnUNet.Preparation}");
        Directory.CreateDirectory(_folder["studies"]);
        module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Ct(), Path.Combine(_folder["studies"], "a.nii.gz")).ThrowIfFailed();
        BatchSummary Batch(string more) => module.Invoke("Start-PancreasBatch $args[0] $args[1] $args[2] " + more, _folder["studies"],
            _folder["out"], model).ThrowIfFailed().Values.OfType<BatchSummary>().Single();
        Assert.Equal((1, 1, 0), (Batch("").Done, Batch($"-Locator '{model}'").Done, Batch($"-Locator '{model}'").Done));
    }

    [Fact]
    public void The_example_runs_on_a_small_model()
    {
        string model = Model(("fold_0", Pancreas, 5));
        Assert.Contains("steps of NnUNet", Example(TestVolumes.Ct(), model, "-Locator", model), StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_runs_on_models_of_nnunet()
    {
        string data = Path.Combine(Repository.Root, "..", "shared", "data");
        Assert.SkipUnless(Directory.Exists(data), "no sample data");
        CtVolume ct = module.Invoke("Import-CtSeries $args[0]", Path.Combine(data, "abdomen-ct-3mm", "example_ct_sm.nii.gz"))
            .Only<CtVolume>();
        string shown = Example(ct, Directory.GetDirectories(Path.Combine(data, "nnunet", "models"), "Dataset801_*").Single());
        Assert.Contains("liver", shown, StringComparison.Ordinal);
        Assert.Contains("the whole CT", shown, StringComparison.Ordinal);
    }

    /// <summary>What examples/totalsegmentator.ps1 shows; its mask and labels are written.</summary>
    private string Example(CtVolume ct, string model, params string[] more)
    {
        module.Invoke("$args[0] | Export-Nifti $args[1]", ct, _folder["ct.nii"]).ThrowIfFailed();
        string script = Path.Combine(Repository.Root, "examples", "totalsegmentator.ps1");
        ShellProcess.Result run = ShellProcess.Run(
            ["-NoProfile", "-File", script, _folder["ct.nii"], "-Model", model, "-OutputPath", _folder["out"], .. more]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.True(File.Exists(Path.Combine(_folder["out"], "ct_mask.nii.gz")));
        Assert.True(File.Exists(Path.Combine(_folder["out"], "ct_labels.nii.gz")));
        return run.Output;
    }

    [Fact]
    public void A_batch_does_each_study_once_per_model()
    {
        string model = Model(("fold_0", Pancreas, 5), ("fold_1", Pancreas, 5));
        Directory.CreateDirectory(_folder["studies"]);
        module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Ct(), Path.Combine(_folder["studies"], "a.nii.gz")).ThrowIfFailed();
        BatchSummary Batch() => module.Invoke("Start-PancreasBatch $args[0] $args[1] $args[2]", _folder["studies"], _folder["out"], model)
            .ThrowIfFailed().Values.OfType<BatchSummary>().Single();
        Assert.Equal((1, 0), (Batch().Done, Batch().Done));
        Directory.Delete(Path.Combine(model, "fold_1"), true);
        Assert.Equal(1, Batch().Done);
        Assert.Contains("\"nnUNet\"", File.ReadAllText(Path.Combine(_folder["out"],
            _folder.Files.Single(f => f.EndsWith("/result.json", StringComparison.Ordinal))["out/".Length..])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-Threshold 0.3", "SettingInvalid")]
    [InlineData("-OperatingPoint Recall", "SettingInvalid")]
    [InlineData("-Engine Onnx -Precision BFloat16", "DeviceNotAvailable")]
    [InlineData("-Engine Onnx -MaxMemory 8GB", "ParameterConflict")]
    [InlineData("-Fold 0 -Plan plan.json", "SettingInvalid")]
    [InlineData("-Orientation XYZ", "SettingInvalid")]
    [InlineData("-Class liver, pancreas", "SettingInvalid")]
    [InlineData("-Class background", "SettingInvalid")]
    [InlineData("-Fold 7", "ModelFormatUnknown")]
    [InlineData("-Plan plan.json", "ModelFormatUnknown")]
    public void What_does_not_go_with_such_a_model_is_refused(string more, string error) =>
        Assert.Equal(error, ErrorOf(Segment + more, TestVolumes.Ct(), Model(("fold_0", Pancreas, 5))));

    [Theory]
    [InlineData("Compare-PancreasModel $args[0] $args[0]")]
    public void Commands_for_own_models_refuse_it_as_folder_and_as_object(string script)
    {
        string folder = Model(("fold_0", Pancreas, 5));
        module.Invoke("$null = ConvertFrom-NnUNetModel $args[0] $args[1]", folder, _folder["own.safetensors"]).ThrowIfFailed();
        Assert.Equal("ModelNotSupported", ErrorOf(script, folder));
        Assert.Equal("ModelNotSupported", ErrorOf(script, _folder["own.safetensors"]));
        Assert.Equal(
            "ModelNotSupported", ErrorOf(script, module.Invoke("Get-PancreasModel -LiteralPath $args[0]", folder).Only<PancreasModel>()));
    }

    [Theory]
    [InlineData("801")]
    [InlineData("802")]
    [InlineData("803")]
    public void The_mask_of_a_converted_model_is_that_of_the_folder(string id)
    {
        string data = Path.Combine(Repository.Root, "..", "shared", "data", "nnunet");
        Assert.SkipUnless(Directory.Exists(data), "no sample data");
        string model = Directory.GetDirectories(Path.Combine(data, "models"), $"Dataset{id}_*").Single();
        AssertConverted(model, Path.Combine(data, "input", "case4_0000.nii.gz"), "");
    }

    [Fact]
    public void A_converted_model_describes_itself_and_gives_the_folders_mask()
    {
        var small = new SmallNnUNet { Tamper = SmallNnUNet.Balance };
        small.Folds["fold_1"] = () => new CheckpointWriter();
        string folder = small.Write(_folder["model"]), ct = _folder["ct.nii.gz"];
        module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Ct(), ct).ThrowIfFailed();
        AssertConverted(folder, ct, "");
        AssertConverted(folder, ct, "-Fold 1 -Mirror -Orientation RAS");
        PancreasModel model = module.Invoke("Get-PancreasModel -LiteralPath $args[0]", _folder["m.safetensors"]).Only<PancreasModel>();
        Assert.Equal("Terms of the maker", model.License);
        Assert.Equal(["0", "1"], model.NnUNet!.Folds);
        Assert.Equal(2, model.NnUNet.CheckpointSha256.Count);
        Assert.Contains("Dataset900_Small", model.TrainingData, StringComparison.Ordinal);
        Directory.CreateDirectory(_folder["studies"]);
        File.Move(ct, Path.Combine(_folder["studies"], "ct.nii.gz"));
        foreach ((string path, int done) in new[] { (folder, 1), (_folder["m.safetensors"], 0) })
            Assert.Equal(done, module.Invoke("Start-PancreasBatch $args[0] $args[1] $args[2]", _folder["studies"], _folder["out"], path)
                .ThrowIfFailed().Values.OfType<BatchSummary>().Single().Done);
    }

    [Fact]
    public void Converting_writes_a_whole_file_or_none()
    {
        string folder = Model(("fold_0", Pancreas, 5)), file = _folder["m.safetensors"];
        const string convert = "ConvertFrom-NnUNetModel $args[0] $args[1] ";
        Assert.Empty(module.Invoke(convert + "-WhatIf", folder, file).ThrowIfFailed().Output);
        Assert.Equal("ModelFormatUnknown", ErrorOf(convert + "-Fold 7", folder, file));
        Assert.Equal("FileNotFound", ErrorOf(convert, _folder["absent"], file));
        Assert.False(File.Exists(file));
        module.Invoke(convert, folder, file).ThrowIfFailed();
        Assert.Equal("NoClobber", ErrorOf(convert + "-NoClobber", folder, file));
        File.SetAttributes(file, FileAttributes.ReadOnly);
        module.Invoke(convert + "-Force", folder, file).ThrowIfFailed();
        module.Invoke(convert + "-Force", folder, _folder[Path.Combine("new", "m.safetensors")]).ThrowIfFailed();
        Assert.DoesNotContain(_folder.Files, name => name.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void Both_engines_give_one_mask()
    {
        var small = new SmallNnUNet { Tamper = SmallNnUNet.Balance };
        small.Folds["fold_1"] = () => new CheckpointWriter();
        string folder = small.Write(_folder["model"]), file = _folder["m.onnx"];
        Assert.Equal("ModelNotSupported", ErrorOf("Export-PancreasModel $args[0] $args[1]", folder, file));
        Assert.False(File.Exists(file));
        module.Invoke("Export-PancreasModel $args[0] $args[1] -Fold 1", folder, file).ThrowIfFailed();
        SegmentationResult torch = Run(folder, "-Fold 1"), onnx = Run(file), torchOfOnnx = Run(file, "-Engine Torch -MaxMemory 4GB");
        Assert.Equal(("TorchSharp", "OnnxRuntime", "TorchSharp"),
            (torch.Engine!.Engine, onnx.Engine!.Engine, torchOfOnnx.Engine!.Engine));
        Assert.Equal((torch.ModelSha256, (long?)null), (onnx.ModelSha256, onnx.EstimatedMemory));
        Assert.Equal(torch.Mask!.Labels.ToArray(), torchOfOnnx.Mask!.Labels.ToArray());
        Assert.InRange(torch.Mask.Labels.ToArray().Zip(onnx.Mask!.Labels.ToArray(), (a, b) => a != b).Count(differs => differs), 0,
            torch.Mask.Grid.VoxelCount / 1000);
        Assert.InRange(torch.Mask.Count(1), 1, torch.Mask.Grid.VoxelCount - 1);
        Assert.Equal("OnnxRuntime", Run(folder, "-Engine Onnx").Engine!.Engine);

        EngineComparison two = module.Invoke("$args[1] | Test-PancreasModel $args[0]", folder, TestVolumes.Ct()).Only<EngineComparison>(),
            one = module.Invoke("$args[1] | Test-PancreasModel $args[0]", file, TestVolumes.Ct()).Only<EngineComparison>();
        Assert.True(two.IsEqual && one.IsEqual, $"{two.MaxDifference}, {one.MaxDifference}");
        Assert.Equal(2 * one.Runs, two.Runs);
        Assert.InRange(one.Dice, 0.99, 1);
        Assert.Equal(("TorchSharp", "OnnxRuntime"), (one.Reference.Engine, one.Other.Engine));
        Assert.True(one.MaxDifference > 0);
    }

    [Fact]
    public void What_a_run_takes_is_known_before_it_and_a_limit_is_honoured()
    {
        string model = Model(("fold_0", Pancreas, 5));
        SegmentationResult result = Run(model, "-MaxMemory 8GB");
        Assert.InRange(result.EstimatedMemory!.Value, 100_000_000, 8_000_000_000);
        Assert.Equal(result.Mask!.Labels.ToArray(), Run(model).Mask!.Labels.ToArray());
        Invocation refused = module.Invoke(Segment + "-MaxMemory 1MB", TestVolumes.Ct(), model);
        Assert.Equal("MemoryLimitTooSmall", refused.Errors.Single().FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal(["MemoryLimitTooSmall"], Assert.IsType<SegmentationResult>(refused.Values.Single()).Reasons);
    }

    [Theory]
    [InlineData("-Fold 0")]
    [InlineData("-Mirror")]
    [InlineData("-Orientation RAS")]
    [InlineData("-Class *")]
    [InlineData("-Preparation NnUNet")]
    public void Its_parameters_do_not_go_with_a_model_of_this_module(string more) =>
        Assert.Equal("SettingInvalid", ErrorOf(Segment + more, TestVolumes.Ct(),
            Path.Combine(Repository.Root, "tests", "Fixtures", "bright-tissue.safetensors")));

    [Fact]
    public void Models_that_cannot_be_run_are_refused_by_name()
    {
        var flat = new SmallNnUNet();
        flat.Configuration["patch_size"] = new System.Text.Json.Nodes.JsonArray(16, 16);
        Assert.Contains("2-D", Refused(flat), StringComparison.Ordinal);
        var cascade = new SmallNnUNet();
        cascade.Configuration["previous_stage"] = "3d_lowres";
        Assert.Contains("cascade", Refused(cascade), StringComparison.Ordinal);
        var other = new SmallNnUNet();
        other.DataSet["labels"]!.AsObject().Remove("pancreas");
        Assert.Contains("no class 'pancreas'", Refused(other), StringComparison.Ordinal);

        string Refused(SmallNnUNet model)
        {
            string folder = _folder[Guid.NewGuid().ToString("N")];
            ErrorRecord error = module.Invoke(Segment, TestVolumes.Ct(), model.Write(folder)).Errors.Single();
            Assert.Equal("ModelNotSupported", error.FullyQualifiedErrorId.Split(',')[0]);
            return error.Exception.Message;
        }
    }

    /// <summary>A model whose folds give every voxel one class, with a logit each.</summary>
    private string Model(params (string Fold, int Class, float Logit)[] folds)
    {
        var model = new SmallNnUNet();
        model.Folds.Clear();
        foreach ((string fold, _, _) in folds) model.Folds[fold] = () => new CheckpointWriter();
        int next = 0;
        model.Tamper = weights =>
        {
            (_, int chosen, float logit) = folds[next++];
            Array.Clear(weights.Single(w => w.Name == "decoder.seg_layers.1.weight").Values);
            float[] bias = weights.Single(w => w.Name == "decoder.seg_layers.1.bias").Values;
            Array.Clear(bias);
            bias[chosen] = logit;
        };
        return model.Write(_folder["model"]);
    }

    /// <summary>Converts a model and compares what folder and file say of a case.</summary>
    private void AssertConverted(string folder, string ct, string more, string convert = "")
    {
        string file = _folder["m.safetensors"];
        PancreasModel model = module.Invoke(
            $"ConvertFrom-NnUNetModel $args[0] $args[1] -License 'Terms of the maker' {convert}", folder, file).Only<PancreasModel>();
        string script = $"Invoke-PancreasSegmentation -LiteralPath $args[0] -Model $args[1] -AcceptAnyInput {more}";
        SegmentationResult own = module.Invoke(script, ct, folder).Only<SegmentationResult>(),
            converted = module.Invoke(script, ct, file).Only<SegmentationResult>();
        Assert.Equal(own.Mask!.Labels.ToArray(), converted.Mask!.Labels.ToArray());
        Assert.Equal((own.ModelSha256, own.Model, own.NnUNet!.ToString()),
            (converted.ModelSha256, converted.Model, converted.NnUNet!.ToString()));
        Assert.Equal(own.Model, model.Name);
    }

    private SegmentationResult Run(string model, string more = "") =>
        module.Invoke(Segment + more, TestVolumes.Ct(), model).Only<SegmentationResult>();

    private string ErrorOf(string script, params object[] args)
    {
        Invocation run = module.InvokeIn(_folder.FullName, script, args);
        ErrorRecord error = Assert.Single(run.Errors);
        Assert.Empty(run.Output);
        return error.FullyQualifiedErrorId.Split(',')[0];
    }
}
