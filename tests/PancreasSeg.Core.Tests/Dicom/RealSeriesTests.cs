using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PancreasSeg.Dicom;
using PancreasSeg.Nifti;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>Public CT series, against volumes and numbers other tools made of them.</summary>
public class RealSeriesTests
{
    [Theory]
    [InlineData("STS_002", 161, 143, 48)]
    [InlineData("STS_003", 154, 158, 51)]
    public void Soft_tissue_series_equals_its_reference_volume(string name, int columns, int rows, int slices)
    {
        string folder = SampleData.Require("soft-tissue-ct", name);
        CtVolume volume = CtSeriesReader.Read(Path.Combine(folder, "dicom"));
        Assert.Equal([columns, rows, slices], volume.Size);
        Assert.True(volume.IsInteger);
        ReferenceNifti.Read(Path.Combine(folder, "reference.nii.gz")).AssertSameAs(volume);
    }

    [Fact]
    public void Head_study_offers_the_axial_series_and_says_why_not_the_others()
    {
        string folder = SampleData.Require("head-ct-study", "S21570");
        CtSeriesScan scan = CtSeriesFinder.Find(folder);
        Assert.Equal(3, scan.NotImageCount);
        Assert.Equal(
            [(SeriesReason.Localizer, "S1000"), (SeriesReason.Usable, "S2010"), (SeriesReason.SecondaryCapture, "S4010")],
            scan.Series.Select(s => (s.Reason, Path.GetFileName(s.Path))));

        CtVolume volume = CtSeriesReader.Read(folder);
        Assert.Equal("S2010", volume.Name);
        Assert.Equal([512, 512, 28], volume.Size);
        Assert.Equal(new Vector3D(-115.5, -1.85, 696.21), volume.Grid.Origin);
        Assert.Equal(831.21, volume.Grid.Affine.Apply(new(0, 0, 27)).Z, 1e-9);
        // SHA-256 of the HU as pydicom gives them: slices by position, little-endian 16-bit.
        Assert.Equal("84D520219D26B899F28881AAE841ACCDBBD021A5BBB6943D6155BB10A7593078", Hash(volume));
    }

    [Theory]
    [InlineData("sliceincrement/001", SeriesReason.SliceMissing)]
    [InlineData("sliceincrement/002", SeriesReason.SliceMissing)]
    [InlineData("gantrytilting/001", SeriesReason.Sheared)]
    [InlineData("notavolume/001", SeriesReason.DuplicatePositions)]
    [InlineData("sliceorientation/001", SeriesReason.NotCt)]
    [InlineData("slicecount/001", SeriesReason.NotCt)]
    public void Irregular_series_is_refused_with_its_reason(string name, SeriesReason reason)
    {
        CtSeriesInfo series = Assert.Single(CtSeriesFinder.Find(SampleData.Require("irregular-series", name)).Series);
        Assert.Equal(reason, series.Reason);
        Assert.Throws<CoreException>(() => CtSeriesReader.Read(series));
    }

    [Fact]
    public void Jpeg_2000_series_is_listed_with_its_true_spacing()
    {
        CtSeriesScan scan = CtSeriesFinder.Find(SampleData.Require("abdomen-ct-dicom-j2k"));
        CtSeriesInfo series = Assert.Single(scan.Series);
        Assert.True(series.Reason is SeriesReason.Usable or SeriesReason.TransferSyntaxNotSupported, series.Detail);
        Assert.Equal(20, series.SliceCount);
        Assert.Equal([0.9765625, 0.9765625, 2], series.Spacing);
        Assert.Equal(3, series.SliceThickness);
        Assert.Equal("LPS", series.Orientation);
        Assert.Equal("JPEG 2000 (Lossless Only)", series.TransferSyntax);
        Assert.Equal(1, scan.NotDicomCount);
    }

    [Fact]
    public void Jpeg_2000_series_equals_what_other_tools_decode()
    {
        CtSeriesInfo series = Assert.Single(CtSeriesFinder.Find(SampleData.Require("abdomen-ct-dicom-j2k")).Series);
        Assert.SkipUnless(series.IsUsable, "no JPEG 2000 decoder");
        CtVolume volume = CtSeriesReader.Read(series);
        // SHA-256 of the HU as GDCM and pydicom give them.
        Assert.Equal("0D9F62D8433A424E582D5A4478BA5AF0EFF3F5C3589FC90AF21B0C448FD0FF5E", Hash(volume));
    }

    /// <summary>
    /// Contrast-filled pancreas has 40 to 90 HU. The mask is another tool's, stored with its rows the other way round: only world
    /// coordinates bring the two together.
    /// </summary>
    [Fact]
    public void Jpeg_2000_series_lies_where_its_segmentation_says()
    {
        string path = SampleData.Require("abdomen-ct-dicom-j2k");
        CtSeriesInfo series = Assert.Single(CtSeriesFinder.Find(path).Series);
        Assert.SkipUnless(series.IsUsable, "no JPEG 2000 decoder");
        CtVolume ct = CtSeriesReader.Read(series);
        LabelVolume mask = NiftiFile.ReadLabels(path + ".seg.nii.gz").Select(7).To(ct.Grid);
        Assert.InRange(mask.VolumeMl(), 2, 3);
        float[] hu =
            [.. Enumerable.Range(0, ct.Grid.VoxelCount).Where(i => mask.Labels.Span[i] == 1).Select(i => (float)ct.Integers.Span[i])];
        Assert.InRange(hu.Average(), 40, 90);
    }

    private static string Hash(CtVolume volume) => Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(volume.Integers.Span)));
}
