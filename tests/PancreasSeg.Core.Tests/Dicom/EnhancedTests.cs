using PancreasSeg.Dicom;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>Enhanced and legacy converted CT: one file, many frames, attributes in functional groups.</summary>
public class EnhancedTests
{
    private const string EnhancedCt = "1.2.840.10008.5.1.4.1.1.2.1";
    private const string LegacyConvertedCt = "1.2.840.10008.5.1.4.1.1.2.2";

    [Theory]
    [InlineData(EnhancedCt, TransferSyntax.ExplicitLittleEndianUid, false)]
    [InlineData(EnhancedCt, TransferSyntax.ImplicitLittleEndianUid, true)]
    [InlineData(LegacyConvertedCt, TransferSyntax.ExplicitBigEndianUid, true)]
    [InlineData(LegacyConvertedCt, "1.2.840.10008.1.2.1.99", false)]
    public void Trap48_multi_frame_equals_the_single_frames(string sopClass, string syntax, bool shared)
    {
        using TestSeries single = new TestSeries().Save();
        using TestSeries multi = Multi(sopClass, shared).Save(syntax, undefinedLengths: shared);
        CtVolume expected = single.AssertRight(), volume = multi.Read();
        Assert.True(expected.Grid.Matches(volume.Grid, 1e-9));
        Assert.Equal(expected.Integers.ToArray(), volume.Integers.ToArray());
        Assert.Equal(Path.GetFileName(multi.PathOf(0)), volume.Name);
        Assert.Equal(7, multi.Info().SliceCount);
        Assert.Equal("B30f", multi.Info().ConvolutionKernel);
    }

    [Fact]
    public void Trap48_missing_frame_position_is_refused()
    {
        using TestSeries multi = Multi(EnhancedCt, true, (group, k) => _ = k == 3 ? group.Remove(DicomTag.PlanePositionSequence) : group)
            .Save();
        multi.AssertRefused(SeriesReason.GeometryInvalid, Fault.DicomGeometryInvalid);
    }

    [Fact]
    public void Trap48_gap_between_frames_is_refused()
    {
        using TestSeries multi = Multi(EnhancedCt, true, (group, k) => _ = k == 6
            ? group.Sequence(DicomTag.PlanePositionSequence, new DicomWriter().Numbers(DicomTag.ImagePositionPatient, -120.5, -80.25, -465))
                : group).Save();
        CtSeriesInfo info = multi.AssertRefused(SeriesReason.SliceMissing, Fault.SliceMissing);
        Assert.Contains("'000-0 frame 1'", info.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("6")]
    [InlineData("8")]
    [InlineData("100000000")]
    public void Trap49_number_of_frames_must_match_the_groups(string frames)
    {
        using TestSeries multi = Multi(EnhancedCt, true);
        multi.Slices[0].Text(DicomTag.NumberOfFrames, "IS", frames);
        multi.Save().AssertRefused(SeriesReason.Damaged, Fault.DicomFileInvalid);
    }

    [Fact]
    public void Trap51_cut_frames_are_refused()
    {
        using TestSeries multi = Multi(EnhancedCt, true);
        multi.Slices[0].Samples(DicomTag.PixelData, [.. Enumerable.Range(0, 6).SelectMany(k => TestSeries.Stored(k, hu => hu + 1024))]);
        multi.Save().AssertRefused(SeriesReason.Damaged, Fault.DicomFileInvalid);
    }

    /// <summary>One file with seven frames, stored last slice first, each with its own intercept.</summary>
    internal static TestSeries Multi(string sopClass, bool shared, Action<DicomWriter, int>? change = null)
    {
        var series = new TestSeries(1);
        DicomWriter orientation = new DicomWriter().Numbers(DicomTag.ImageOrientationPatient, 1, 0, 0, 0, 1, 0);
        DicomWriter measures = new DicomWriter().Numbers(DicomTag.PixelSpacing, 0.75, 0.5).Numbers(DicomTag.SliceThickness, 5);
        DicomWriter reconstruction = new DicomWriter().Text(DicomTag.ConvolutionKernel, "SH", "B30f");
        void AddCommon(DicomWriter group) => group
            .Sequence(DicomTag.PlaneOrientationSequence, orientation)
            .Sequence(DicomTag.PixelMeasuresSequence, measures)
            .Sequence(DicomTag.CtReconstructionSequence, reconstruction);

        DicomWriter[] frames = [.. Enumerable.Range(0, 7).Select(i =>
        {
            int k = 6 - i;
            DicomWriter group = new DicomWriter()
                .Sequence(DicomTag.FrameContentSequence, new DicomWriter().Number(DicomTag.FrameAcquisitionNumber, 1))
                .Sequence(
                    DicomTag.PlanePositionSequence, new DicomWriter().Numbers(DicomTag.ImagePositionPatient, -120.5, -80.25, -500 + 5 * k))
                .Sequence(DicomTag.PixelValueTransformationSequence, new DicomWriter()
                    .Numbers(DicomTag.RescaleIntercept, -1024 - k).Numbers(DicomTag.RescaleSlope, 1)
                        .Text(DicomTag.RescaleType, "LO", "HU"));
            if (!shared) AddCommon(group);
            change?.Invoke(group, k);
            return group;
        })];
        var common = new DicomWriter();
        if (shared) AddCommon(common);
        series.Slices[0]
            .Text(DicomTag.SopClassUid, "UI", sopClass)
            .Text(DicomTag.NumberOfFrames, "IS", "7")
            .Remove(DicomTag.ImagePositionPatient).Remove(DicomTag.ImageOrientationPatient).Remove(DicomTag.PixelSpacing)
            .Remove(DicomTag.RescaleIntercept).Remove(DicomTag.RescaleSlope).Remove(DicomTag.ConvolutionKernel)
                .Remove(DicomTag.SliceThickness)
            .Sequence(DicomTag.SharedFunctionalGroupsSequence, common)
            .Sequence(DicomTag.PerFrameFunctionalGroupsSequence, frames)
            .Samples(DicomTag.PixelData, [.. Enumerable.Range(0, 7).SelectMany(i => TestSeries.Stored(6 - i, hu => hu + 1024 + 6 - i))]);
        return series;
    }
}
