using PancreasSeg.Dicom;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>Of several usable series exactly one is taken by the rules, or none.</summary>
public sealed class SeriesChoiceTests : IDisposable
{
    private readonly TestSeries _series = new(0);

    public void Dispose() => _series.Dispose();

    [Fact]
    public void Each_rule_takes_its_series()
    {
        Add("1", 7, "20240101", "235959.9", "5", "Abdomen portal venous");
        Add("2", 5, "20240102", "0800", "5", "Abdomen nativ Sch\u00e4del");
        Add("3", 4, "20231231", "10", "1.25", "");
        Assert.Equal(7, Read(new SeriesRules { MostSlices = true }));
        Assert.Equal(5, Read(new SeriesRules { Newest = true }));
        Assert.Equal(4, Read(new SeriesRules { ThinnestSlice = true }));
        Assert.Equal(7, Read(new SeriesRules { DescriptionLike = "*PORTAL*" }));
        Assert.Equal(5, Read(new SeriesRules { DescriptionLike = "abdomen*sch\u00e4del" }));
        Assert.Equal(Fault.DicomSeriesAmbiguous, FaultOf(new SeriesRules()).Fault);
    }

    [Fact]
    public void Rules_work_on_what_the_ones_before_have_left()
    {
        Add("1", 4, "20240101", "10", "2", "Abdomen");
        Add("2", 4, "20240101", "110000.5", "2", "Abdomen");
        Add("3", 7, "20250101", "10", "5", "Abdomen");
        Add("4", 7, "20260101", "10", "1", "Thorax");
        Assert.Equal("1.2.2", Uid(new SeriesRules { DescriptionLike = "Abdomen", ThinnestSlice = true, MostSlices = true, Newest = true }));
        Assert.Equal("1.2.4", Uid(new SeriesRules { MostSlices = true, Newest = true }));
        Assert.Equal("1.2.3", Uid(new SeriesRules { DescriptionLike = "abdo*", MostSlices = true }));
    }

