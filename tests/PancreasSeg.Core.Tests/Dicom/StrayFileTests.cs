using PancreasSeg.Dicom;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>A file that may have been a slice never vanishes: it is named in a note, or its series is refused.</summary>
public class StrayFileTests
{
    private static readonly byte[] s_last = TestSeries.Slice(6).File();

    public static TheoryData<string, byte[]> Broken => new()
    {
        { "empty", [] },
        { "zeros", new byte[s_last.Length] },
        { "erased flash", [.. Enumerable.Repeat((byte)0xFF, s_last.Length)] },
        { "first 512 bytes zero", [.. new byte[512], .. s_last[512..]] },
        { "mark with a wrong letter", [.. s_last[..131], (byte)'U', .. s_last[132..]] },
        { "mark gone", [.. s_last[..128], 1, 2, 3, 4, .. s_last[132..]] },
        { "preamble of another format, mark gone", [.. "II*\0"u8, .. s_last[4..128], 1, 2, 3, 4, .. s_last[132..]] },
        { "cut in the preamble", s_last[..100] },
        { "cut in the mark", s_last[..131] },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Trap78_what_is_left_of_the_last_slice_is_named(string how, byte[] bytes)
    {
        using TestSeries series = new TestSeries().Save();
        File.WriteAllBytes(series.PathOf(6), bytes);
        string name = Path.GetFileName(series.PathOf(6));
        CtVolume volume = series.Read();
        Assert.Equal(6, volume.Grid.Slices);
        Assert.Contains($"'{name}'", Assert.Single(volume.Source.Notes), StringComparison.Ordinal);
        CtSeriesScan scan = CtSeriesFinder.Find(series.Folder);
        Assert.Contains(name, Assert.Single(scan.Unreadable), StringComparison.Ordinal);
        Assert.Contains(name, Assert.Single(CtSeriesReader.Read(scan.Series[0]).Source.Notes), StringComparison.Ordinal);
        Assert.NotNull(how);
    }

    [Theory]
    [InlineData("x.dcm", true)]
    [InlineData("x.IMA", true)]
    [InlineData("slice.dcm.gz", true)]
    [InlineData("._x.dcm", false)]
    [InlineData("x.html", false)]
    [InlineData("x", false)]
    public void Trap78_another_file_under_a_slices_name_is_told(string name, bool told)
    {
        using TestSeries series = new TestSeries().Save();
        File.WriteAllText(Path.Combine(series.Folder, name), "<html><body>502 Bad Gateway</body></html>");
        Assert.Equal(told ? 1 : 0, series.AssertRight().Source.Notes.Count);
    }

    [Fact]
    public void Trap78_what_lies_elsewhere_or_is_hidden_is_no_slice()
    {
        using TestSeries series = new TestSeries().Save();
        Directory.CreateDirectory(Path.Combine(series.Folder, "other"));
        File.WriteAllBytes(Path.Combine(series.Folder, "other", "empty"), []);
        File.WriteAllBytes(Path.Combine(series.Folder, ".gitkeep"), []);
        Assert.Empty(series.AssertRight().Source.Notes);
        Assert.Empty(CtSeriesFinder.Find(series.Folder).Unreadable);
    }

    [Fact]
    public void Trap78_an_empty_file_in_an_archive_is_told_too()
    {
        using TestSeries series = new TestSeries().Save();
        File.WriteAllBytes(series.PathOf(6), []);
        using var folder = new TemporaryFolder();
        System.IO.Compression.ZipFile.CreateFromDirectory(series.Folder, folder.File("study.zip"));
        Assert.Contains($"'{Path.GetFileName(series.PathOf(6))}' is empty",
            Assert.Single(CtSeriesReader.Read(folder.File("study.zip")).Source.Notes), StringComparison.Ordinal);
    }

    /// <summary>Damage that also hits the class or the modality must not turn a slice into an object that nobody misses.</summary>
    [Theory]
    [InlineData(DicomTag.SopClassUid, "UI", "1.2.840.10008.5.1.4.1.1.9")]
    [InlineData(DicomTag.SopClassUid, "UI", "1.2.840.10008.5.1.4.1.1.7")]
    [InlineData(DicomTag.Modality, "CS", "CU")]
    public void Trap79_a_damaged_file_of_another_class_under_the_series_uid_is_refused(uint tag, string vr, string value)
    {
        using TestSeries series = new TestSeries().Save();
        byte[] other = TestSeries.Slice(6).Text(tag, vr, value).File();
        File.WriteAllBytes(series.PathOf(6), other[..^10]);
        CtSeriesInfo info = Assert.Single(CtSeriesFinder.Find(series.Folder).Series);
        Assert.Equal(SeriesReason.Damaged, info.Reason);
        Assert.Contains(Path.GetFileName(series.PathOf(6)), info.Detail, StringComparison.Ordinal);
        Assert.Equal(Fault.DicomFileInvalid, Assert.Throws<CoreException>(() => series.Read()).Fault);
    }

    [Theory]
    [InlineData("1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT", false, "1.2.5")]
    [InlineData("1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT", false, TestSeries.Uid)]
    [InlineData("1.2.840.10008.5.1.4.1.1.4", "MR", true, "1.2.5")]
    [InlineData("1.2.840.10008.5.1.4.1.1.7", "OT", true, "1.2.5")]
    public void Trap79_a_damaged_object_of_another_kind_is_a_warning(string sopClass, string modality, bool hasPixels, string uid)
    {
        using TestSeries series = new TestSeries().Save();
        DicomWriter other = TestSeries.Slice(9, uid).Text(DicomTag.SopClassUid, "UI", sopClass).Text(DicomTag.Modality, "CS", modality);
        if (!hasPixels) other.Remove(DicomTag.PixelData).Remove(DicomTag.Rows).Raw(0x3006_0002, "LO", new byte[40]);
        File.WriteAllBytes(Path.Combine(series.Folder, "other"), other.File()[..^10]);
        Assert.Contains("'other' is damaged", Assert.Single(series.AssertRight().Source.Notes), StringComparison.Ordinal);
        Assert.Contains("other", Assert.Single(CtSeriesFinder.Find(series.Folder).Unreadable), StringComparison.Ordinal);
    }

    [Fact]
    public void Trap79_a_whole_file_of_another_modality_under_the_uid_is_named()
    {
        using TestSeries series = new TestSeries().Each((s, k) => _ = k == 6 ? s.Text(DicomTag.Modality, "CS", "CU") : s).Save();
        Assert.Contains($"'{Path.GetFileName(series.PathOf(6))}'", Assert.Single(series.Read().Source.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(6, true)]
    [InlineData(0, true)]
    [InlineData(20, false)]
    public void Trap80_a_slice_that_continues_the_stack_under_another_uid_is_named(int position, bool told)
    {
        using TestSeries series = new TestSeries().Save();
        int index = position > 6 ? 6 : position;
        File.WriteAllBytes(series.PathOf(index), TestSeries.Slice(position).Text(DicomTag.SeriesInstanceUid, "UI", "1.2.7").File());
        IReadOnlyList<string> notes = series.Read().Source.Notes;
        Assert.Equal(told ? 1 : 0, notes.Count);
        string expected = $"'{Path.GetFileName(series.PathOf(index))}' would continue the stack";
        Assert.All(notes, note => Assert.StartsWith(expected, note, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("1.2.826.0.1.99.5", 0, 1)]
    [InlineData("1.2.8", 0, 0)]
    [InlineData("1.2.826.0.1.99.5", 3, 0)]
    public void Trap80_a_slice_of_another_study_or_orientation_continues_nothing(string study, double degrees, int notes)
    {
        (double sin, double cos) = Math.SinCos(degrees * Math.PI / 180);
        using TestSeries series = new TestSeries().Save();
        File.WriteAllBytes(series.PathOf(6), TestSeries.Slice(6).Text(DicomTag.SeriesInstanceUid, "UI", "1.2.7")
            .Text(DicomTag.StudyInstanceUid, "UI", study).Numbers(DicomTag.ImageOrientationPatient, 1, 0, 0, 0, cos, sin).File());
        Assert.Equal(notes, series.Read().Source.Notes.Count);
    }

    /// <summary>Whatever bytes are hit: all slices, or a note, or a refusal.</summary>
    [Fact]
    public void Trap78_no_mutant_of_the_last_slice_vanishes_in_silence()
    {
        using TestSeries series = new TestSeries().Save();
        var random = new Random(11);
        int read = 0, refused = 0;
        for (int i = 0; i < 400; i++)
        {
            byte[] mutant = [.. s_last];
            int at = random.Next(128, mutant.Length - 64);
            if (i % 5 == 0) mutant.AsSpan(at, 64).Clear();
            else if (i % 7 == 0) mutant = mutant[..random.Next(mutant.Length)];
            else mutant[at] = (byte)random.Next(256);
            File.WriteAllBytes(series.PathOf(6), mutant);
            try
            {
                CtVolume volume = series.Read();
                read++;
                Assert.True(volume.Grid.Slices == 7 || volume.Source.Notes.Count > 0,
                    $"mutant {i} at {at} vanished: {string.Join("; ", CtSeriesFinder.Find(series.Folder).Series)}");
            }
            catch (CoreException)
            {
                refused++;
            }
        }
        Assert.True(read > 40 && refused > 40, $"{read} read, {refused} refused");
    }
}
