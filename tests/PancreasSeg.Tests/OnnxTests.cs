using System.Management.Automation;
using PancreasSeg.Network;
using PancreasSeg.Segmentation;
using PancreasSeg.Tests.Loading;

namespace PancreasSeg.Tests;

public sealed class OnnxTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>, IDisposable
{
    private static readonly string s_model = Path.Combine(Repository.Root, "tests", "Fixtures", "bright-tissue.safetensors");
    private static readonly string s_starter = Path.Combine(Repository.Root, "models", "pancreas-starter.safetensors");

    private static readonly string s_onnxLibrary = OperatingSystem.IsWindows() ? "onnxruntime.dll" : OperatingSystem.IsMacOS() ? "libonnxruntime.dylib" : "libonnxruntime.so";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_exported_model_segments_as_the_original_does()
    {
        FileInfo file = module.InvokeIn(_folder.FullName, "Export-PancreasModel $args[0] m.onnx -PassThru", s_model).Only<FileInfo>();
        Assert.Equal(_folder["m.onnx"], file.FullName);
        SegmentationResult torch = Segment(s_model), onnx = Segment(_folder["m.onnx"]), memory = Segment(s_model, "-Engine Onnx");
        Assert.Equal(("TorchSharp", "OnnxRuntime", "OnnxRuntime"), (torch.Engine!.Engine, onnx.Engine!.Engine, memory.Engine!.Engine));
        Assert.Equal("TorchSharp", Segment(_folder["m.onnx"], "-Engine Torch").Engine!.Engine);
        Assert.Equal(torch.Mask!.Labels.ToArray(), onnx.Mask!.Labels.ToArray());
        Assert.Equal(torch.Mask.Labels.ToArray(), memory.Mask!.Labels.ToArray());
        Assert.Equal((torch.Model, torch.ModelSha256), (onnx.Model, onnx.ModelSha256));
        Assert.True(torch.Mask.Count(1) > 0);
    }

    [Fact]
    public void Two_stages_become_two_files_that_belong_together()
    {
        module.InvokeIn(_folder.FullName, "Get-PancreasModel -LiteralPath $args[0] | Export-PancreasModel -Path new/p.onnx -Force", s_starter).ThrowIfFailed();
        Assert.Equal(["new/p.locator.onnx", "new/p.onnx"], _folder.Files);
        PancreasModel model = module.Invoke("Get-PancreasModel -LiteralPath $args[0]", _folder["new/p.onnx"]).Only<PancreasModel>();
        Assert.Equal(ModelFile.Read(s_starter).Sha256, model.Sha256);

        File.Move(_folder["new/p.locator.onnx"], _folder["away.onnx"]);
        Assert.Equal("FileNotFound", ErrorOf("Get-PancreasModel -LiteralPath $args[0]", _folder["new/p.onnx"]));
        module.Invoke("Export-PancreasModel $args[0] $args[1]", s_model, _folder["new/p.locator.onnx"]).ThrowIfFailed();
        Assert.Equal("ModelPlanMismatch", ErrorOf("Get-PancreasModel -LiteralPath $args[0]", _folder["new/p.onnx"]));
    }

    [Fact]
    public void Existing_files_and_absent_folders_are_handled_as_everywhere()
    {
        Assert.Empty(module.InvokeIn(_folder.FullName, "Export-PancreasModel $args[0] new/m.onnx -Force -PassThru -WhatIf", s_model).ThrowIfFailed().Output);
        Assert.Equal("FileWriteFailed", ErrorOf("Export-PancreasModel $args[0] $args[1]", s_model, _folder["new/m.onnx"]));
        Assert.Empty(_folder.Files);
        File.WriteAllText(_folder["m.onnx"], "old");
        Assert.Equal("NoClobber", ErrorOf("Export-PancreasModel $args[0] $args[1] -NoClobber -Force", s_model, _folder["m.onnx"]));
        Assert.Equal("old", File.ReadAllText(_folder["m.onnx"]));
        File.SetAttributes(_folder["m.onnx"], FileAttributes.ReadOnly);
        module.Invoke("Export-PancreasModel $args[0] $args[1] -Force", s_model, _folder["m.onnx"]).ThrowIfFailed();
        Assert.NotEqual("old", File.ReadAllText(_folder["m.onnx"]));
        Assert.Equal("ParameterArgumentValidationError", ErrorOf("Export-PancreasModel $args[0] $args[1]", s_model, _folder["m.pt"]));
    }

