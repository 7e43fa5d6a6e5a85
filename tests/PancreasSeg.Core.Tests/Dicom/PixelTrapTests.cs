using PancreasSeg.Dicom;
using PancreasSeg.Nifti;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>Stored samples become the right Hounsfield units, or the series is refused.</summary>
public class PixelTrapTests
{
    private static TestSeries Series(Action<DicomWriter, int> change) => new TestSeries().Each(change).Save();

    [Fact]
    public void Trap27_each_slice_uses_its_own_rescale()
    {
        using TestSeries series = Series((s, k) => s
            .Text(DicomTag.RescaleIntercept, "DS", $"{-1024 - 10 * k}")
            .Samples(DicomTag.PixelData, TestSeries.Stored(k, hu => hu + 1024 + 10 * k)));
        Assert.True(series.AssertRight().IsInteger);
    }

    [Theory]
    [InlineData(DicomTag.RescaleSlope, null)]
    [InlineData(DicomTag.RescaleSlope, "")]
    [InlineData(DicomTag.RescaleSlope, "0")]
    [InlineData(DicomTag.RescaleSlope, "NaN")]
    [InlineData(DicomTag.RescaleSlope, "1\\1")]
    [InlineData(DicomTag.RescaleIntercept, null)]
    [InlineData(DicomTag.RescaleIntercept, "1e300")]
    public void Trap28_missing_or_impossible_rescale_is_refused(uint tag, string? value)
    {
        using TestSeries series = Series((s, k) => _ = k != 2 ? s : value is null ? s.Remove(tag) : s.Text(tag, "DS", value));
        series.AssertRefused(SeriesReason.RescaleInvalid, Fault.DicomRescaleInvalid);
    }

    [Fact]
    public void Trap88_a_slope_of_its_own_for_a_slice_is_noted()
    {
        using TestSeries series = Series((s, k) => _ = k == 2 ? s.Text(DicomTag.RescaleSlope, "DS", "1.5") : s);
        Assert.Contains(series.Read().Source.Notes, n => n.Contains("(0028,1053) differs", StringComparison.Ordinal));
    }

