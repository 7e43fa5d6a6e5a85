using System.Globalization;
using PancreasSeg.Dicom;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>What identity fields contradict is never stacked, what only spells them otherwise is; derived images are never
/// chosen.</summary>
public class IdentityTrapTests
{
    private const string Mip = "DERIVED\\SECONDARY\\AXIAL\\MIP";

    private static string? Half(int k, string? first, string? second) => k < 5 ? first : second;

    /// <summary>Ten slices, a change to each.</summary>
    private static TestSeries Ten(Action<DicomWriter, int> change) => new TestSeries(10).Each(change).Save();

    [Fact]
    public void Trap71_two_studies_under_one_series_uid_are_refused()
    {
        using TestSeries series = Ten((s, k) => s.Text(DicomTag.StudyInstanceUid, "UI", Half(k, "1.2.3.1", "1.2.3.2")!));
        CtSeriesInfo info = series.AssertRefused(SeriesReason.MixedSeries, Fault.DicomSeriesMixed);
        Assert.Contains("(0020,000D)", info.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DicomTag.SeriesNumber, "IS", "3", "4", "series 3", "series 4")]
    [InlineData(DicomTag.StudyInstanceUid, "UI", "1.2.3.1", "1.2.3.2", "", "")]
    [InlineData(DicomTag.SeriesDescription, "LO", "Secret A", "Secret B", "description 1", "description 2")]
    public void Trap72_without_a_series_uid_other_fields_keep_series_apart(
        uint tag, string vr, string one, string other, string first, string second)
    {
        using TestSeries series = Ten((s, k) => s.Remove(DicomTag.SeriesInstanceUid).Text(tag, vr, Half(k, one, other)!));
        Assert.Equal([(first, 5, true), (second, 5, true)],
            CtSeriesFinder.Find(series.Folder).Series.Select(s => (s.Part, s.SliceCount, s.IsUsable)));
        var error = Assert.Throws<CoreException>(() => series.Read());
        Assert.Equal(Fault.DicomSeriesAmbiguous, error.Fault);
        Assert.DoesNotContain("secret", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Trap72_series_numbers_keep_images_of_one_uid_apart_unless_each_has_its_own()
    {
        using TestSeries two = Ten((s, k) => s.Text(DicomTag.SeriesNumber, "IS", Half(k, "3", "4")!));
        Assert.Equal(["series 3", "series 4"], CtSeriesFinder.Find(two.Folder).Series.Select(s => s.Part));
        using TestSeries each = Ten((s, k) => s.Text(DicomTag.SeriesNumber, "IS", k.ToString(CultureInfo.InvariantCulture)));
        each.AssertRight();
    }

    [Theory]
    [InlineData(DicomTag.Kvp, "DS", "80", "140", "voltage 80 kV", "voltage 140 kV")]
    [InlineData(DicomTag.Kvp, "DS", "80.0", "140.00", "voltage 80 kV", "voltage 140 kV")]
    [InlineData(DicomTag.AcquisitionNumber, "IS", "1", "2", "acquisition 1", "acquisition 2")]
    [InlineData(DicomTag.ImageType, "CS", "ORIGINAL\\PRIMARY", "DERIVED\\PRIMARY",
        "image type DERIVED\\PRIMARY", "image type ORIGINAL\\PRIMARY")]
    [InlineData(DicomTag.SliceThickness, "DS", "5", "7", "thickness 5 mm", "thickness 7 mm")]
    public void Trap73_images_that_alternate_are_apart_and_those_that_follow_are_one_with_a_note(
        uint tag, string vr, string one, string other, string first, string second)
    {
        using TestSeries alternating = Ten((s, k) => s.Text(tag, vr, k % 2 == 0 ? one : other));
        Assert.Equal([first, second], CtSeriesFinder.Find(alternating.Folder).Series.Select(s => s.Part));
        Assert.Equal(Fault.DicomSeriesAmbiguous, Assert.Throws<CoreException>(() => alternating.Read()).Fault);

        using TestSeries following = Ten((s, k) => s.Text(tag, vr, Half(k, one, other)!));
        Assert.Matches("^The .* changes along the stack: ", Assert.Single(following.AssertRight().Source.Notes));
    }

    [Fact]
    public void Trap73_a_single_odd_value_or_an_absent_one_tells_nothing()
    {
        foreach (uint tag in (uint[])[DicomTag.Kvp, DicomTag.SliceThickness, DicomTag.AcquisitionNumber])
        {
            using TestSeries odd = Ten((s, k) => s.Text(tag, "DS", k == 4 ? "7" : "5"));
            odd.AssertRight();
            using TestSeries absent = Ten((s, k) => s.Text(tag, "DS", Half(k, "5", "")!));
            Assert.Empty(absent.AssertRight().Source.Notes);
        }
    }

    [Fact]
    public void Trap74_parts_of_two_thicknesses_that_adjoin_unevenly_are_irregular()
    {
        double[] positions = [0, 5, 10, 15, 20, 22.5, 25, 27.5, 30, 32.5];
        using TestSeries series = Ten((s, k) => s.Text(DicomTag.SliceThickness, "DS", Half(k, "5", "2.5")!)
            .Numbers(DicomTag.ImagePositionPatient, 0, 0, positions[k]));
        series.AssertRefused(SeriesReason.IrregularSpacing, Fault.SliceSpacingIrregular);
        VolumeGrid grid = series.Read(new CtSeriesOptions { Regularize = true }).Grid;
        Assert.Equal(32.5, (grid.Slices - 1) * grid.Spacing.Z, 1e-9);
    }

    [Fact]
    public void Trap74_parts_that_lie_far_apart_stay_two()
    {
        using TestSeries series = Ten((s, k) => s.Text(DicomTag.SliceThickness, "DS", Half(k, "5", "2.5")!)
            .Numbers(DicomTag.ImagePositionPatient, 0, 0, 5 * k + (k < 5 ? 0 : 100)));
        Assert.Equal([("thickness 2.5 mm", 5), ("thickness 5 mm", 5)],
            CtSeriesFinder.Find(series.Folder).Series.Select(s => (s.Part, s.SliceCount)));
    }

    [Theory]
    [InlineData("5.04", 1)]
    [InlineData("5.06", 2)]
    public void Trap74_thicknesses_that_alternate_are_two_where_rounding_does_not_explain_them(string other, int parts)
    {
        using TestSeries series = Ten((s, k) => s.Text(DicomTag.SliceThickness, "DS", k % 2 == 0 ? "5" : other));
        Assert.Equal(parts, CtSeriesFinder.Find(series.Folder).Series.Count);
    }

    [Fact]
    public void Trap73_an_acquisition_between_the_slices_of_another_is_apart()
    {
        using TestSeries series = Ten((s, k) => s.Text(DicomTag.AcquisitionNumber, "IS", k is >= 3 and < 7 ? "2" : "1"));
        Assert.Equal([("acquisition 1", 6), ("acquisition 2", 4)],
            CtSeriesFinder.Find(series.Folder).Series.Select(s => (s.Part, s.SliceCount)));
    }

    [Fact]
    public void Trap74_the_spelling_of_a_kernel_is_no_other_kernel()
    {
        using TestSeries series = Ten((s, k) => s.Text(DicomTag.ConvolutionKernel, "SH", Half(k, "B30f", "B30F ")!));
        Assert.Empty(series.AssertRight().Source.Notes);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Trap75_a_rule_never_takes_a_part_in_silence(bool thinnest, bool most)
    {
        using TestSeries series = new TestSeries(10)
            .Each((s, k) => s.Text(DicomTag.ConvolutionKernel, "SH", k < 4 ? "B30f" : "B70f")
                .Numbers(DicomTag.SliceThickness, k < 4 ? 5 : 3))
            .Save();
        CtVolume volume = series.Read(new CtSeriesOptions { Rules = new SeriesRules { ThinnestSlice = thinnest, MostSlices = most } });
        Assert.Equal(6, volume.Grid.Slices);
        Assert.Equal("Only a part of the series was taken ('kernel B70f'); under the same UID are also 'kernel B30f'.",
            Assert.Single(volume.Source.Notes));
    }

    [Theory]
    [InlineData(Mip, SeriesReason.MaximumProjection)]
    [InlineData("DERIVED\\SECONDARY\\REFORMATTED\\AVERAGE", SeriesReason.AverageProjection)]
    [InlineData("DERIVED\\SECONDARY\\AXIAL\\CT_SOM5 MIP", SeriesReason.MaximumProjection)]
    [InlineData("DERIVED\\SECONDARY\\MIN_IP", SeriesReason.MinimumProjection)]
    [InlineData("DERIVED\\SECONDARY\\MinIP", SeriesReason.MinimumProjection)]
    [InlineData("DERIVED\\SECONDARY\\M.I.P.", SeriesReason.MaximumProjection)]
    [InlineData("DERIVED\\SECONDARY\\M_I_P", SeriesReason.MaximumProjection)]
    [InlineData("DERIVED\\SECONDARY\\M I P", SeriesReason.MaximumProjection)]
    [InlineData("DERIVED\\PRIMARY\\VOLUME\\MEAN", SeriesReason.AverageProjection)]
    [InlineData("DERIVED\\PRIMARY\\VOLUME\\SUBTRACTION", SeriesReason.CalculatedMap)]
    [InlineData("ORIGINAL\\PRIMARY\\AXIAL", SeriesReason.Usable)]
    [InlineData("DERIVED\\SECONDARY\\MPR", SeriesReason.Usable)]
    [InlineData("DERIVED\\PRIMARY\\AXIAL\\MIPMAP", SeriesReason.Usable)]
    public void Trap76_derived_images_are_told_by_their_type(string type, SeriesReason reason)
    {
        using TestSeries series = new TestSeries().Each((s, _) => s.Text(DicomTag.ImageType, "CS", type)).Save();
        CtSeriesInfo info = series.Info();
        Assert.Equal((reason, reason == SeriesReason.Usable), (info.Reason, info.IsUsable));
        if (reason == SeriesReason.Usable)
        {
            series.AssertRight();
            return;
        }
        series.AssertRefused(reason, Fault.DicomSeriesEmpty);
        Assert.Equal(info.Detail, Assert.Single(CtSeriesReader.Read(series.Folder, TestSeries.Uid).Source.Notes));
    }

    [Theory]
    [InlineData("DERIVED\\SECONDARY\\AXIAL", "Secret MIP 8mm", SeriesReason.MaximumProjection)]
    [InlineData("ORIGINAL\\PRIMARY\\AXIAL", "MIP source", SeriesReason.Usable)]
    public void Trap76_a_description_counts_only_for_images_that_say_they_are_derived(string type, string description, SeriesReason reason)
    {
        using TestSeries series = new TestSeries()
            .Each((s, _) => s.Text(DicomTag.ImageType, "CS", type).Text(DicomTag.SeriesDescription, "LO", description)).Save();
        Assert.Equal(reason, series.Info().Reason);
    }

    [Fact]
    public void Trap76_rules_take_the_original_beside_its_projections()
    {
        using TestSeries series = new TestSeries().Save();
        for (int k = 0; k < 13; k++)
            File.WriteAllBytes(Path.Combine(series.Folder, $"mip{k}"), TestSeries.Slice(k, "1.2.3").Text(DicomTag.ImageType, "CS", Mip)
                .Text(DicomTag.SliceThickness, "DS", "1").Numbers(DicomTag.ImagePositionPatient, -120.5, -80.25, -500 + 2.5 * k).File());
        series.AssertRight();
        foreach (SeriesRules rules in (SeriesRules[])[new() { MostSlices = true }, new() { ThinnestSlice = true }])
            Assert.Equal(7, series.Read(new CtSeriesOptions { Rules = rules }).Grid.Slices);
        CtVolume chosen = CtSeriesReader.Read(series.Folder, "1.2.3");
        Assert.Equal(13, chosen.Grid.Slices);
        Assert.StartsWith("Maximum intensity projections", Assert.Single(chosen.Source.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Trap76_projections_under_the_uid_of_the_original_are_set_apart()
    {
        using TestSeries series = new TestSeries().Save();
        for (int k = 0; k < 7; k++)
            File.WriteAllBytes(Path.Combine(series.Folder, $"mip{k}"), TestSeries.Slice(k).Text(DicomTag.SopInstanceUid, "UI", $"1.2.4.{k}")
                .Text(DicomTag.ImageType, "CS", Mip).File());
        CtVolume volume = series.Read();
        Assert.Equal(7, volume.Grid.Slices);
        Assert.StartsWith("7 other images under the same SeriesInstanceUID", Assert.Single(volume.Source.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Trap76_an_uneven_series_of_projections_is_not_resampled_in_place_of_the_original()
    {
        using var series = new TestSeries();
        series.Each((s, _) => s.Text(DicomTag.ImageType, "CS", Mip)).Slices.RemoveAt(3);
        series.Save();
        Assert.Equal(Fault.SliceMissing,
            Assert.Throws<CoreException>(() => series.Read(new CtSeriesOptions { Regularize = true })).Fault);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    [InlineData(2, null)]
    public void Trap77_a_missing_part_of_a_concatenation_is_named(int number, int? total)
    {
        using TestSeries series = EnhancedTests.Multi("1.2.840.10008.5.1.4.1.1.2.1", shared: true);
        series.Slices[0].Text(DicomTag.ConcatenationUid, "UI", "1.2.9").Number(DicomTag.InConcatenationNumber, number);
        if (total is { } parts) series.Slices[0].Number(DicomTag.InConcatenationTotalNumber, parts);
        series.Save();
        CtSeriesInfo info = series.AssertRefused(SeriesReason.SliceMissing, Fault.SliceMissing);
        Assert.Contains("one of 2 parts of one image (0020,9163), of which 1 are here", info.Detail, StringComparison.Ordinal);
        Assert.Throws<CoreException>(() => series.Read(new CtSeriesOptions { Regularize = true }));
    }

    [Fact]
    public void Trap77_a_whole_concatenation_is_read()
    {
        using TestSeries series = EnhancedTests.Multi("1.2.840.10008.5.1.4.1.1.2.1", shared: true);
        series.Slices[0].Text(DicomTag.ConcatenationUid, "UI", "1.2.9").Number(DicomTag.InConcatenationNumber, 1)
            .Number(DicomTag.InConcatenationTotalNumber, 1);
        Assert.Equal(7, series.Save().Read().Grid.Slices);
    }
}
