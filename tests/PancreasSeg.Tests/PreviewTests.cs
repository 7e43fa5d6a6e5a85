namespace PancreasSeg.Tests;

public sealed class PreviewTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>, IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Masks_are_drawn_over_volumes_and_files_alike()
    {
        module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Ct(), _folder["ct.nii.gz"]).ThrowIfFailed();
        module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Box(), _folder["label.nii.gz"]).ThrowIfFailed();
        FileInfo made = module.Invoke("$args[0] | Export-SegmentationPreview $args[1] -Image $args[2] -PassThru", TestVolumes.Box(), _folder["a.png"], TestVolumes.Ct()).Only<FileInfo>();
        Assert.Equal(_folder["a.png"], made.FullName);
        module.InvokeIn(_folder.FullName, "Export-SegmentationPreview . -InputObject label.nii.gz -Image ct.nii.gz").ThrowIfFailed();
        Assert.Equal(File.ReadAllBytes(_folder["a.png"]), File.ReadAllBytes(_folder["label_preview.png"]));
        Assert.Equal([0x89, 0x50, 0x4E, 0x47], File.ReadAllBytes(_folder["a.png"])[..4]);
    }

    [Fact]
    public void A_mask_whose_CT_is_unknown_and_a_kept_file_are_errors_and_nothing_is_written()
    {
        Assert.Equal("FileNotFound", Id(module.Invoke("$args[0] | Export-SegmentationPreview $args[1]", TestVolumes.Box(), _folder["a.png"])));
        File.WriteAllText(_folder["a.png"], "old");
        Assert.Equal("NoClobber", Id(module.Invoke("$args[0] | Export-SegmentationPreview $args[1] -Image $args[2] -NoClobber", TestVolumes.Box(), _folder["a.png"], TestVolumes.Ct())));
        Assert.Equal("GridMismatch", Id(module.Invoke("$args[0] | Export-SegmentationPreview $args[1] -Image ($args[2] | Resize-Volume -Spacing 3)", TestVolumes.Box(), _folder["b.png"], TestVolumes.Ct())));
        Assert.Equal(["a.png"], _folder.Files);
        Assert.Equal("old", File.ReadAllText(_folder["a.png"]));
    }

    private static string Id(Invocation run) => Assert.Single(run.Errors).FullyQualifiedErrorId.Split(',')[0];
}