    [Fact]
    public void Trap89_images_with_the_uid_of_another_are_noted()
    {
        using TestSeries series = Series((s, k) => _ = k is 1 or 2 ? s.Text(DicomTag.SopInstanceUid, "UI", "1.2.826.0.1.99.77") : s);
        Assert.StartsWith("1 images have the SOP Instance UID", Assert.Single(series.Read().Source.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Trap29_fractional_slope_gives_floats_without_rounding()
    {
        using TestSeries series =
            Series((s, k) => s.Text(DicomTag.RescaleSlope, "DS", "0.25").Text(DicomTag.RescaleIntercept, "DS", "-1024.5"));
        CtVolume volume = series.Read();
        Assert.False(volume.IsInteger);
        Assert.Equal((TestSeries.Hu(3, 2, 5) + 1024) * 0.25f - 1024.5f, volume.GetHu(3, 2, 5));
    }

    [Theory]
    [InlineData("US", "-1024", "The rescale type is not HU: values may not be Hounsfield units.")]
    [InlineData("HU", "0", "No value can be below 0: values may not be Hounsfield units.")]
    public void Trap30_values_that_may_not_be_hounsfield_units_are_noted(string type, string intercept, string note)
    {
        using TestSeries series =
            Series((s, k) => s.Text(DicomTag.RescaleType, "LO", type).Text(DicomTag.RescaleIntercept, "DS", intercept));
        Assert.Equal(note, Assert.Single(series.Read().Source.Notes));
    }

    [Fact]
    public void Trap31_modality_lut_is_refused()
    {
        using TestSeries series = Series((s, k) => s.Remove(DicomTag.RescaleSlope).Remove(DicomTag.RescaleIntercept)
            .Sequence(DicomTag.ModalityLutSequence, new DicomWriter().Text(0x0028_3003, "LO", "x")));
        Assert.Contains(
            "Modality LUT", series.AssertRefused(SeriesReason.RescaleInvalid, Fault.DicomRescaleInvalid).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Trap32_bits_above_the_stored_ones_are_ignored()
    {
        using TestSeries series =
            Series((s, k) => s.Samples(DicomTag.PixelData, TestSeries.Stored(k, hu => (hu + 1024) | (hu * 7919 & 0xF000))));
        Assert.StartsWith("The pixels of 7 slices hold more than the bits that the header says are stored",
            Assert.Single(series.AssertRight().Source.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x0000)]
    [InlineData(0xF000)]
    [InlineData(0xA000)]
    public void Trap33_sign_of_12_bit_samples_is_bit_11(int high)
    {
        using TestSeries series = Series((s, k) => s.Number(DicomTag.PixelRepresentation, 1).Text(DicomTag.RescaleIntercept, "DS", "0")
            .Samples(DicomTag.PixelData, TestSeries.Stored(k, hu => (hu & 0x0FFF) | high)));
        series.AssertRight();
    }

    [Fact]
    public void Trap34_signed_and_unsigned_slices_mix()
    {
        using TestSeries series = Series((s, k) => _ = k % 2 == 0 ? s : s.Number(DicomTag.PixelRepresentation, 1)
            .Number(DicomTag.BitsStored, 16).Number(DicomTag.HighBit, 15).Text(DicomTag.RescaleIntercept, "DS", "0")
            .Samples(DicomTag.PixelData, TestSeries.Stored(k, hu => hu)));
        series.AssertRight();
    }

    [Theory]
    [InlineData(DicomTag.HighBit, 15)]
    [InlineData(DicomTag.BitsAllocated, 32)]
    [InlineData(DicomTag.BitsAllocated, 1)]
    [InlineData(DicomTag.BitsAllocated, 12)]
    [InlineData(DicomTag.BitsStored, 0)]
    [InlineData(DicomTag.BitsStored, 17)]
    [InlineData(DicomTag.PixelRepresentation, 2)]
    [InlineData(DicomTag.SamplesPerPixel, 3)]
    public void Trap35_36_41_other_sample_formats_are_refused(uint tag, int value)
    {
        using TestSeries series = Series((s, k) => _ = k == 1 ? s.Number(tag, value) : s);
        series.AssertRefused(SeriesReason.PixelFormatNotSupported, Fault.DicomPixelFormatNotSupported);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Trap36_8_bit_samples_are_read(int representation)
    {
        using TestSeries series =
            Series((s, k) => s.Number(DicomTag.BitsAllocated, 8).Number(DicomTag.BitsStored, 8).Number(DicomTag.HighBit, 7)
            .Number(DicomTag.PixelRepresentation, representation).Text(DicomTag.RescaleSlope, "DS", "2")
            .Raw(DicomTag.PixelData, "OB", [.. Enumerable.Range(0, 30).Select(i => (byte)(i * 8 + k))]));
        CtVolume volume = series.Read();
        int stored = 27 * 8 + 4;
        Assert.Equal((representation == 1 ? stored - 256 : stored) * 2 - 1024, volume.GetHu(3, 4, 4));
        Assert.Equal(8 * 2 - 1024, volume.GetHu(1, 0, 0));
    }

    [Fact]
    public void Trap37_unsigned_values_above_32767_do_not_wrap()
    {
        using TestSeries series = Series((s, k) => s.Number(DicomTag.BitsStored, 16).Number(DicomTag.HighBit, 15)
            .Samples(DicomTag.PixelData, TestSeries.Stored(k, hu => k == 3 ? 65535 : hu + 1024)));
        CtVolume volume = series.Read();
        Assert.False(volume.IsInteger);
        Assert.Equal(65535 - 1024, volume.GetHu(2, 2, 3));
        Assert.Equal(TestSeries.Hu(2, 2, 4), volume.GetHu(2, 2, 4));
    }

    [Fact]
    public void Trap37_unsigned_values_that_fit_after_rescale_stay_integers()
    {
        using TestSeries series = Series((s, k) => s.Number(DicomTag.BitsStored, 16).Number(DicomTag.HighBit, 15)
            .Text(DicomTag.RescaleIntercept, "DS", "-32768").Samples(DicomTag.PixelData, TestSeries.Stored(k, hu => hu + 32768)));
        Assert.True(series.AssertRight().IsInteger);
    }

    [Fact]
    public void Trap38_39_padding_below_air_is_air_and_keeps_its_value_in_an_export()
    {
        using TestSeries series =
            Series((s, k) => s.Number(DicomTag.PixelRepresentation, 1).Number(DicomTag.BitsStored, 16).Number(DicomTag.HighBit, 15)
            .Number(0x0028_0120, 63536)
            .Samples(DicomTag.PixelData, TestSeries.Stored(k, hu => hu == TestSeries.Hu(0, 0, k) ? -2000 : hu + 1024)));
        CtVolume volume = series.Read();
        Assert.Empty(volume.Source.Notes);
        Assert.Equal(CtVolume.AirHu, volume.GetHu(0, 0, 2));
        Assert.Equal(TestSeries.Hu(1, 0, 2), volume.GetHu(1, 0, 2));
        using var folder = new TemporaryFolder();
        NiftiFile.Write(folder.File("a.nii"), volume);
        Assert.Equal(-3024, NiftiFile.ReadCt(folder.File("a.nii")).GetHu(0, 0, 2));
    }

    /// <summary>Blank bytes behind the pixels, as old exports have; a row of them or more may be pixels of another matrix.</summary>
    [Theory]
    [InlineData(2, true)]
    [InlineData(10, true)]
    [InlineData(12, false)]
    [InlineData(60, false)]
    public void Trap87_less_than_a_row_behind_the_pixels_is_left_out(int bytes, bool read)
    {
        using TestSeries series = Series((s, k) =>
            s.Samples(DicomTag.PixelData, [.. TestSeries.Stored(k, hu => hu + 1024), .. new ushort[bytes / 2]]));
        if (read)
            Assert.StartsWith("7 files have blank bytes", Assert.Single(series.AssertRight().Source.Notes), StringComparison.Ordinal);
        else series.AssertRefused(SeriesReason.Damaged, Fault.DicomFileInvalid);
    }

    [Fact]
    public void Trap40_monochrome1_values_are_unchanged_and_noted()
    {
        using TestSeries series = Series((s, k) => s.Text(DicomTag.PhotometricInterpretation, "CS", "MONOCHROME1"));
        Assert.Contains("MONOCHROME1", Assert.Single(series.AssertRight().Source.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Trap41_palette_images_are_refused()
    {
        using TestSeries series = Series((s, k) => s.Text(DicomTag.PhotometricInterpretation, "CS", "PALETTE COLOR"));
        series.AssertRefused(SeriesReason.PixelFormatNotSupported, Fault.DicomPixelFormatNotSupported);
    }

    [Fact]
    public void Trap62_lossy_source_and_burned_in_text_are_noted()
    {
        using TestSeries series =
            Series((s, k) => s.Text(DicomTag.LossyImageCompression, "CS", "01").Text(DicomTag.BurnedInAnnotation, "CS", "YES"));
        Assert.Equal(2, series.AssertRight().Source.Notes.Count);
    }

    /// <summary>Every width, sign and rescale against plain arithmetic, on lengths that do not fill whole vectors.</summary>
    [Fact]
    public void Conversion_equals_plain_arithmetic()
    {
        var random = new Random(7);
        foreach (int bits in Enumerable.Range(1, 16))
            foreach (bool signed in new[] { false, true })
                foreach ((double slope, double intercept) in new[] { (1.0, 0.0), (1, -1024), (2, -1000), (-1, 5), (-3, 700) })
                {
                    short[] stored = [.. Enumerable.Range(0, 77).Select(_ => (short)random.Next(short.MinValue, short.MaxValue + 1))];
                    double[] expected = [.. stored.Select(s => slope * Value(s, bits, signed) + intercept)];
                    bool fits = expected.All(e => e is >= short.MinValue and <= short.MaxValue);
                    var converter = new HounsfieldConverter(bits, signed, new Rescale(slope, intercept));

                    short[] whole = [.. stored];
                    converter.KeepStoredBits(whole);
                    short[] bits16 = [.. whole];
                    Assert.Equal(fits, converter.ToInt16(whole));
                    if (fits) Assert.Equal(expected, whole.Select(v => (double)v));
                    var floats = new float[stored.Length];
                    converter.ToSingle(bits16, floats);
                    Assert.Equal(expected, floats.Select(v => (double)v));
                }
    }

    private static int Value(short sample, int bits, bool signed)
    {
        int value = sample & ((1 << bits) - 1);
        return signed && (value >> (bits - 1)) != 0 ? value - (1 << bits) : value;
    }
}
