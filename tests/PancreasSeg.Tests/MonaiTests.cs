using PancreasSeg.Batch;
using PancreasSeg.Network;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Tests;

/// <summary>Bundles of MONAI through the cmdlets: one whose network calls pancreas what lies above the middle of its HU window.</summary>
public sealed class MonaiTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>, IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_mask_of_a_bundle_lies_where_its_network_says()
    {
        string bundle = Bundle();
        PancreasModel model = module.Invoke("Get-PancreasModel -LiteralPath $args[0]", bundle).Only<PancreasModel>();
        Assert.Equal("halves", model.Name);
        SegmentationResult result = module.Invoke("$args[0] | Invoke-PancreasSegmentation -Model $args[1]", TestVolumes.Ct(), model)
            .Only<SegmentationResult>();
        byte[] mask = result.Mask!.Labels.ToArray(), box = TestVolumes.Box().Labels.ToArray();
        double common = mask.Zip(box, (m, b) => m == 1 && b == 7).Count(both => both);
        Assert.InRange(2 * common / (mask.Count(m => m == 1) + box.Count(b => b == 7)), 0.97, 1);
        Assert.Equal(("TorchSharp", "float32", model.Sha256), (result.Engine!.Engine, result.Engine.Precision, result.ModelSha256));
    }

    [Fact]
    public void The_example_and_a_batch_run_on_a_bundle()
    {
        string bundle = Bundle();
        Directory.CreateDirectory(_folder["studies"]);
        module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Ct(), Path.Combine(_folder["studies"], "a.nii.gz")).ThrowIfFailed();
        BatchSummary Batch() => module.Invoke("Start-PancreasBatch $args[0] $args[1] $args[2]", _folder["studies"], _folder["out"], bundle)
            .ThrowIfFailed().Values.OfType<BatchSummary>().Single();
        Assert.Equal((1, 0), (Batch().Done, Batch().Done));

        string script = Path.Combine(Repository.Root, "examples", "monai.ps1");
        ShellProcess.Result run = ShellProcess.Run(["-NoProfile", "-File", script, Path.Combine(_folder["studies"], "a.nii.gz"),
            "-Model", bundle, "-OutputPath", _folder["monai"]]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("some CTs", run.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder["monai"], "a_mask.nii.gz")));
    }

    [Theory]
    [InlineData("Invoke-PancreasSegmentation $args[0] \"$($args[1])/models/model.ts\"", "ModelFormatUnknown", "-Plan")]
    [InlineData("Invoke-PancreasSegmentation $args[0] $args[1] -Fold 0", "SettingInvalid", "Folds")]
    [InlineData("Invoke-PancreasSegmentation $args[0] $args[1] -Engine Onnx", "ModelPlanMismatch", "libtorch")]
    [InlineData("Export-PancreasModel $args[1] ./x.onnx", "ModelNotSupported", "another project")]
    public void What_does_not_go_with_a_bundle_is_told(string script, string id, string words)
    {
        module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Ct(), _folder["ct.nii"]).ThrowIfFailed();
        Invocation run = module.Invoke(script, _folder["ct.nii"], Bundle());
        Assert.StartsWith(id + ",", run.Errors[0].FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(words, $"{run.Errors[0].Exception.Message} {run.Errors[0].ErrorDetails?.RecommendedAction}",
            StringComparison.Ordinal);
    }

    private string Bundle() => BundleWriter.Write(_folder["bundle"]);
}
