using System.Management.Automation;
using PancreasSeg.Segmentation;
using PancreasSeg.Tests.Loading;

namespace PancreasSeg.Tests;

public sealed class OnnxTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>, IDisposable
{
    private static readonly string s_model = Path.Combine(Repository.Root, "tests", "Fixtures", "bright-tissue.safetensors");

    private static readonly string s_onnxLibrary = OperatingSystem.IsWindows() ? "onnxruntime.dll" : OperatingSystem.IsMacOS()
        ? "libonnxruntime.dylib" : "libonnxruntime.so";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_device_or_format_that_Onnx_has_not_is_an_error()
    {
        foreach (string option in new[] { "-Device Cuda", "-Precision BFloat16" })
            Assert.Equal("DeviceNotAvailable",
                ErrorOf($"$args[0] | Invoke-PancreasSegmentation -Model $args[1] -Engine Onnx {option}", TestVolumes.Ct(), s_model));
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
        SegmentationResult own = Segment(s_model),
            planned = module.Invoke(segment, TestVolumes.Ct(), _folder["m.onnx"], _folder["plan.json"]).Only<SegmentationResult>();
        Assert.Equal(("m", "OnnxRuntime"), (planned.Model, planned.Engine!.Engine));
        Assert.Equal(own.Mask!.Labels.ToArray(), planned.Mask!.Labels.ToArray());

        Assert.Equal(
            "ModelFormatUnknown", ErrorOf("$args[0] | Invoke-PancreasSegmentation -Model $args[1]", TestVolumes.Ct(), _folder["m.onnx"]));
        Assert.Equal("FileNotFound", ErrorOf(segment, TestVolumes.Ct(), _folder["m.onnx"], _folder["absent.json"]));
        Assert.Equal("ModelFormatUnknown", ErrorOf(segment, TestVolumes.Ct(), s_model, _folder["plan.json"]));
        File.WriteAllText(_folder["plan.json"], "{ }");
        Assert.Equal("ModelPlanMismatch", ErrorOf(segment, TestVolumes.Ct(), _folder["m.onnx"], _folder["plan.json"]));
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
    public void Engines_complete() =>
        Assert.Equal(["Auto", "Onnx", "Torch"], module.Complete("Invoke-PancreasSegmentation -Engine ").Order());

    private SegmentationResult Segment(string model, string more = "") =>
        module.Invoke($"$args[0] | Invoke-PancreasSegmentation -Model $args[1] -Precision Float32 {more}", TestVolumes.Ct(), model)
            .Only<SegmentationResult>();

    private string ErrorOf(string script, params object[] args)
    {
        Invocation run = module.Invoke(script, args);
        ErrorRecord error = Assert.Single(run.Errors);
        Assert.Empty(run.Output);
        return error.FullyQualifiedErrorId.Split(',')[0];
    }
}
