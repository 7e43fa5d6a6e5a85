using System.IO.Compression;
using PancreasSeg.Batch;
using PancreasSeg.Dicom;
using PancreasSeg.Nifti;

namespace PancreasSeg.Core.Tests.Batch;

/// <summary>Rules choose among the series of one examination of one patient; grouped by study, each examination is done for itself.</summary>
public sealed class BatchGroupTests : IDisposable
{
    private readonly BatchFixture _batch = new();

    public void Dispose() => _batch.Dispose();

    /// <summary>A series of an examination; the width of its bright box tells it again by its mask.</summary>
    private string Series(string path, string study, int width, string series = "1", string patient = "SECRET-ID", int slices = 48)
    {
        string folder = _batch.DicomStudy(path, width, change: (slice, k) => slice
            .Text(DicomTag.StudyInstanceUid, "UI", study)
            .Text(DicomTag.SeriesInstanceUid, "UI", $"{(study.Length > 0 ? study : "1.9")}.{series}")
            .Text(DicomTag.SopInstanceUid, "UI", $"{(study.Length > 0 ? study : "1.9")}.{series}.{k}")
            .Text(DicomTag.PatientId, "LO", patient));
        foreach (string file in Directory.GetFiles(folder, "*.dcm").Order(StringComparer.Ordinal).Skip(slices)) File.Delete(file);
        return folder;
    }

    private (BatchSummary Summary, List<BatchItem> Items) Run(BatchGrouping group, bool most = true) => _batch.Run(o => o with
    {
        Group = group,
        Series = new CtSeriesOptions { Rules = new SeriesRules { MostSlices = most } },
    });

    private int WidthOf(BatchItem item) =>
        NiftiFile.ReadLabels(Path.Combine(item.OutputFolder!, BatchFolder.MaskFile)).Count(1) / (12 * 6);

    private int[] Widths(IEnumerable<BatchItem> items) => [.. items.Select(WidthOf).Order()];

    [Theory]
    [InlineData("1.2.1", "1.2.2", "ONE", "TWO", Fault.DicomPatientsMixed)]
    [InlineData("1.2.1", "1.2.1", "ONE", "TWO", Fault.DicomPatientsMixed)]
    [InlineData("1.2.1", "1.2.2", "ONE", "ONE", Fault.DicomStudiesMixed)]
    [InlineData("1.2.1", "", "ONE", "ONE", Fault.DicomStudiesMixed)]
    public void Rules_never_choose_between_patients_or_examinations(string one, string other, string patient, string otherPatient, Fault fault)
    {
        Series("entry/a", one, 16, "1", patient);
        Series("entry/b", other, 12, "2", otherPatient, slices: 40);
        (BatchSummary run, List<BatchItem> items) = Run(BatchGrouping.Entry);
        Assert.Equal(($"{fault}", BatchState.Failed, 1), (Assert.Single(items[0].Reasons), items[0].State, run.Failed));
        Assert.False(Directory.Exists(_batch.Output.ResultOf("entry")));
        string told = items[0].Message + File.ReadAllText(run.Report!) + string.Concat(Directory.GetFiles(_batch.Output.Logs).Select(File.ReadAllText));
        Assert.All(new[] { "ONE", "TWO", "Secret" }, text => Assert.DoesNotContain(text, told, StringComparison.Ordinal));
    }

    [Fact]
    public void A_description_does_not_choose_the_patient_either()
    {
        _batch.DicomStudy("entry/a", change: (s, _) => s.Text(DicomTag.SeriesDescription, "LO", "portal").Text(DicomTag.PatientId, "LO", "ONE"));
        _batch.DicomStudy("entry/b", change: (s, k) => s.Text(DicomTag.SeriesDescription, "LO", "nativ").Text(DicomTag.PatientId, "LO", "TWO")
            .Text(DicomTag.SeriesInstanceUid, "UI", "1.5").Text(DicomTag.SopInstanceUid, "UI", $"1.5.{k}"));
        BatchItem item = Assert.Single(_batch.Run(o => o with { Series = new() { Rules = new() { DescriptionLike = "portal" } } }).Items);
        Assert.Equal(nameof(Fault.DicomPatientsMixed), Assert.Single(item.Reasons));
    }

