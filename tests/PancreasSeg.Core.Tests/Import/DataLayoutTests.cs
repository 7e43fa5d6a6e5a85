using PancreasSeg.Import;
using PancreasSeg.Nifti;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Import;

public sealed class DataLayoutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("/d/p1_mask.nii.gz", "p1")]
    [InlineData("/d/p1_0000.nii.gz", "p1")]
    [InlineData("/d/p1/mask.nii.gz", "p1")]
    [InlineData("/d/s0001/segmentations/pancreas.nii.gz", "s0001")]
    [InlineData("/d/s0001/ct.nii.gz", "s0001")]
    [InlineData("/d/_mask.nii", "_mask")]
    [InlineData("/mask.nii", "mask")]
    public void A_file_tells_its_case(string path, string name) => Assert.Equal(name, CaseFiles.CaseOf(path));

    [Fact]
    public void Files_of_one_name_go_by_their_cases() =>
        Assert.Equal(["s1", "s2", "other"], CaseFiles.NamesOf(["/d/s1/ct.nii.gz", "/d/s2/ct.nii.gz", "/d/other.nii.gz"]));

    [Theory]
    [InlineData("s1/ct.nii.gz s1/segmentations/pancreas.nii.gz", "", "a data set in TotalSegmentator's layout")]
    [InlineData("s1/ct.nii.gz s1/segmentations/pancreas.nii.gz", "s1", "a case of TotalSegmentator's data set")]
    [InlineData("imagesTr/a_0000.nii.gz labelsTr/a.nii.gz dataset.json", "", "layout of nnU-Net and the Medical Segmentation Decathlon")]
    [InlineData("a.nii.gz b.nii", "", "a folder with 2 NIfTI files")]
    public void A_folder_without_DICOM_is_told_by_what_it_is(string files, string path, string what)
    {
        foreach (string file in files.Split(' '))
        {
            string full = Path.Combine(_folder.FullName, file);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllText(full, "x");
        }
        var error = Assert.Throws<CoreException>(() => CtImporter.Read(Path.Combine(_folder.FullName, path)));
        Assert.Equal(Fault.DicomSeriesEmpty, error.Fault);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("Give its ", error.Remedy!.Replace("the files", "its files", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void TotalSegmentators_cases_are_trained_on_by_their_folders()
    {
        foreach (string name in (string[])["s0001", "s0002"])
        {
            string masks = Path.Combine(_folder.FullName, name, "segmentations");
            Directory.CreateDirectory(masks);
            VolumeGrid grid = VolumeGrid.Axial(4, 4, 4, new(2, 2, 2));
            NiftiFile.Write(Path.Combine(_folder.FullName, name, "ct.nii.gz"), new CtVolume(grid, new short[64], new VolumeSource("x")));
            if (name == "s0001")
                NiftiFile.Write(Path.Combine(masks, "pancreas.nii.gz"), new LabelVolume(grid, [.. Enumerable.Repeat((byte)1, 64)], new VolumeSource("x")));
        }
        IReadOnlyList<TrainingCaseSource> cases = TrainingDataSet.Find(_folder.FullName);
        Assert.Equal(["s0001", "s0002"], cases.Select(c => c.Name));
        Assert.Equal(64, cases[0].Read(default).Label.Count(1));
        Assert.Contains("segmentations/pancreas.nii.gz", Assert.Throws<CoreException>(() => cases[1].Read(default)).Message, StringComparison.Ordinal);
    }
}
