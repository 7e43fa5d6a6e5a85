using System.Management.Automation;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Tests;

/// <summary>With a model that marks whatever is brighter than 120 HU: the answer is known to the voxel, up to interpolation.</summary>
public sealed class SegmentationTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>, IDisposable
{
    private static readonly string s_model = Path.Combine(Repository.Root, "tests", "Fixtures", "bright-tissue.safetensors");

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_mask_is_the_bright_box_on_the_grid_of_the_input()
    {
        SegmentationResult result = module.Invoke("$args[0] | Invoke-PancreasSegmentation -Model $args[1]", TestVolumes.Ct(), s_model)
            .Only<SegmentationResult>();
        Assert.Equal(TestVolumes.Grid, result.Mask!.Grid);
        ReadOnlySpan<byte> truth = TestVolumes.Box().Labels.Span, mask = result.Mask.Labels.Span;
        int both = 0;
        for (int i = 0; i < mask.Length; i++) both += mask[i] == 1 && truth[i] == 7 ? 1 : 0;
        Assert.InRange(2.0 * both / (result.Mask.Count(1) + 2560), 0.95, 1);
        Assert.Equal(SegmentationStatus.Ok, result.Status);
        Assert.Equal(("TorchSharp", "cpu", "bright tissue"), (result.Engine!.Engine, result.Engine.Device, result.Model));
    }