    [Fact]
    public void What_was_passed_over_is_counted_and_named_everywhere()
    {
        Series("entry/a", "1.2.1", 16);
        Series("entry/b", "1.2.1", 12, "2", slices: 40);
        Series("entry/c", "1.2.1", 14, "3", slices: 30);
        Directory.CreateDirectory(Path.Combine(_batch.Studies, "plain"));
        Series("plain", "1.2.9", 16);
        (BatchSummary run, List<BatchItem> items) = Run(BatchGrouping.Entry);
        Assert.Equal([2, 0], items.Select(i => i.SeriesPassedOver.Count));
        Assert.Equal(2, run.SeriesPassedOver);
        string named = items[0].SeriesPassedOver[0];
        Assert.Contains("40 images, 4 x 4 x 5 mm", named, StringComparison.Ordinal);
        Assert.Equal(items[0].SeriesPassedOver, _batch.History()[0].SeriesPassedOver);
        using BatchJournal journal = SqliteJournal.OpenExisting(_batch.Output);
        Assert.Equal(2, journal.Runs().Single().SeriesPassedOver);
        Assert.Contains(named, File.ReadAllText(run.Report!), StringComparison.Ordinal);
        Assert.Contains("40 images", File.ReadAllText(Path.Combine(items[0].OutputFolder!, BatchFolder.ResultFile)), StringComparison.Ordinal);
        Assert.Contains("30 images", File.ReadAllText(Directory.GetFiles(_batch.Output.Logs).Single()), StringComparison.Ordinal);
    }

    [Fact]
    public void Each_examination_of_a_nested_tree_is_done_for_itself_and_keeps_its_name()
    {
        Series("PAT1/CT1/S1", "1.2.1", 12);
        Series("PAT1/CT1/S2", "1.2.1", 10, "2", slices: 40);
        Series("PAT1/CT2/S1", "1.2.2", 14);
        Series("PAT2/CT1/S1", "1.2.3", 16, patient: "OTHER");
        (BatchSummary run, List<BatchItem> items) = Run(BatchGrouping.Study);
        Assert.Equal((3, 1, BatchOutcome.Completed), (run.Done, run.SeriesPassedOver, run.Outcome));
        Assert.Equal([12, 14, 16], Widths(items));
        Assert.All(items.Take(2), item => Assert.StartsWith("PAT1-", item.Study, StringComparison.Ordinal));
        Assert.Equal("PAT2", items[2].Study);
        Assert.EndsWith(Path.Combine("PAT1", "CT2", "S1"), items.Single(i => WidthOf(i) == 14).Path, StringComparison.Ordinal);
        Assert.Equal(3, Run(BatchGrouping.Study).Summary.Skipped);

        // A second examination of the other patient arrives: the first is left alone under its name.
        Series("PAT2/CT2/S1", "1.2.4", 18, patient: "OTHER");
        (run, items) = Run(BatchGrouping.Study);
        Assert.Equal((1, 3), (run.Done, run.Skipped));
        Assert.Equal(18, WidthOf(items.Single(i => !i.IsSkipped)));
        Assert.Contains(items, i => i.Study == "PAT2");
    }

    [Fact]
    public void Two_examinations_in_one_folder_and_one_spread_over_two_entries_are_told_apart_by_their_uid()
    {
        string mixed = Series("mixed", "1.2.1", 12);
        foreach (string file in Directory.GetFiles(mixed)) File.Move(file, Path.ChangeExtension(file, ".one"));
        Series("mixed", "1.2.2", 14, patient: "OTHER");
        string whole = Series("spread-1", "1.2.3", 16);
        string half = Directory.CreateDirectory(Path.Combine(_batch.Studies, "spread-2")).FullName;
        foreach (string file in Directory.GetFiles(whole).Order(StringComparer.Ordinal).Skip(20)) File.Move(file, Path.Combine(half, Path.GetFileName(file)));
        (BatchSummary run, List<BatchItem> items) = Run(BatchGrouping.Study, most: false);
        Assert.Equal(3, run.Done);
        Assert.Equal([12, 14, 16], Widths(items));
        BatchItem spread = items.Single(i => WidthOf(i) == 16);
        Assert.Equal(("spread-1", _batch.Studies), (spread.Study, spread.Path));
        Assert.Equal([nameof(Fault.DicomPatientsMixed)], Run(BatchGrouping.Entry).Items.Single(i => i.Study == "mixed").Reasons);
    }

