using PancreasSeg.Dicom;
using PancreasSeg.Nifti;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>What a header declares to be no value is air for everything that computes, and what it was in what is exported.</summary>
public class PaddingTests
{
    private const int Side = 16;

    /// <summary>A disc of tissue in a square whose corners hold the padding; in the middle lies metal of the same value.</summary>
    private static TestSeries Disc(int padding, bool isSigned, Action<DicomWriter, int> declare, int metal = int.MinValue) =>
        new TestSeries().Each((s, k) =>
        {
            s.Number(DicomTag.Rows, Side).Number(DicomTag.Columns, Side).Number(DicomTag.BitsStored, isSigned ? 16 : 12)
                .Number(DicomTag.HighBit, isSigned ? 15 : 11).Number(DicomTag.PixelRepresentation, isSigned ? 1 : 0)
                .Text(DicomTag.RescaleIntercept, "DS", isSigned ? "0" : "-1024")
                .Samples(DicomTag.PixelData, [.. Enumerable.Range(0, Side * Side).Select(i => unchecked((ushort)(
                    IsOutside(i) ? padding : i == MetalAt && metal != int.MinValue ? metal : Tissue(i, k) + (isSigned ? 0 : 1024))))]);
            declare(s, k);
        }).Save();

    private const int MetalAt = 8 * Side + 8;

    private static int Tissue(int i, int k) => 20 + i % 7 + k;

    private static bool IsOutside(int i) =>
        (2 * (i % Side) - Side + 1) * (2 * (i % Side) - Side + 1) + (2 * (i / Side) - Side + 1) * (2 * (i / Side) - Side + 1) > Side * Side;

    private static DicomWriter Declare(DicomWriter slice, int value, int? limit = null)
    {
        slice.Number(DicomTag.PixelPaddingValue, unchecked((ushort)value));
        return limit is { } last ? slice.Number(DicomTag.PixelPaddingRangeLimit, unchecked((ushort)last)) : slice;
    }

    [Theory]
    [InlineData(4095, false, 4095, null, true)]
    [InlineData(4095, false, 4000, 4095, true)]
    [InlineData(4095, false, 4095, 4000, true)]
    [InlineData(3000, true, 3000, null, true)]
    [InlineData(-2000, true, -2000, null, false)]
    [InlineData(-2000, true, -3000, -1500, false)]
    [InlineData(0, true, 0, null, true)]
    public void Trap81_declared_padding_is_air_inside_and_itself_in_an_export(int padding, bool isSigned, int value, int? limit, bool noted)
    {
        using TestSeries series = Disc(padding, isSigned, (s, _) => Declare(s, value, limit));
        CtVolume volume = series.Read();
        int hu = isSigned ? padding : padding - 1024;
        AssertDisc(volume, CtVolume.AirHu);
        Assert.Equal(noted ? 1 : 0, volume.Source.Notes.Count);
        if (noted)
            Assert.Contains($"{7 * Enumerable.Range(0, Side * Side).Count(IsOutside)} pixels are padding by their header (0028,0120)",
                volume.Source.Notes[0], StringComparison.Ordinal);

        using var folder = new TemporaryFolder();
        foreach (string name in (string[])["a.nii", "a.nii.gz"])
        {
            NiftiFile.Write(folder.File(name), volume);
            AssertDisc(NiftiFile.ReadCt(folder.File(name)), hu);
        }
    }

    [Fact]
    public void Trap81_padding_of_fractional_HU_is_air_too()
    {
        using TestSeries series = Disc(4095, false, (s, _) => Declare(s, 4095).Text(DicomTag.RescaleSlope, "DS", "0.5")
            .Text(DicomTag.RescaleIntercept, "DS", "-1024.25"));
        CtVolume volume = series.Read();
        Assert.False(volume.IsInteger);
        Assert.Equal(CtVolume.AirHu, volume.GetHu(0, 0, 3));
        using var folder = new TemporaryFolder();
        NiftiFile.Write(folder.File("a.nii"), volume);
        Assert.Equal(4095 * 0.5f - 1024.25f, NiftiFile.ReadCt(folder.File("a.nii")).GetHu(0, 0, 3));
    }

