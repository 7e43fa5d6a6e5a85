using System.Text;

namespace PancreasSeg.Tests;

/// <summary>Results out as DICOM and in again, as users' scripts do it.</summary>
public sealed class DicomSegmentationTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>, IDisposable
{
    private const string Export = "Export-DicomSegmentation out -InputObject box.nii.gz -Force";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private LabelVolume Study()
    {
        PhantomSeries.Write(_folder["study"], TestVolumes.Ct(), "1.2.826.0.1.99.31", "PLANTED-77");
        module.Invoke("$args[0] | Export-Nifti $args[1]", TestVolumes.Box(), _folder["box.nii.gz"]).ThrowIfFailed();
        return TestVolumes.Box();
    }

    [Fact]
    public void Every_kind_is_written_beside_its_ct_and_masks_come_back()
    {
        LabelVolume box = Study();
        string kinds = "-Source study -LabelMap @{ 7 = 'Left Kidney' } -Kind Seg, RtStruct, Preview, Report -PassThru";
        FileInfo[] files = [.. module.InvokeIn(_folder.FullName, $"{Export} {kinds}").ThrowIfFailed().Values.Cast<FileInfo>()];
        Assert.Equal(["box.seg.dcm", "box.rtstruct.dcm", "box.preview.dcm", "box.report.dcm"], files.Select(f => f.Name));
        foreach (string file in new[] { "box.seg.dcm", "box.rtstruct.dcm" })
        {
            LabelVolume back = module.InvokeIn(_folder["out"], $"Import-Segmentation {file} -Like ../study -Segment 'left kidney'")
                .Only<LabelVolume>();
            Assert.Equal(box.Select(7).Labels.ToArray(), back.Labels.ToArray());
        }
        string score = "(Import-Segmentation box.seg.dcm -Like ../study"
            + " | Measure-Segmentation -Reference ../box.nii.gz -ReferenceLabelValue 7).Dice";
        Assert.Equal(1.0, module.InvokeIn(_folder["out"], score).Only<double>());
    }

    [Fact]
    public void Only_the_objects_name_the_patient()
    {
        Study();
        string arguments = "-Source study -LabelMap @{ 7 = 'liver' } -Kind Seg, Report -PassThru -Verbose";
        Invocation run = module.InvokeIn(_folder.FullName, $"{Export} {arguments}").ThrowIfFailed();
        string[] told = [.. run.Output.Select(o => $"{o}"), .. run.Verbose, .. run.Warnings, .. run.Progress.Select(p => $"{p}")];
        Assert.DoesNotContain("PLANTED", string.Join(' ', told), StringComparison.Ordinal);
        Assert.Contains("PLANTED-77", Encoding.Latin1.GetString(File.ReadAllBytes(_folder["out/box.seg.dcm"])), StringComparison.Ordinal);
        LabelVolume back = module.InvokeIn(_folder.FullName, "Import-Segmentation out/box.seg.dcm").Only<LabelVolume>();
        Assert.DoesNotContain("PLANTED", $"{back} {back.Source}", StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_exported_is_a_named_error_and_leaves_no_file()
    {
        Study();
        void Fails(string id, string arguments) => Assert.Equal(id,
            Assert.Single(module.InvokeIn(_folder.FullName, $"{Export} {arguments}").Errors).FullyQualifiedErrorId.Split(',')[0]);
        Fails("FileNotFound", "");
        Fails("SettingInvalid", "-Source study -LabelMap @{ 7 = 'gizzard' }");
        Fails("SettingInvalid", "-Source study -LabelMap @{ 0 = 'liver' }");
        Fails("LabelMissing", "-Source study");
        Fails("SettingInvalid", "-Source study -LabelMap @{ 7 = 'liver' } -SeriesDescription 'Drüse'");
        Assert.False(Directory.Exists(_folder["out"]) && Directory.EnumerateFiles(_folder["out"]).Any());
    }

    [Fact]
    public void What_if_says_that_the_patient_goes_along_and_writes_nothing()
    {
        Study();
        module.InvokeIn(_folder.FullName, $"{Export} -Source study -LabelMap @{{ 7 = 'liver' }} -WhatIf").ThrowIfFailed();
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Fact]
    public void Structures_are_completed_with_their_codes()
    {
        string script = "[Management.Automation.CommandCompletion]::CompleteInput('Export-DicomSegmentation -LabelMap le', 37, $null)"
            + ".CompletionMatches | ForEach-Object { \"$($_.CompletionText) $($_.ToolTip)\" }";
        Assert.Equal("@{ 1 = 'left kidney' } left kidney (SCT 64033007)", module.Invoke(script).Only<string>());
    }
}