    [Fact]
    public void Archives_and_media_with_a_directory_are_opened_wherever_they_lie()
    {
        Series("a/one", "1.2.1", 12);
        Series("a/two", "1.2.2", 14);
        string entry = Path.Combine(_batch.Studies, "a");
        ZipFile.CreateFromDirectory(entry, Path.Combine(_batch.Studies, "both.zip"));
        Directory.Delete(entry, recursive: true);
        Series("medium/IMAGES/S1", "1.2.3", 16);
        File.WriteAllBytes(Path.Combine(_batch.Studies, "medium", "DICOMDIR"),
            new DicomWriter().Text(DicomTag.SopClassUid, "UI", "1.2.840.10008.1.3.10").File());
        string nested = Series("packed", "1.2.4", 18);
        ZipFile.CreateFromDirectory(nested, Path.Combine(_batch.Studies, "medium", "old.zip"));
        Directory.Delete(nested, recursive: true);
        (BatchSummary run, List<BatchItem> items) = Run(BatchGrouping.Study);
        Assert.Equal((4, 0), (run.Done, run.Failed));
        Assert.Equal([12, 14, 16, 18], Widths(items));
        Assert.Equal(4, Run(BatchGrouping.Study).Summary.Skipped);
    }

    [Fact]
    public void Images_without_a_study_uid_are_a_study_of_their_entry()
    {
        Series("only", "", 12);
        Series("beside/named", "1.2.1", 14);
        Series("beside/nameless", "", 16);
        _batch.Study("volume.nii", 18);
        Directory.CreateDirectory(Path.Combine(_batch.Studies, "junk"));
        File.WriteAllText(Path.Combine(_batch.Studies, "junk", "notes.txt"), "x");
        (BatchSummary run, List<BatchItem> items) = Run(BatchGrouping.Study);
        Assert.Equal((4, 1), (run.Done, run.Failed));
        Assert.Equal([12, 14, 16, 18], Widths(items.Where(i => i.OutputFolder is not null)));
        Assert.Equal([nameof(Fault.DicomSeriesEmpty)], items.Single(i => i.Study == "junk").Reasons);
    }

    [Fact]
    public void An_examination_without_ct_is_passed_over_by_name_and_a_damaged_slice_is_never_lost()
    {
        Series("p/ct", "1.2.1", 12);
        string mr = _batch.DicomStudy("p/mr", change: (s, k) => s.Text(DicomTag.StudyInstanceUid, "UI", "1.2.7").Text(DicomTag.Modality, "CS", "MR")
            .Text(DicomTag.SopClassUid, "UI", "1.2.840.10008.5.1.4.1.1.4").Text(DicomTag.SeriesInstanceUid, "UI", "1.7").Text(DicomTag.SopInstanceUid, "UI", $"1.7.{k}"));
        (BatchSummary run, List<BatchItem> items) = Run(BatchGrouping.Study);
        Assert.Equal((1, 1, 0), (run.Done, run.PassedOver, run.Failed));
        Assert.Contains("examination without CT images", File.ReadAllText(Directory.GetFiles(_batch.Output.Logs).Single()), StringComparison.Ordinal);
        Directory.Delete(mr, recursive: true);
        string slice = Path.Combine(_batch.Studies, "p", "ct", "20.dcm");
        File.WriteAllBytes(slice, File.ReadAllBytes(slice)[..200]);
        Assert.Equal(BatchState.Failed, Assert.Single(Run(BatchGrouping.Study).Items).State);
    }

    [Fact]
    public void One_patient_only_may_be_in_an_examination()
    {
        Series("a/one", "1.2.1", 12);
        Series("a/two", "1.2.1", 14, "2", patient: "OTHER", slices: 40);
        Assert.Equal([nameof(Fault.DicomPatientsMixed)], Assert.Single(Run(BatchGrouping.Study).Items).Reasons);
    }

    [Fact]
    public void Shards_part_examinations_and_a_folder_with_one_goes_on_under_the_other_grouping()
    {
        Series("x", "1.2.1", 12);
        Series("y/1", "1.2.2", 14);
        Series("y/2", "1.2.3", 16);
        Assert.Equal(1, Run(BatchGrouping.Entry).Summary.Done);
        (BatchSummary run, List<BatchItem> items) = Run(BatchGrouping.Study);
        Assert.Equal((2, 1), (run.Done, run.Skipped));
        Assert.True(items.Single(i => i.Study == "x").IsSkipped);
        Directory.Delete(_batch.Output.Root, recursive: true);
        Assert.Equal(3, Enumerable.Range(0, 3).Sum(i => _batch.Run(o => o with { Group = BatchGrouping.Study, Shard = new(i, 3) }).Summary.Done));
    }
}
