using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using PancreasSeg.Batch;
using PancreasSeg.Core.Tests.Pictures;
using PancreasSeg.Nifti;

namespace PancreasSeg.Core.Tests.Batch;

public sealed class StudyViewerTests : IDisposable
{
    private readonly BatchFixture _batch = new();

    public void Dispose() => _batch.Dispose();

    [Fact]
    public void A_page_says_what_the_result_says_of_objects_that_were_not_written()
    {
        _batch.Study("a.nii");
        _batch.DicomStudy("s");
        string viewer = Directory.CreateDirectory(Path.Combine(_batch.Studies, ".viewer")).FullName;
        File.WriteAllText(Path.Combine(viewer, BatchFolder.ViewerScript), "script");
        _batch.Run(o => o with { ViewerPath = viewer, DicomOutput = [PancreasSeg.Dicom.DicomObjectKind.Seg] });
        string page = File.ReadAllText(Path.Combine(_batch.Output.ResultOf("a"), StudyViewer.PageFile));
        Assert.Contains("DICOM Seg was not written.", page, StringComparison.Ordinal);
    }

    [Fact]
    public void With_a_viewer_each_mask_gets_a_page_that_holds_the_ct_round_it()
    {
        _batch.Study("a.nii");
        _batch.Study("none.nii", hu: -50);
        string viewer = Path.Combine(_batch.Studies, ".viewer");
        Directory.CreateDirectory(viewer);
        File.WriteAllText(Path.Combine(viewer, BatchFolder.ViewerScript), "script");
        BatchSummary summary = _batch.Run(o => o with { ViewerPath = viewer }).Summary;

        Assert.Equal("script", File.ReadAllText(Path.Combine(_batch.Output.Viewer, BatchFolder.ViewerScript)));
        Assert.False(File.Exists(Path.Combine(_batch.Output.ResultOf("none"), StudyViewer.PageFile)));
        string page = File.ReadAllText(Path.Combine(_batch.Output.ResultOf("a"), StudyViewer.PageFile));
        string[] volumes = [.. Regex.Matches(page, "<script type=\"text/plain\" id=\"\\w+\">([A-Za-z0-9+/=]+)<").Select(m => m.Groups[1].Value)];
        LabelVolume mask = NiftiFile.ReadLabels(Saved("m.nii.gz", volumes[1]));
        CtVolume ct = NiftiFile.ReadCt(Saved("c.nii.gz", volumes[0]));
        Assert.Equal(16 * 12 * 6, mask.Count(1));
        // The box at 8, 8, 3 of 16 x 12 x 6 voxels with 25 mm round it: 7 voxels in plane, 5 along.
        Assert.Equal((30, 26, 14), (ct.Grid.Columns, ct.Grid.Rows, ct.Grid.Slices));
        Assert.Equal(152, ct.GetHu(7, 7, 3), 0.0);
        Assert.Contains(StudyViewer.PageFile, File.ReadAllText(summary.Report!), StringComparison.Ordinal);
        // The way back, and what it says.
        string back = Regex.Match(page, "href=\"([^\"]+)\">Back to the report").Groups[1].Value;
        Assert.Equal(Path.GetFullPath(summary.Report!), Path.GetFullPath(Path.Combine(_batch.Output.ResultOf("a"), back)));
        Assert.Contains("Volume 92.2 mL, mean", page, StringComparison.Ordinal);

        string Saved(string name, string base64)
        {
            File.WriteAllBytes(Path.Combine(viewer, name), Convert.FromBase64String(base64));
            return Path.Combine(viewer, name);
        }
    }

    [Fact]
    public void A_page_with_its_script_inside_needs_no_file_and_lets_nothing_else_run()
    {
        VolumeGrid grid = PreviewPhantom.Grid("plain");
        string path = Path.Combine(_batch.Studies, "case.html");
        StudyViewer.Write(path, new ViewerFacts("a <b> & c")
        {
            Picture = "data:image/png;base64,AA==",
            Script = "viewer();",
            Status = "Warning",
            Words = "Slices & more.",
        }, PreviewPhantom.Ct(grid, _ => 0), PreviewPhantom.Ball(grid, default, 10));
        string page = File.ReadAllText(path);
        Assert.Equal(["case.html"], Directory.GetFiles(_batch.Studies).Select(f => Path.GetFileName(f)));
        Assert.DoesNotMatch("(src|href)=\"(?!data:)", page);
        Assert.Contains("a &lt;b&gt; &amp; c", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
        string policy = Regex.Match(page, "Content-Security-Policy\" content=\"([^\"]+)\"").Groups[1].Value;
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        foreach (Match script in Regex.Matches(page, "<script>(.*?)</script>", RegexOptions.Singleline))
        {
            byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(script.Groups[1].Value));
            Assert.Contains(Convert.ToBase64String(hash), policy, StringComparison.Ordinal);
        }
        Assert.DoesNotMatch("<[^>]+ (style|on[a-z]+)=", Regex.Replace(page, "<(script|style)>.*?</", "", RegexOptions.Singleline));
    }

    [Fact]
    public void Without_a_mask_the_page_shows_the_picture_alone()
    {
        VolumeGrid grid = PreviewPhantom.Grid("plain");
        string path = Path.Combine(_batch.Studies, "case.html");
        StudyViewer.Write(path, new ViewerFacts("case") { Picture = "preview.png" }, PreviewPhantom.Ct(grid, _ => 0), null);
        string page = File.ReadAllText(path);
        Assert.DoesNotContain("text/plain", page, StringComparison.Ordinal);
        Assert.Contains("data-picture=\"preview.png\"", page, StringComparison.Ordinal);
        Assert.Contains("No mask", page, StringComparison.Ordinal);
    }
}
