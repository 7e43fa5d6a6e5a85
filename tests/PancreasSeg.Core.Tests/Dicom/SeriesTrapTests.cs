using PancreasSeg.Dicom;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>What belongs together is read together; everything else is refused or set apart by name.</summary>
public class SeriesTrapTests
{
    [Fact]
    public void Trap04_exact_copies_are_left_out_and_noted()
    {
        using TestSeries series = new TestSeries().Save();
        File.Copy(series.PathOf(2), Path.Combine(series.Folder, "copy"));
        Directory.CreateDirectory(Path.Combine(series.Folder, "sub"));
        File.Copy(series.PathOf(5), Path.Combine(series.Folder, "sub", "copy"));
        Assert.Equal("2 exact copies of slices were left out.", Assert.Single(series.AssertRight().Source.Notes));
    }

    [Fact]
    public void Trap04_files_of_one_instance_that_differ_are_refused()
    {
        using TestSeries series = new TestSeries().Save();
        series.Slices[2].Samples(DicomTag.PixelData, TestSeries.Stored(3, hu => hu + 1024));
        File.WriteAllBytes(Path.Combine(series.Folder, "other"), series.Slices[2].File());
        series.AssertRefused(SeriesReason.DuplicatePositions, Fault.SliceDuplicated);
    }

    [Fact]
    public void Trap04_a_file_that_goes_on_behind_a_copy_of_another_is_no_copy()
    {
        using TestSeries series = new TestSeries().Save();
        File.WriteAllBytes(Path.Combine(series.Folder, "zz"), [.. File.ReadAllBytes(series.PathOf(2)),
            0xFC, 0xFF, 0xFC, 0xFF, (byte)'O', (byte)'B', 0, 0, 2, 0, 0, 0, 0, 0]);
        series.AssertRefused(SeriesReason.DuplicatePositions, Fault.SliceDuplicated);
    }

    [Fact]
    public void Trap05_two_images_at_one_position_are_refused()
    {
        using var series = new TestSeries();
        series.Slices.Add(TestSeries.Slice(3).Text(DicomTag.SopInstanceUid, "UI", "1.2.3.4"));
        series.Save();
        CtSeriesInfo info = series.AssertRefused(SeriesReason.DuplicatePositions, Fault.SliceDuplicated);
        Assert.Contains(Path.GetFileName(series.PathOf(7)), info.Detail, StringComparison.Ordinal);
    }