    [Theory]
    [InlineData("20240101", "10", "20240101", "100000")]
    [InlineData("20240101", "10", null, null)]
    [InlineData("20240101", "10", "99999999", "10")]
    [InlineData("20240101", null, "20240101", "10")]
    public void A_tie_and_a_missing_date_are_told_and_never_guessed(string date, string? time, string? otherDate, string? otherTime)
    {
        Add("1", 4, date, time, "5", "SECRET one");
        Add("2", 4, otherDate, otherTime, "5", "SECRET two");
        Add("3", 5, "20200101", "10", "5", "SECRET three");
        CoreException error = FaultOf(new SeriesRules { DescriptionLike = "*o*", Newest = true });
        Assert.Equal(Fault.DicomSeriesAmbiguous, error.Fault);
        Assert.Contains("2 usable CT series", error.Message, StringComparison.Ordinal);
        Assert.Contains("1.2.1 (4 images, 0.5 x 0.75 x 5 mm); 1.2.2", error.Message, StringComparison.Ordinal);
        Assert.Contains("-Newest", error.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OTHER-ID", "1.2.826.0.1.99.5", Fault.DicomPatientsMixed)]
    [InlineData("SECRET-ID", "1.2.8", Fault.DicomStudiesMixed)]
    [InlineData("SECRET-ID", "1.2.826.0.1.99.5", null)]
    public void Rules_never_choose_between_patients_or_examinations(string patient, string study, Fault? expected)
    {
        Add("1", 7, null, null, "5", "x");
        for (int k = 0; k < 4; k++)
            File.WriteAllBytes(Path.Combine(_series.Folder, $"other-{k}"), TestSeries.Slice(k, "1.2.9")
                .Text(DicomTag.PatientId, "LO", patient).Text(DicomTag.StudyInstanceUid, "UI", study).File());
        if (expected is { } fault) Assert.Equal(fault, FaultOf(new SeriesRules { MostSlices = true }).Fault);
        else Assert.Equal(7, Read(new SeriesRules { MostSlices = true }));
        Assert.Equal(4, CtSeriesReader.Read(_series.Folder, "1.2.9").Grid.Slices);
    }

    [Fact]
    public void Dates_and_descriptions_are_never_told()
    {
        Add("1", 4, "20240101", "103001", "5", "SECRET words");
        Add("2", 4, "20240101", "103001", "5", "SECRET words");
        CoreException error = FaultOf(new SeriesRules { DescriptionLike = "*words" });
        string told = string.Join('\n', CtSeriesFinder.Find(_series.Folder).Series) + error + error.Remedy;
        Assert.DoesNotContain("SECRET", told, StringComparison.Ordinal);
        Assert.DoesNotContain("20240101", told, StringComparison.Ordinal);
        Assert.DoesNotContain("103001", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_description_that_nothing_has_is_an_error_with_the_list()
    {
        Add("1", 4, null, null, "5", "SECRET words");
        CoreException error = FaultOf(new SeriesRules { DescriptionLike = "x*" });
        Assert.Equal(Fault.DicomSeriesEmpty, error.Fault);
        Assert.Contains("1.2.1 (4 images", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A rule never makes an unusable series usable, and says that there is one.</summary>
    [Fact]
    public void An_unusable_series_is_left_out_and_noted_or_refused_when_it_is_the_one_described()
    {
        Add("1", 4, "20240101", "10", "5", "good");
        Add("2", 5, "20240101", "10", "5", "good too");
        Add("3", 7, "20250101", "10", "5", "gap", skip: 3);
        CtVolume volume =
            CtSeriesReader.Read(_series.Folder, options: new CtSeriesOptions { Rules = new SeriesRules { MostSlices = true } });
        Assert.Equal(5, volume.Grid.Slices);
        Assert.StartsWith("Another CT series was left out (SliceMissing)", Assert.Single(volume.Source.Notes), StringComparison.Ordinal);
        Assert.Equal(Fault.SliceMissing, FaultOf(new SeriesRules { DescriptionLike = "gap" }).Fault);
    }

    [Fact]
    public void Resampling_on_request_is_for_want_of_an_even_series_only()
    {
        Add("1", 4, null, null, "5", "even");
        Add("2", 7, null, null, "5", "gap", skip: 3);
        CtVolume volume = CtSeriesReader.Read(_series.Folder, options: new CtSeriesOptions { Regularize = true });
        Assert.Equal(("1.2.1", 4), (volume.Source.SeriesUid, volume.Grid.Slices));
        Assert.StartsWith("Another CT series was left out (SliceMissing)", Assert.Single(volume.Source.Notes), StringComparison.Ordinal);
        CtSeriesOptions uneven = new() { Regularize = true, Rules = new SeriesRules { DescriptionLike = "gap" } };
        Assert.Equal(7, CtSeriesReader.Read(_series.Folder, options: uneven).Grid.Slices);
    }

    /// <summary>Where all that is there has one fault, that is the fault: two tilted parts are tilted, not an empty folder.</summary>
    [Fact]
    public void Several_series_of_one_fault_have_that_fault_and_are_called_what_they_are()
    {
        Add("1", 7, null, null, "5", "x", skip: 3);
        Add("2", 8, null, null, "5", "x", skip: 3);
        CoreException error = FaultOf(new SeriesRules());
        Assert.Equal(Fault.SliceMissing, error.Fault);
        Assert.Contains("1.2.1 (6 images, 0.5 x 0.75 x 5 mm, SliceMissing); 1.2.2 (7 images", error.Message, StringComparison.Ordinal);
        Assert.Contains("-Regularize", error.Remedy, StringComparison.Ordinal);
        error = Assert.Throws<CoreException>(() => CtSeriesReader.Read(_series.Folder, options: new CtSeriesOptions { Regularize = true }));
        Assert.Equal(Fault.DicomSeriesAmbiguous, error.Fault);
        Assert.Contains("holds 2 CT series that can be resampled: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("study.zip", "is read when it is named itself")]
    [InlineData("ct.nii.gz", "is read when it is named itself")]
    [InlineData("ct.NII", "is read when it is named itself")]
    [InlineData("study.tar.gz", "must be unpacked first")]
    [InlineData("ct.nrrd", "must be converted to NIfTI first")]
    [InlineData("notes.txt", null)]
    public void A_folder_of_other_volumes_says_how_they_are_read(string name, string? how)
    {
        File.WriteAllBytes(Path.Combine(_series.Folder, name), [1, 2, 3]);
        string message = FaultOf(new SeriesRules()).Message;
        if (how is null) Assert.DoesNotContain(name, message, StringComparison.Ordinal);
        else Assert.EndsWith($". '{name}' {how}.", message, StringComparison.Ordinal);
    }

    /// <summary>Listed with one limit, read with another.</summary>
    [Fact]
    public void The_voxel_limit_is_that_of_the_reading()
    {
        Add("1", 7, null, null, "5", "x");
        CtSeriesInfo listed = CtSeriesFinder.Find(_series.Folder, new CtSeriesOptions { MaxVoxels = 209 }).Series.Single();
        Assert.Equal(SeriesReason.TooLarge, listed.Reason);
        Assert.Equal(7, CtSeriesReader.Read(listed).Grid.Slices);
        CtSeriesInfo usable = CtSeriesFinder.Find(_series.Folder).Series.Single();
        Assert.Equal(Fault.VolumeTooLarge,
            Assert.Throws<CoreException>(() => CtSeriesReader.Read(usable, new CtSeriesOptions { MaxVoxels = 209 })).Fault);
    }

    private void Add(string uid, int slices, string? date, string? time, string thickness, string description, int skip = -1)
    {
        for (int k = 0; k < slices; k++)
        {
            if (k == skip) continue;
            DicomWriter slice = TestSeries.Slice(k, "1.2." + uid).Text(DicomTag.SliceThickness, "DS", thickness).Raw(
                DicomTag.SeriesDescription, "LO", System.Text.Encoding.UTF8.GetBytes(description));
            if (date is not null) slice.Text(DicomTag.SeriesDate, "DA", date);
            if (time is not null) slice.Text(DicomTag.SeriesTime, "TM", time);
            File.WriteAllBytes(Path.Combine(_series.Folder, $"{uid}-{k}"), slice.File());
        }
    }

    private CtVolume ReadVolume(SeriesRules rules) => CtSeriesReader.Read(_series.Folder, options: new CtSeriesOptions { Rules = rules });

    private int Read(SeriesRules rules) => ReadVolume(rules).Grid.Slices;

    private string? Uid(SeriesRules rules) => ReadVolume(rules).Source.SeriesUid;

    private CoreException FaultOf(SeriesRules rules) => Assert.Throws<CoreException>(() => ReadVolume(rules));
}