    [Fact]
    public void Piped_paths_keep_their_order_and_a_bad_last_one_is_told()
    {
        foreach (string name in (string[])["a", "b"])
            module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Ct(), _folder[$"{name}.nii.gz"]).ThrowIfFailed();
        File.WriteAllText(_folder["z.nii.gz"], "not gzip");
        Invocation run =
            module.InvokeIn(_folder.FullName, "'b.nii.gz', 'a.nii.gz', 'z.nii.gz' | Invoke-PancreasSegmentation -Model $args[0]", s_model);
        Assert.Equal(["b Ok", "a Ok", "z Failed"], run.Values.Cast<SegmentationResult>().Select(r => $"{r.Name} {r.Status}"));
        Assert.Single(run.Errors);
    }

    [Fact]
    public void A_pipeline_that_has_enough_ends_with_a_case_read_ahead()
    {
        foreach (string name in (string[])["a", "b", "c"])
            module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Ct(), _folder[$"{name}.nii.gz"]).ThrowIfFailed();
        Invocation run = module.InvokeIn(_folder.FullName,
            "try { Invoke-PancreasSegmentation ./*.nii.gz -Model $args[0] | ForEach-Object { $_; throw 'enough' } } catch { }", s_model);
        Assert.Equal("a", run.Values.Cast<SegmentationResult>().Single().Name);
        File.Delete(_folder["b.nii.gz"]);
    }

    [Fact]
    public void A_failed_case_says_in_words_why()
    {
        File.WriteAllText(_folder["z.nii.gz"], "not gzip");
        Invocation run = module.InvokeIn(_folder.FullName, "Invoke-PancreasSegmentation z.nii.gz -Model $args[0]", s_model);
        SegmentationResult result = (SegmentationResult)run.Values.Single();
        Assert.StartsWith(run.Errors.Single().ErrorDetails.Message, result.Message, StringComparison.Ordinal);
        Assert.EndsWith(run.Errors.Single().ErrorDetails.RecommendedAction, result.Message, StringComparison.Ordinal);
        Assert.Null(module.Invoke("$args[0] | Invoke-PancreasSegmentation -Model $args[1]", TestVolumes.Ct(), s_model)
            .Only<SegmentationResult>().Message);
    }

    [Theory]
    [InlineData("Export-SegmentationPreview -Image $args[0]", "mask.jpg", ".png")]
    [InlineData("Export-Nifti", "mask.nrrd", ".nii.gz")]
    public void A_file_of_another_kind_is_not_taken_for_a_folder(string command, string name, string ending)
    {
        Invocation run = module.InvokeIn(_folder.FullName,
            $"$r = $args[0] | Invoke-PancreasSegmentation -Model $args[1]; $r | {command} {name} -Force", TestVolumes.Ct(), s_model);
        ErrorRecord error = run.Errors.Single();
        Assert.StartsWith("SettingInvalid,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains($"is no folder, and files are written as {ending}", error.ErrorDetails.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public void A_preview_shows_the_series_that_was_segmented_out_of_several()
    {
        CtVolume other = TestVolumes.Ct(grid: VolumeGrid.Axial(36, 30, 14, new(1.5, 1.25, 3)));
        foreach ((string part, CtVolume ct) in ((string, CtVolume)[])[("1", other), ("2", TestVolumes.Ct())])
            PhantomSeries.Write(_folder[$"export/{part}"], ct, $"1.2.826.0.1.99.2{part}", "a");
        module.InvokeIn(_folder.FullName, "Import-CtSeries export -SeriesInstanceUid 1.2.826.0.1.99.22 | "
            + "Invoke-PancreasSegmentation -Model $args[0] | Export-SegmentationPreview ./preview.png", s_model).ThrowIfFailed();
        Assert.True(File.Exists(_folder["preview.png"]));
    }

    [Fact]
    public void A_memory_limit_is_kept_to_or_refused_case_by_case()
    {
        SegmentationResult kept = module.Invoke(
            "$args[0] | Invoke-PancreasSegmentation -Model $args[1] -MaxMemory 64GB", TestVolumes.Ct(), s_model).Only<SegmentationResult>();
        Assert.Equal((SegmentationStatus.Ok, "whole"), (kept.Status, kept.Engine!.Execution));
        Assert.InRange(kept.EstimatedMemory!.Value, 100_000_000, 4_000_000_000);

        Invocation run = module.Invoke("$args[0] | Invoke-PancreasSegmentation -Model $args[1] -MaxMemory 10MB", TestVolumes.Ct(), s_model);
        ErrorRecord error = Assert.Single(run.Errors);
        Assert.Equal(("MemoryLimitTooSmall", ErrorCategory.LimitsExceeded),
            (error.FullyQualifiedErrorId.Split(',')[0], error.CategoryInfo.Category));
        // In the megabytes that were asked for.
        Assert.Contains("; 10 MB are allowed", error.ErrorDetails.Message, StringComparison.Ordinal);
        Assert.Contains("Allow", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(["MemoryLimitTooSmall"], run.Values.Cast<SegmentationResult>().Single().Reasons);
        Invocation onnx =
            module.Invoke("$args[0] | Invoke-PancreasSegmentation -Model $args[1] -MaxMemory 1GB -Engine Onnx", TestVolumes.Ct(), s_model);
        Assert.StartsWith("ParameterConflict,", Assert.Single(onnx.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_bright_is_Empty()
    {
        SegmentationResult result =
            module.Invoke("$args[0] | Resize-Volume 2 | Invoke-PancreasSegmentation -Model $args[1] -Threshold 0.999 -AcceptAnyInput",
            new CtVolume(
                TestVolumes.Grid, [.. Enumerable.Range(0, TestVolumes.Grid.VoxelCount).Select(i => (short)(i % 40 < 10 ? -1000 : 0))],
                new VolumeSource("dark")), s_model).Only<SegmentationResult>();
        Assert.Equal((SegmentationStatus.Empty, "MaskEmpty"), (result.Status, result.Reasons[^1]));
    }

    [Fact]
    public void A_device_that_is_not_there_is_an_error_not_a_fallback()
    {
        Invocation run = module.Invoke("$args[0] | Invoke-PancreasSegmentation -Model $args[1] -Device Mps", TestVolumes.Ct(), s_model);
        Assert.Equal("DeviceNotAvailable", Assert.Single(run.Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void Devices_and_precisions_complete()
    {
        Assert.Equal(["Auto", "Cpu", "Cuda", "Mps"], module.Complete("Invoke-PancreasSegmentation -Device ").Order());
        Assert.Equal(["Auto", "BFloat16", "Float32"], module.Complete("Invoke-PancreasSegmentation -Precision ").Order());
    }
}