    /// <summary>Phases at the same positions, shifted by half a slice, and the second only over the end of the first.</summary>
    [Theory]
    [InlineData(0, 7, 35)]
    [InlineData(0, 7, 2.5)]
    [InlineData(0, 7, 0)]
    [InlineData(6, 10, 0)]
    public void Trap06_phases_that_lie_in_each_other_are_parts_of_their_own(int from, int to, double shift)
    {
        using var series = new TestSeries();
        for (int k = from; k < to; k++)
            series.Slices.Add(
                TestSeries.Slice(k).Text(DicomTag.SopInstanceUid, "UI", $"1.2.3.{k}").Text(DicomTag.AcquisitionNumber, "IS", "4")
                .Numbers(DicomTag.ImagePositionPatient, -120.5, -80.25, -500 + 5 * k + shift));
        series.Save();
        CtSeriesInfo[] parts = [.. CtSeriesFinder.Find(series.Folder).Series];
        if (shift > 30)
        {
            // One after the other: a stack of fourteen.
            Assert.Equal((14, "", true), (Assert.Single(parts).SliceCount, parts[0].Part, parts[0].IsUsable));
            return;
        }
        Assert.Equal([("acquisition 1", 1, 7), ("acquisition 4", 4, to - from)],
            parts.Select(p => (p.Part, p.AcquisitionNumber!.Value, p.SliceCount)));
        Assert.All(parts, p => Assert.True(p.IsUsable, p.Detail));
        Assert.Equal(TestSeries.Hu(0, 0, from), CtSeriesReader.Read(parts[1]).GetHu(0, 0, 0));
        Assert.Equal(parts[1].Detail, $"Part 'acquisition 4': A regular stack of {to - from} slices.");

        var error = Assert.Throws<CoreException>(() => CtSeriesReader.Read(series.Folder, TestSeries.Uid));
        Assert.Equal(Fault.DicomSeriesAmbiguous, error.Fault);
        Assert.Contains("acquisition 1); " + TestSeries.Uid, error.Message, StringComparison.Ordinal);
        Assert.Contains("Get-CtSeries", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Trap06_acquisition_numbers_that_differ_along_the_stack_are_no_phases()
    {
        using TestSeries series = new TestSeries().Each((s, k) => s.Text(DicomTag.AcquisitionNumber, "IS", k < 3 ? "1" : "2")).Save();
        series.AssertRight();
    }

    [Fact]
    public void Trap42_several_series_must_be_chosen_by_uid()
    {
        using var series = new TestSeries();
        using TestSeries second = new TestSeries(4, "1.2.826.0.1.99.2").Save();
        series.Save();
        Directory.Move(second.Folder, Path.Combine(series.Folder, "second"));
        Directory.CreateDirectory(second.Folder);

        var error = Assert.Throws<CoreException>(() => series.Read());
        Assert.Equal(Fault.DicomSeriesAmbiguous, error.Fault);
        Assert.Contains($"{TestSeries.Uid} (7 images, 0.5 x 0.75 x 5 mm)", error.Message, StringComparison.Ordinal);
        Assert.Contains("1.2.826.0.1.99.2 (4 images, 0.5 x 0.75 x 5 mm)", error.Message, StringComparison.Ordinal);
        Assert.Contains("-SeriesInstanceUid", error.Remedy, StringComparison.Ordinal);
        Assert.Equal(4, CtSeriesReader.Read(series.Folder, "1.2.826.0.1.99.2").Grid.Slices);
        error = Assert.Throws<CoreException>(() => CtSeriesReader.Read(series.Folder, "1.2"));
        Assert.Equal(Fault.DicomSeriesEmpty, error.Fault);
    }

    [Fact]
    public void Trap43_localizers_under_the_same_uid_are_set_apart()
    {
        using TestSeries series = new TestSeries().Save();
        for (int i = 0; i < 2; i++)
            File.WriteAllBytes(Path.Combine(series.Folder, $"scout{i}"), TestSeries.Slice(40 + i)
                .Text(DicomTag.ImageType, "CS", "ORIGINAL\\PRIMARY\\LOCALIZER").Numbers(DicomTag.ImageOrientationPatient, 1, 0, 0, 0, 0, -1)
                    .File());
        CtVolume volume = series.AssertRight();
        Assert.StartsWith("2 other images under the same SeriesInstanceUID", Assert.Single(volume.Source.Notes), StringComparison.Ordinal);
        Assert.Equal(2, CtSeriesFinder.Find(series.Folder).Series.Single(s => s.Reason == SeriesReason.Localizer).SliceCount);
    }

    [Theory]
    [InlineData(DicomTag.ConvolutionKernel, "SH", "B70f", "kernel B30f", "kernel B70f")]
    [InlineData(DicomTag.SliceThickness, "DS", "7.5", "thickness 5 mm", "thickness 7.5 mm")]
    public void Trap44_two_reconstructions_are_parts_of_their_own(uint tag, string vr, string other, string first, string second)
    {
        using var series = new TestSeries();
        for (int k = 1; k < 6; k++)
            series.Slices.Add(TestSeries.Slice(k).Text(DicomTag.SopInstanceUid, "UI", $"1.2.3.{k}").Text(tag, vr, other));
        series.Save();
        IReadOnlyList<CtSeriesInfo> parts = CtSeriesFinder.Find(series.Folder).Series;
        Assert.Equal([(first, 7), (second, 5)], parts.Select(p => (p.Part, p.SliceCount)));
        for (int i = 0; i < 2; i++)
        {
            CtVolume volume = CtSeriesReader.Read(parts[i]);
            Assert.Equal((-500 + 5 * i, parts[i].SliceCount), (volume.Grid.Origin.Z, volume.Grid.Slices));
            Assert.Equal(TestSeries.Hu(2, 1, i), volume.GetHu(2, 1, 0));
        }
        Assert.Equal(Fault.DicomSeriesAmbiguous, Assert.Throws<CoreException>(() => series.Read()).Fault);
    }

    /// <summary>One after the other is no better: which part is meant is not known.</summary>
    [Fact]
    public void Trap44_a_kernel_that_changes_along_the_stack_splits_it()
    {
        using TestSeries series = new TestSeries().Each((s, k) => _ = k < 4 ? s : s.Text(DicomTag.ConvolutionKernel, "SH", "B70f")).Save();
        Assert.Equal(
            [("kernel B30f", 4), ("kernel B70f", 3)], CtSeriesFinder.Find(series.Folder).Series.Select(p => (p.Part, p.SliceCount)));
        Assert.Equal(Fault.DicomSeriesAmbiguous, Assert.Throws<CoreException>(() => series.Read()).Fault);
    }

    [Fact]
    public void Trap44_a_single_slice_of_another_kernel_is_told_when_the_rest_is_read()
    {
        using TestSeries series = new TestSeries().Each((s, k) => _ = k < 6 ? s : s.Text(DicomTag.ConvolutionKernel, "SH", "B70f")).Save();
        CtVolume volume = series.Read();
        Assert.Equal(6, volume.Grid.Slices);
        Assert.Equal("Another CT series was left out (TooFewSlices): Part 'kernel B70f': A single image has no slice spacing.",
            Assert.Single(volume.Source.Notes));
    }

    [Fact]
    public void Trap44_a_single_odd_thickness_is_a_slip_of_the_header()
    {
        using TestSeries series = new TestSeries().Each((s, k) => _ = k == 2 ? s.Text(DicomTag.SliceThickness, "DS", "7.5") : s).Save();
        series.AssertRight();
    }

    /// <summary>A fault of the files is a fault of the whole series: the damaged one may belong to either part.</summary>
    [Fact]
    public void Trap44_a_damaged_file_keeps_all_parts_from_being_used()
    {
        using TestSeries series = new TestSeries().Each((s, k) => _ = k < 4 ? s : s.Text(DicomTag.ConvolutionKernel, "SH", "B70f")).Save();
        File.WriteAllBytes(series.PathOf(6), series.Slices[6].File()[..^10]);
        series.AssertRefused(SeriesReason.Damaged, Fault.DicomFileInvalid);
    }

    [Theory]
    [InlineData(DicomTag.PatientId, "LO", "SECRET-OTHER")]
    [InlineData(DicomTag.PatientName, "PN", "Secret^Other")]
    [InlineData(DicomTag.FrameOfReferenceUid, "UI", "1.2.826.0.1.99.8")]
    public void Trap45_two_of_what_must_be_one_are_refused(uint tag, string vr, string other)
    {
        using TestSeries series = new TestSeries().Each((s, k) => _ = k < 4 ? s : s.Text(tag, vr, other)).Save();
        series.AssertRefused(SeriesReason.MixedSeries, Fault.DicomSeriesMixed);
    }

    [Fact]
    public void Trap46_matrix_that_differs_in_one_slice_is_told()
    {
        using TestSeries series = new TestSeries().Each((s, k) => _ = k != 5 ? s : s.Number(DicomTag.Rows, 6).Number(DicomTag.Columns, 5))
            .Save();
        CtSeriesInfo info = series.AssertRefused(SeriesReason.MixedSeries, Fault.DicomSeriesMixed);
        Assert.Contains("6 x 5 and 5 x 6", info.Detail, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(series.PathOf(5)), info.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Trap52_everything_that_is_no_image_is_skipped_and_counted()
    {
        using TestSeries series = new TestSeries().Save();
        void Write(string name, byte[] bytes) => File.WriteAllBytes(Path.Combine(series.Folder, name), bytes);
        Write("empty", []);
        Write("notes.txt", "The quick brown fox"u8.ToArray());
        Write("short", [8]);
        Write("program.exe", [.. "MZ"u8, .. new byte[600]]);
        Write("eight", [8, 0, 5, 0, (byte)'C', (byte)'S', 255, 255, 1, 2, 3]);
        Write("structures", new DicomWriter().Text(DicomTag.SopClassUid, "UI", "1.2.840.10008.5.1.4.1.1.481.3")
            .Text(DicomTag.Modality, "CS", "RTSTRUCT").File());
        Write("DICOMDIR", new DicomWriter().Text(DicomTag.SopClassUid, "UI", "1.2.840.10008.1.3.10").File());
        Assert.Contains("'empty' is empty", Assert.Single(series.AssertRight().Source.Notes), StringComparison.Ordinal);
        CtSeriesScan scan = CtSeriesFinder.Find(series.Folder);
        Assert.Equal((14, 5, 2), (scan.FileCount, scan.NotDicomCount, scan.NotImageCount));
        Assert.Single(scan.Unreadable);
    }

    [Fact]
    public void Trap53_long_unicode_paths_are_read()
    {
        using TestSeries series = new TestSeries().Save();
        string deep = Path.Combine([series.Folder, .. Enumerable.Range(0, 6).Select(i => $"{new string('x', 60)} 'ü' [{i}] 画像")]);
        Directory.CreateDirectory(deep);
        for (int k = 0; k < 7; k++) File.Move(series.PathOf(k), Path.Combine(deep, $"slice {k}"));
        CtVolume volume = series.AssertRight();
        Assert.Equal(deep, volume.Source.Path);
    }

    [Fact]
    public void Trap54_slices_in_different_encodings_mix()
    {
        string[] syntaxes = [TransferSyntax.ImplicitLittleEndianUid, TransferSyntax.ExplicitLittleEndianUid,
            TransferSyntax.ExplicitBigEndianUid, "1.2.840.10008.1.2.1.99"];
        using var series = new TestSeries();
        for (int k = 0; k < 7; k++) File.WriteAllBytes(series.PathOf(k), series.Slices[k].File(syntaxes[k % 4]));
        series.AssertRight();
        Assert.Equal(4, series.Info().TransferSyntax.Split(", ").Length);
    }

    [Fact]
    public void Trap64_strange_text_is_harmless()
    {
        using TestSeries series = new TestSeries().Each((s, k) => s
            .Text(0x0008_0005, "CS", "ISO_IR 999").Text(0x0008_0020, "DA", "99999999").Text(DicomTag.PatientName, "PN", "Sécret^\xff\xfe")
                .Text(DicomTag.PatientId, "LO", "")).Save();
        series.AssertRight();
    }

    [Theory]
    [InlineData("1.2.840.10008.5.1.4.1.1.4", "MR", SeriesReason.NotCt)]
    [InlineData("1.2.840.10008.5.1.4.1.1.128", "PT", SeriesReason.NotCt)]
    [InlineData("1.2.840.10008.5.1.4.1.1.2", "MR", SeriesReason.NotCt)]
    [InlineData("1.2.840.10008.5.1.4.1.1.7", "CT", SeriesReason.SecondaryCapture)]
    [InlineData("1.2.840.10008.5.1.4.1.1.7.2", "CT", SeriesReason.SecondaryCapture)]
    public void Trap41_65_other_objects_are_listed_but_not_read(string sopClass, string modality, SeriesReason reason)
    {
        using TestSeries series = new TestSeries()
            .Each((s, k) => s.Text(DicomTag.SopClassUid, "UI", sopClass).Text(DicomTag.Modality, "CS", modality)).Save();
        series.AssertRefused(reason, Fault.DicomSeriesEmpty);
    }

    [Fact]
    public void A_second_series_with_a_gap_does_not_hide_the_usable_one_but_is_noted()
    {
        using TestSeries series = new TestSeries().Save();
        for (int k = 0; k < 3; k++)
            File.WriteAllBytes(Path.Combine(series.Folder, $"b{k}"), TestSeries.Slice(k * k, "1.2.3").File());
        Assert.StartsWith(
            "Another CT series was left out (SliceMissing)", Assert.Single(series.AssertRight().Source.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_path_and_empty_folder_have_their_own_faults()
    {
        using TestSeries series = new(0);
        Assert.Equal(Fault.DicomSeriesEmpty, Assert.Throws<CoreException>(() => series.Read()).Fault);
        Assert.Equal(
            Fault.FileNotFound, Assert.Throws<CoreException>(() => CtSeriesReader.Read(Path.Combine(series.Folder, "none"))).Fault);
    }

    [Fact]
    public void Files_of_a_series_can_be_named_one_by_one()
    {
        using TestSeries series = new TestSeries().Save();
        CtSeriesInfo info = Assert.Single(CtSeriesFinder.Find([.. Enumerable.Range(1, 4).Select(series.PathOf)]).Series);
        Assert.True(info.IsUsable);
        Assert.Equal(Enumerable.Range(1, 4).Select(series.PathOf), info.Files);
        Assert.Equal([3, 3.75, 20], info.Extent);
    }

    [Fact]
    public void Cancellation_and_progress_reach_the_work()
    {
        using TestSeries series = new TestSeries().Save();
        using var stop = new CancellationTokenSource();
        var steps = new List<ProgressStep>();
        var progress = new Watch(step =>
        {
            lock (steps) steps.Add(step);
            stop.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => CtSeriesReader.Read(series.Info(), null, progress, stop.Token));
        Assert.NotEmpty(steps);
        Assert.ThrowsAny<OperationCanceledException>(() => CtSeriesFinder.Find(series.Folder, cancellation: stop.Token));
    }

    private sealed class Watch(Action<ProgressStep> report) : IProgress<ProgressStep>
    {
        public void Report(ProgressStep value) => report(value);
    }
}
