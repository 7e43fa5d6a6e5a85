using System.Management.Automation;
using PancreasSeg.Dicom;

namespace PancreasSeg.Tests;

public sealed class ImportTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>, IDisposable
{
    private static readonly string s_example = Path.Combine(Repository.Root, "examples", "data", "phantom");

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_of_slices_becomes_one_volume()
    {
        CtVolume ct = module.Invoke("Import-CtSeries $args[0]", s_example).Only<CtVolume>();
        Assert.Equal([144, 112, 48], ct.Size);
        Assert.Equal([2.75, 2.75, 4], ct.Spacing);
        Assert.Equal(("phantom", "LPS", s_example), (ct.Name, ct.Grid.Orientation, ct.Source.Path));
    }

    [Fact]
    public void Listed_series_pipe_into_the_import_by_path_and_uid()
    {
        Copy("study");
        Invocation run = module.Invoke("Get-CtSeries -LiteralPath $args[0] -Usable | Import-CtSeries", _folder.FullName);
        Assert.Equal([144, 112, 48], run.Only<CtVolume>().Size);
        Assert.Equal("DicomSeriesEmpty", Assert.Single(module.Invoke("Import-CtSeries -LiteralPath $args[0] -SeriesInstanceUid 9.9", _folder.FullName).Errors).FullyQualifiedErrorId.Split(',')[0]);
    }

    [Fact]
    public void Series_picked_from_the_listing_pipe_into_the_import()
    {
        const string Script = "Get-CtSeries -LiteralPath $args[0] | Where-Object SliceCount -gt $args[1] | Import-CtSeries";
        Assert.Equal([144, 112, 48], module.Invoke(Script, s_example, 47).Only<CtVolume>().Size);
        Assert.Empty(module.Invoke(Script, s_example, 48).ThrowIfFailed().Output);
    }

    [Fact]
    public void A_missing_slice_is_named_and_nothing_comes_out()
    {
        string study = Copy("study");
        File.Delete(Path.Combine(study, "slice020.dcm"));
        Invocation run = module.Invoke("Import-CtSeries -LiteralPath $args[0]", study);
        ErrorRecord error = Assert.Single(run.Errors);
        Assert.Equal(("SliceMissing,PancreasSeg.Commands.ImportCtSeriesCommand", ErrorCategory.InvalidData), (error.FullyQualifiedErrorId, error.CategoryInfo.Category));
        Assert.Contains("slice019.dcm", error.Exception.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.ErrorDetails.RecommendedAction);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void The_listing_says_why_a_series_cannot_be_used()
    {
        string study = Copy("study");
        File.Delete(Path.Combine(study, "slice020.dcm"));
        CtSeriesInfo info = module.Invoke("Get-CtSeries -LiteralPath $args[0]", study).Only<CtSeriesInfo>();
        Assert.Equal((SeriesReason.SliceMissing, false, 47), (info.Reason, info.IsUsable, info.SliceCount));
        Assert.Empty(module.Invoke("Get-CtSeries -LiteralPath $args[0] -Usable", study).ThrowIfFailed().Output);
    }

    [Fact]
    public void One_bad_case_of_three_is_one_error_and_two_volumes()
    {
        foreach (string name in (string[])["a", "b", "c"]) Copy(name);
        File.Delete(_folder["b/slice020.dcm"]);
        Invocation run = module.InvokeIn(_folder.FullName, "Import-CtSeries ./*");
        Assert.Equal(["a", "c"], run.Values.Cast<CtVolume>().Select(v => v.Name));
        Assert.Single(run.Errors);
    }

    [Fact]
    public void A_name_that_matches_nothing_is_an_error_a_wildcard_is_not()
    {
        Assert.Equal("FileNotFound", Assert.Single(module.Invoke("Import-CtSeries ./no-such-study").Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.Empty(module.Invoke("Import-CtSeries ./no-such-*").ThrowIfFailed().Output);
    }

    [Fact]
    public void A_path_that_is_no_file_is_refused() =>
        Assert.Equal("PathNotFileSystem", Assert.Single(module.Invoke("Import-CtSeries variable:/PWD").Errors).FullyQualifiedErrorId.Split(',')[0]);

    [Fact]
    public void Tab_offers_the_uids_under_the_path()
    {
        CtSeriesInfo info = module.Invoke("Get-CtSeries $args[0]", s_example).Only<CtSeriesInfo>();
        Assert.Equal([info.SeriesInstanceUid], module.Complete($"Import-CtSeries '{s_example}' -SeriesInstanceUid "));
        Assert.Empty(module.Complete($"Import-CtSeries '{s_example}' -SeriesInstanceUid 9.9"));
    }

    [Fact]
    public void A_label_map_is_read_whole_or_one_label_of_it()
    {
        module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Box(), _folder["organs.nii.gz"]).ThrowIfFailed();
        Assert.Equal(2560, module.Invoke("Import-Segmentation -LiteralPath $args[0]", _folder["organs.nii.gz"]).Only<LabelVolume>().Count(7));
        Assert.Equal(2560, module.Invoke("Import-Segmentation -LiteralPath $args[0] -LabelValue 7", _folder["organs.nii.gz"]).Only<LabelVolume>().Count(1));
        Assert.Equal("LabelMissing", Assert.Single(module.Invoke("Import-Segmentation -LiteralPath $args[0] -LabelValue 3", _folder["organs.nii.gz"]).Errors).FullyQualifiedErrorId.Split(',')[0]);
    }

    [Fact]
    public void A_CT_is_no_label_map_and_a_DICOM_file_no_NIfTI()
    {
        var air = new CtVolume(TestVolumes.Grid, [.. Enumerable.Repeat((short)-1000, TestVolumes.Grid.VoxelCount)], new VolumeSource("air"));
        module.Invoke("$args[0] | Export-Nifti $args[1]", air, _folder["ct.nii"]).ThrowIfFailed();
        File.Copy(Path.Combine(s_example, "slice001.dcm"), _folder["fake.nii"]);
        Assert.Equal("NiftiDataInvalid", Assert.Single(module.Invoke("Import-Segmentation -LiteralPath $args[0]", _folder["ct.nii"]).Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal("NiftiHeaderInvalid", Assert.Single(module.Invoke("Import-CtSeries -LiteralPath $args[0]", _folder["fake.nii"]).Errors).FullyQualifiedErrorId.Split(',')[0]);
    }

    private string Copy(string name)
    {
        string target = _folder[name];
        Directory.CreateDirectory(target);
        foreach (string file in Directory.EnumerateFiles(s_example)) File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        return target;
    }
}