    /// <summary>The highest value a scanner stores is that of metal, too.</summary>
    [Fact]
    public void Trap81_metal_of_the_paddings_value_stays_metal()
    {
        using TestSeries series = Disc(4095, false, (s, _) => Declare(s, 4095), metal: 4095);
        CtVolume volume = series.Read();
        Assert.Equal(3071, volume.GetHu(8, 8, 3));
        Assert.Equal(CtVolume.AirHu, volume.GetHu(0, 0, 3));
    }

    /// <summary>What is darker than air can be nothing else, wherever it lies.</summary>
    [Fact]
    public void Trap81_padding_below_air_inside_the_body_is_air()
    {
        using TestSeries series = Disc(-1200, true, (s, _) => Declare(s, -1200), metal: -1200);
        CtVolume volume = series.Read();
        Assert.Equal(((float)CtVolume.AirHu, (float)CtVolume.AirHu), (volume.GetHu(8, 8, 3), volume.GetHu(0, 0, 3)));
    }

    [Fact]
    public void Trap81_each_slice_has_its_own_padding()
    {
        using TestSeries series = Disc(4095, false, (s, k) => Declare(s, k % 2 == 0 ? 4095 : 17));
        CtVolume volume = series.Read();
        Assert.Equal(((float)CtVolume.AirHu, 3071f), (volume.GetHu(0, 0, 2), volume.GetHu(0, 0, 3)));
    }

    [Fact]
    public void Trap81_resampled_slices_hold_no_padding()
    {
        using TestSeries series = Disc(4095, false, (s, _) => Declare(s, 4095));
        File.Delete(series.PathOf(3));
        CtVolume volume = series.Read(new CtSeriesOptions { Regularize = true });
        Assert.Equal(CtVolume.AirHu, volume.GetHu(0, 0, 3));
        Assert.True(Enumerable.Range(0, Side).All(c => volume.GetHu(c, 8, 3) < 100));
    }

    [Fact]
    public void Trap81_padding_of_multi_frame_images_is_air()
    {
        using TestSeries series = EnhancedTests.Multi("1.2.840.10008.5.1.4.1.1.2.1", shared: true);
        // Slice 6 is the first frame; its corner has the HU of the padding there.
        series.Slices[0].Number(DicomTag.PixelPaddingValue, TestSeries.Hu(0, 0, 6) + 1024 + 6);
        CtVolume volume = series.Save().Read();
        Assert.Equal(((float)CtVolume.AirHu, (float)TestSeries.Hu(1, 0, 6)), (volume.GetHu(0, 0, 6), volume.GetHu(1, 0, 6)));
    }

    /// <summary>No value outside its image, an impossible range, and the HU of air: nothing changes.</summary>
    [Theory]
    [InlineData(99, null, 0)]
    [InlineData(0, null, 0)]
    [InlineData(0, 4095, 1)]
    public void Trap82_padding_that_cannot_be_meant_changes_nothing(int value, int? limit, int notes)
    {
        using TestSeries series = new TestSeries().Each((s, _) => Declare(s, value, limit)).Save();
        Assert.Equal(notes, series.AssertRight().Source.Notes.Count);
    }

    [Theory]
    [InlineData(-10, 50, false)]
    [InlineData(-10, 40, true)]
    public void Trap82_a_range_wider_than_50_HU_of_soft_tissue_is_not_followed(int first, int last, bool expected)
    {
        using TestSeries series = Disc(-10, true, (s, _) => Declare(s, first, last));
        Assert.Equal(expected ? CtVolume.AirHu : -10, series.Read().GetHu(0, 0, 3));
    }

    private static void AssertDisc(CtVolume volume, float outside)
    {
        for (int k = 0; k < volume.Grid.Slices; k++)
            for (int i = 0; i < Side * Side; i++)
                Assert.Equal(IsOutside(i) ? outside : Tissue(i, k), volume.GetHu(i % Side, i / Side, k));
    }
}
