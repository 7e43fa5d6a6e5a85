using System.Globalization;
using System.IO.Compression;
using System.Management.Automation;

namespace PancreasSeg.Tests;

public sealed class ExportNiftiTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>, IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_written_comes_back_bit_for_bit_through_a_path_with_brackets()
    {
        CtVolume ct = TestVolumes.Ct();
        module.Invoke("$args[0] | Export-Nifti -Path $args[1]", ct, _folder["ct.nii.gz"]).ThrowIfFailed();
        CtVolume back = module.Invoke("Import-CtSeries -LiteralPath $args[0]", _folder["ct.nii.gz"]).Only<CtVolume>();
        Assert.True(ct.Grid.Matches(back.Grid, 1e-4));
        Assert.Equal(ct.Integers.ToArray(), back.Integers.ToArray());
        Assert.Equal("ct", back.Name);
    }

    [Fact]
    public void The_header_holds_the_RAS_affine_of_the_volume()
    {
        module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Ct(), _folder["ct.nii"]).ThrowIfFailed();
        byte[] header = File.ReadAllBytes(_folder["ct.nii"]);
        float[] rows = [.. Enumerable.Range(0, 12).Select(i => BitConverter.ToSingle(header, 280 + 4 * i))];
        Assert.Equal([-1.5f, 0, 0, 30, 0, -1.25f, 0, 20, 0, 0, 3, 100], rows);
    }

    [Fact]
    public void A_folder_takes_one_file_per_volume_and_PassThru_pipes_on()
    {
        Invocation run = module.Invoke("$args[0] | Export-Nifti -Path $args[1] -Force -PassThru | Import-CtSeries",
            new object[] { TestVolumes.Ct("a"), TestVolumes.Ct("b") }, _folder["new/folder"]).ThrowIfFailed();
        Assert.Equal(["a", "b"], run.Values.Cast<CtVolume>().Select(v => v.Name));
        Assert.Equal(["new/folder/a.nii.gz", "new/folder/b.nii.gz"], _folder.Files);
    }

    [Fact]
    public void WhatIf_creates_nothing_not_even_the_folder()
    {
        Invocation run = module.Invoke("$args[0] | Export-Nifti -Path $args[1] -Force -PassThru -WhatIf", TestVolumes.Ct(), _folder["new"]).ThrowIfFailed();
        Assert.Empty(run.Output);
        Assert.False(Directory.Exists(_folder["new"]));
    }

    [Fact]
    public void WhatIf_false_writes() =>
        Assert.Single(module.Invoke("$args[0] | Export-Nifti -Path $args[1] -WhatIf:$false -PassThru", TestVolumes.Ct(), _folder["ct.nii"]).ThrowIfFailed().Output);

    [Fact]
    public void NoClobber_keeps_the_old_file()
    {
        File.WriteAllText(_folder["ct.nii"], "old");
        ErrorRecord error = Assert.Single(module.Invoke("$args[0] | Export-Nifti $args[1] -NoClobber", TestVolumes.Ct(), _folder["ct.nii"]).Errors);
        Assert.Equal(("NoClobber,PancreasSeg.Commands.ExportNiftiCommand", ErrorCategory.ResourceExists), (error.FullyQualifiedErrorId, error.CategoryInfo.Category));
        Assert.Equal(_folder["ct.nii"], error.TargetObject);
        Assert.Equal("old", File.ReadAllText(_folder["ct.nii"]));
    }

    [Fact]
    public void Force_replaces_a_read_only_file()
    {
        File.WriteAllText(_folder["ct.nii"], "old");
        File.SetAttributes(_folder["ct.nii"], FileAttributes.ReadOnly);
        module.Invoke("$args[0] | Export-Nifti $args[1] -Force", TestVolumes.Ct(), _folder["ct.nii"]).ThrowIfFailed();
        Assert.True(new FileInfo(_folder["ct.nii"]).Length > 352);
    }

    [Fact]
    public void Two_volumes_of_one_name_do_not_overwrite_each_other()
    {
        Invocation run = module.Invoke("$args[0] | Export-Nifti $args[1]", new object[] { TestVolumes.Ct("a"), TestVolumes.Ct("a") }, _folder.FullName);
        Assert.Equal("NoClobber", Assert.Single(run.Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal(["a.nii.gz"], _folder.Files);
    }

    [Fact]
    public void An_absent_folder_is_an_error_without_Force() =>
        Assert.Equal("FileNotFound", Assert.Single(module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Ct(), _folder["absent"]).Errors).FullyQualifiedErrorId.Split(',')[0]);

    [Fact]
    public void Another_kind_of_object_is_refused_by_name() =>
        Assert.Equal("InputTypeNotSupported", Assert.Single(module.Invoke("'text' | Export-Nifti $args[0]", _folder["x.nii"]).Errors).FullyQualifiedErrorId.Split(',')[0]);

    [Fact]
    public void A_relative_path_means_the_location_of_the_session()
    {
        module.InvokeIn(_folder.FullName, "$args[0] | Export-Nifti ./here.nii", TestVolumes.Ct()).ThrowIfFailed();
        Assert.Equal(["here.nii"], _folder.Files);
    }

    [Fact]
    public void A_name_never_leads_out_of_the_folder()
    {
        module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Ct("../../evil:CON"), _folder.FullName).ThrowIfFailed();
        Assert.Equal(["_.._evil_CON.nii.gz"], _folder.Files);
        Assert.Single(Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public void Numbers_are_the_same_in_a_culture_with_a_decimal_comma()
    {
        module.Invoke("$args[0] | Resize-Volume 2.5 | Export-Nifti $args[1]", TestVolumes.Ct(), _folder["a.nii.gz"]).ThrowIfFailed();
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            module.Invoke("$args[0] | Resize-Volume '2.5x2.5x2.5' | Export-Nifti $args[1]", TestVolumes.Ct(), _folder["b.nii.gz"]).ThrowIfFailed();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
        Assert.Equal(Unzipped(_folder["a.nii.gz"]), Unzipped(_folder["b.nii.gz"]));
    }

    private static byte[] Unzipped(string path)
    {
        using var gzip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        gzip.CopyTo(bytes);
        return bytes.ToArray();
    }
}