    [Theory]
    [InlineData("foreign.onnx")]
    [InlineData("cut.onnx")]
    public void A_foreign_or_damaged_file_ends_the_command_before_the_first_case(string name)
    {
        module.Invoke("Export-PancreasModel $args[0] $args[1]", s_model, _folder["m.onnx"]).ThrowIfFailed();
        File.WriteAllBytes(_folder["cut.onnx"], File.ReadAllBytes(_folder["m.onnx"])[..^100]);
        File.WriteAllBytes(_folder["foreign.onnx"], [0x08, 0x08]);
        Invocation run = module.Invoke("$args[0] | Invoke-PancreasSegmentation -Model $args[1]", TestVolumes.Ct(), _folder[name]);
        Assert.Equal("ModelFormatUnknown", Assert.Single(run.Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void A_device_or_format_that_Onnx_has_not_is_an_error()
    {
        foreach (string option in new[] { "-Device Cuda", "-Precision BFloat16" })
            Assert.Equal("DeviceNotAvailable", ErrorOf($"$args[0] | Invoke-PancreasSegmentation -Model $args[1] -Engine Onnx {option}", TestVolumes.Ct(), s_model));
    }

    [Fact]
    public void A_plan_makes_a_network_of_another_project_usable()
    {
        // The exported network with its description taken out is one of another project: only the plan says how to use it.
        module.Invoke("Export-PancreasModel $args[0] $args[1]", s_model, _folder["m.onnx"]).ThrowIfFailed();
        byte[] file = File.ReadAllBytes(_folder["m.onnx"]);
        int key = file.AsSpan().IndexOf("pancreasseg"u8);
        file[key] = (byte)'x';
        File.WriteAllBytes(_folder["m.onnx"], file);
        const string segment = "$args[0] | Invoke-PancreasSegmentation -Model $args[1] -Plan $args[2]";
        File.WriteAllText(_folder["plan.json"], """
            { "axes": "SPL", "size": [32, 64, 64], "windowLow": -160, "windowHigh": 240, "normalization": "SymmetricRange",
              "patch": [16, 32, 32], "channel": 0, "output": "Probabilities" }
            """);
        SegmentationResult own = Segment(s_model), planned = module.Invoke(segment, TestVolumes.Ct(), _folder["m.onnx"], _folder["plan.json"]).Only<SegmentationResult>();
        Assert.Equal(("m", "OnnxRuntime"), (planned.Model, planned.Engine!.Engine));
        Assert.Equal(own.Mask!.Labels.ToArray(), planned.Mask!.Labels.ToArray());

        Assert.Equal("ModelFormatUnknown", ErrorOf("$args[0] | Invoke-PancreasSegmentation -Model $args[1]", TestVolumes.Ct(), _folder["m.onnx"]));
        Assert.Equal("FileNotFound", ErrorOf(segment, TestVolumes.Ct(), _folder["m.onnx"], _folder["absent.json"]));
        Assert.Equal("ModelFormatUnknown", ErrorOf(segment, TestVolumes.Ct(), s_model, _folder["plan.json"]));
        File.WriteAllText(_folder["plan.json"], "{ }");
        Assert.Equal("ModelPlanMismatch", ErrorOf(segment, TestVolumes.Ct(), _folder["m.onnx"], _folder["plan.json"]));
    }

    [Fact]
    public void Nothing_of_libtorch_is_in_memory_after_a_segmentation_with_Onnx()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "no /proc/self/maps");
        string example = Path.Combine(Repository.Root, "examples", "data", "phantom");
        ShellProcess.Result result = ShellProcess.Run(["-Command",
            $"(Invoke-PancreasSegmentation '{example}' -Model '{s_model}' -Engine Onnx).Engine.Engine; [IO.File]::ReadAllText('/proc/self/maps')"]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.StartsWith("OnnxRuntime\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("libonnxruntime.so", result.Output, StringComparison.Ordinal);
        Assert.DoesNotMatch("libtorch|libc10|libLibTorchSharp", result.Output);
    }

    [Fact]
    public void Where_libtorch_is_absent_Auto_takes_Onnx_and_Torch_says_what_is_missing()
    {
        using var copy = new ModuleCopy(s_onnxLibrary);
        string example = Path.Combine(Repository.Root, "examples", "data", "phantom");
        ShellProcess.Result auto = copy.Run($"(Invoke-PancreasSegmentation '{example}' -Model '{s_model}').Engine.Engine");
        Assert.Equal(("OnnxRuntime\n", ""), (auto.Output, auto.Error));
        ShellProcess.Result torch = copy.Run($"Invoke-PancreasSegmentation '{example}' -Model '{s_model}' -Engine Torch");
        Assert.Contains("The native library '", torch.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Test_PancreasModel_runs_a_case_through_both_engines()
    {
        module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Ct(), _folder["study.nii.gz"]).ThrowIfFailed();
        foreach (EngineComparison compared in new[]
        {
            module.Invoke("$args[0] | Test-PancreasModel $args[1] -ThreadCount 1", TestVolumes.Ct(), s_model).Only<EngineComparison>(),
            module.InvokeIn(_folder.FullName, "Test-PancreasModel $args[0] study.nii.gz", s_model).Only<EngineComparison>(),
            module.Invoke("Test-PancreasModel $args[0]", s_model).Only<EngineComparison>(),
        })
        {
            Assert.True(compared.IsEqual);
            Assert.Equal((1, 64L * 64 * 32), (compared.Runs, compared.VoxelCount));
            Assert.Equal(1, compared.Dice);
        }
        Invocation run = module.InvokeIn(_folder.FullName, "Test-PancreasModel $args[0] absent.nii.gz, study.nii.gz", s_model);
        Assert.Equal("FileNotFound", Assert.Single(run.Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.Single(run.Output);
    }

    [Fact]
    public void Engines_complete() => Assert.Equal(["Auto", "Onnx", "Torch"], module.Complete("Invoke-PancreasSegmentation -Engine ").Order());

    private SegmentationResult Segment(string model, string more = "") =>
        module.Invoke($"$args[0] | Invoke-PancreasSegmentation -Model $args[1] -Precision Float32 {more}", TestVolumes.Ct(), model).Only<SegmentationResult>();

    private string ErrorOf(string script, params object[] args)
    {
        Invocation run = module.Invoke(script, args);
        ErrorRecord error = Assert.Single(run.Errors);
        Assert.Empty(run.Output);
        return error.FullyQualifiedErrorId.Split(',')[0];
    }
}
