using System.Text;
using PancreasSeg.Batch;
using PancreasSeg.Core.Tests.Dicom.Objects;
using PancreasSeg.Dicom;
using PancreasSeg.Import;
using PancreasSeg.Nifti;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Batch;

/// <summary>DICOM objects beside the masks of a batch.</summary>
public sealed class BatchObjectsTests : IDisposable
{
    private static readonly DicomObjectKind[] s_all = Enum.GetValues<DicomObjectKind>();

    private readonly BatchFixture _batch = new();

    public void Dispose() => _batch.Dispose();

    private (BatchSummary Summary, List<BatchItem> Items) Run(params DicomObjectKind[] kinds) =>
        _batch.Run(o => o with { DicomOutput = kinds });

    private string ResultOf(string study, string file) => Path.Combine(_batch.Output.ResultOf(study), file);

    [Fact]
    public void Objects_lie_beside_the_mask_and_say_the_same()
    {
        _batch.DicomStudy("s");
        (BatchSummary summary, List<BatchItem> items) = Run(s_all);
        Assert.Equal((BatchState.Done, SegmentationStatus.Ok, false), (items[0].State, items[0].Status!.Value, items[0].IsFlagged));
        Assert.Equal(["s/mask.nii.gz", "s/preview.png", "s/result.json", "s/s.preview.dcm", "s/s.report.dcm", "s/s.rtstruct.dcm",
            "s/s.seg.dcm", "s/thumbnail.png"], _batch.ResultFiles);
        LabelVolume mask = NiftiFile.ReadLabels(ResultOf("s", "mask.nii.gz"));
        foreach (string file in new[] { "s.seg.dcm", "s.rtstruct.dcm" })
        {
            LabelVolume back = LabelImporter.Read(ResultOf("s", file),
                new LabelImportOptions { Grid = mask.Grid, AcceptFrameOfReference = true });
            Assert.Equal(16 * 12 * 6, back.Count(1));
            Assert.Equal(mask.Labels.ToArray(), back.Labels.ToArray());
        }
        string page = File.ReadAllText(summary.Report!);
        Assert.Contains("patient module of the CT: <a href=\"../cases/s/s.seg.dcm\"", page, StringComparison.Ordinal);
        Assert.Contains("../cases/s/s.report.dcm", page, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_batch.Output.Staging));
    }

    [Fact]
    public void Nothing_but_the_objects_names_the_patient()
    {
        _batch.DicomStudy("s");
        Run(s_all);
        string[] named = [.. Directory.EnumerateFiles(_batch.Output.Root, "*", SearchOption.AllDirectories)
            .Where(f => Encoding.Latin1.GetString(File.ReadAllBytes(f)).Contains("Secret^Patient", StringComparison.Ordinal))
            .Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        Assert.Equal(["s.preview.dcm", "s.report.dcm", "s.rtstruct.dcm", "s.seg.dcm"], named);
    }

    [Fact]
    public void An_empty_mask_gives_a_picture_and_a_report()
    {
        _batch.DicomStudy("none", hu: -50);
        BatchItem item = Assert.Single(Run(s_all).Items);
        Assert.Equal((SegmentationStatus.Empty, ReasonText.Of("MaskEmpty")), (item.Status!.Value, item.Message));
        Assert.Equal(["none.preview.dcm", "none.report.dcm"], Objects("none"));
    }

    [Fact]
    public void What_cannot_be_made_is_named_and_the_study_done_all_the_same()
    {
        _batch.Study("nifti.nii");
        _batch.DicomStudy("tilted", shift: 0.5);
        (BatchSummary summary, List<BatchItem> items) = _batch.Run(o => o with
        {
            DicomOutput = [DicomObjectKind.Seg, DicomObjectKind.RtStruct],
            Series = new CtSeriesOptions { Regularize = true },
        });
        Assert.Equal((BatchOutcome.Completed, 2, 2), (summary.Outcome!.Value, summary.Done, summary.Flagged));
        Assert.Equal([nameof(Fault.DicomSeriesEmpty)], items[0].Reasons);
        Assert.Empty(Objects("nifti"));
        Assert.Contains(nameof(Fault.SourceGridDiffers), items[1].Reasons);
        Assert.Contains("DICOM Seg was not written.", items[1].Message, StringComparison.Ordinal);
        Assert.DoesNotContain("DICOM RtStruct", items[1].Message, StringComparison.Ordinal);
        Assert.Equal(["tilted.rtstruct.dcm"], Objects("tilted"));
        string record = File.ReadAllText(ResultOf("tilted", "result.json"));
        Assert.Contains(nameof(Fault.SourceGridDiffers), record, StringComparison.Ordinal);
        Assert.Contains("DICOM Seg was not written.", record, StringComparison.Ordinal);
        Assert.All(_batch.History(), i => Assert.True(i.IsFlagged));
    }

    [Fact]
    public void A_regularized_series_gets_its_segmentation_on_its_own_slices_when_asked()
    {
        _batch.DicomStudy("tilted", shift: 0.5);
        BatchItem item = Assert.Single(_batch.Run(o => o with
        {
            DicomOutput = [DicomObjectKind.Seg],
            OnSourceSlices = true,
            Series = new CtSeriesOptions { Regularize = true },
        }).Items);
        Assert.DoesNotContain("was not written", $"{item.Message}", StringComparison.Ordinal);
        Assert.Equal(["tilted.seg.dcm"], Objects("tilted"));
        SegmentationFile seg = SegmentationFile.Read(
            ObjectSeries.Header(ResultOf("tilted", "tilted.seg.dcm"), DicomSelection.Segmentation));
        Vector3D step = seg.Frames[1].Plane.Position - seg.Frames[0].Plane.Position;
        Assert.Equal(0.5, Math.Abs(step.Y), 6);
    }

    [Fact]
    public void A_folder_without_any_dicom_study_is_refused_before_the_first()
    {
        _batch.Study("a.nii");
        Assert.Equal(Fault.DicomSeriesEmpty, Assert.Throws<CoreException>(() => Run(DicomObjectKind.Seg)).Fault);
        Assert.False(File.Exists(_batch.Output.Journal));
    }

    [Fact]
    public void Results_beside_the_ct_reopen_nothing_and_a_late_slice_does()
    {
        string study = _batch.DicomStudy("s"), first = Path.Combine(study, "00.dcm");
        byte[] late = File.ReadAllBytes(first);
        File.Delete(first);
        Run(s_all);
        Assert.Equal(1, _batch.Passes);
        foreach (string file in Directory.GetFiles(_batch.Output.ResultOf("s"), "*.dcm"))
            File.Copy(file, Path.Combine(study, Path.GetFileName(file)));
        Assert.True(Assert.Single(Run(s_all).Items).IsSkipped);
        Assert.Equal(1, _batch.Passes);

        File.WriteAllBytes(first, late);
        Assert.False(Assert.Single(Run(s_all).Items).IsSkipped);
        Assert.Equal(2, _batch.Passes);
        Assert.Equal(48, NiftiFile.ReadLabels(ResultOf("s", "mask.nii.gz")).Grid.Slices);
    }

    [Fact]
    public void Objects_asked_for_later_are_made_and_others_not_again()
    {
        _batch.DicomStudy("s");
        _batch.Run();
        Assert.Empty(Objects("s"));
        Assert.Equal(1, Run(DicomObjectKind.Seg).Summary.Done);
        Assert.Equal(["s.seg.dcm"], Objects("s"));
        Assert.Equal(1, Run(DicomObjectKind.Seg).Summary.Skipped);
        Assert.Equal(1, _batch.Run().Summary.Skipped);
    }

    private string[] Objects(string study) =>
        [.. Directory.EnumerateFiles(_batch.Output.ResultOf(study), "*.dcm").Select(f => Path.GetFileName(f))
            .Order(StringComparer.Ordinal)];
}
