using PancreasSeg.Dicom;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>Resampling on request: the result is the anatomy where it was, and its source says what was done.</summary>
public class RegularizeTests
{
    private static readonly CtSeriesOptions s_regularize = new() { Regularize = true };

    [Fact]
    public void Trap02_missing_slice_is_filled_and_both_ends_stay()
    {
        using var series = new TestSeries();
        series.Slices.RemoveAt(3);
        CtVolume volume = series.Save().Read(s_regularize);
        Assert.Equal([6, 5, 7], volume.Size);
        Assert.Equal(5, volume.Spacing[2], 1e-9);
        Assert.Equal(-500, volume.Grid.Origin.Z, 1e-9);
        // HU rise linearly from slice to slice, so the filled one is known too.
        for (int k = 0; k < 7; k++)
            for (int r = 0; r < 5; r++)
                for (int c = 0; c < 6; c++)
                    Assert.Equal(TestSeries.Hu(c, r, k), volume.GetHu(c, r, k), 1e-3f);
        Assert.Contains("1 slice is missing", Assert.Single(volume.Source.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Trap07_uneven_slices_are_resampled_close_to_the_source()
    {
        double[] positions = [0, 5, 10, 16.5, 21.5, 27.1, 32.1];
        using TestSeries series = Smooth(positions.Length, k => new(0, 0, positions[k]), tilt: 0);
        CtVolume volume = series.Read(s_regularize);
        Assert.True(volume.Grid.IsOrthogonal());
        Assert.Equal(32.1, (volume.Grid.Slices - 1) * volume.Spacing[2], 1e-9);
        AssertSmooth(volume, 12);
    }

    /// <summary>Jitter is not a gap: as many slices as before, at their mean step.</summary>
    [Theory]
    [InlineData(0.4, 10)]
    [InlineData(0.49, 10)]
    [InlineData(0.9, 15)]
    public void Trap86_mild_jitter_keeps_the_number_of_slices(double jitter, int expected)
    {
        double[] signs = [0, 1, -1, 1, 1, -1, 1, -1, -1, 0];
        using TestSeries series = Smooth(10, k => new(0, 0, 5 * k + signs[k] * jitter), tilt: 0);
        CtVolume volume = series.Read(s_regularize);
        Assert.Equal(expected, volume.Grid.Slices);
        Assert.Equal(45, (volume.Grid.Slices - 1) * volume.Spacing[2], 1e-9);
        AssertSmooth(volume, 12);
    }

    /// <summary>One slice that lies close to its neighbour makes no step finer than half of the usual one.</summary>
    [Fact]
    public void Trap07_the_step_is_half_of_the_usual_one_at_least()
    {
        double[] positions = [0, 5, 10, 11, 16, 21, 26];
        using TestSeries series = Smooth(7, k => new(0, 0, positions[k]), tilt: 0);
        CtVolume volume = series.Read(s_regularize);
        Assert.Equal(11, volume.Grid.Slices);
        Assert.Equal(2.6, volume.Spacing[2], 1e-9);
    }

    [Theory]
    [InlineData(18.5)]
    [InlineData(-16.5)]
    public void Trap08_tilted_slices_are_rectified_not_straightened(double degrees)
    {
        double tilt = degrees * Math.PI / 180;
        using TestSeries series = Smooth(9, k => new(3, 4, 5 * k), tilt);
        Assert.Equal(SeriesReason.Sheared, series.Info().Reason);
        CtVolume volume = series.Read(s_regularize);
        Assert.True(volume.Grid.IsOrthogonal());
        Assert.True(volume.Grid.Rows > 40);
        AssertSmooth(volume, 12);
        // No slice is lost: every pixel centre of the first and last slice lies inside the grid.
        AffineTransform toIndex = volume.Grid.Affine.Inverse();
        foreach (CtSlice slice in series.Info().Slices)
            for (int corner = 0; corner < 4; corner++)
            {
                Vector3D world = slice.Plane!.Position + slice.Plane.ColumnStep * (corner % 2 * 39)
                    + slice.Plane.RowStep * (corner / 2 * 39);
                Vector3D index = toIndex.Apply(world);
                Assert.True(index.X > -0.5 && index.Y > -0.5 && index.Z > -0.5 && index.X < volume.Grid.Columns - 0.5
                    && index.Y < volume.Grid.Rows - 0.5 && index.Z < volume.Grid.Slices - 0.5, $"corner {corner} at {index}");
            }
    }

    [Fact]
    public void Trap09_shear_in_x_is_rectified()
    {
        using TestSeries series = Smooth(9, k => new(1.7 * k, 0, 5 * k), tilt: 0);
        // Half a pixel beyond its outermost centres a slice keeps its edge value: up to 17 HU in this field.
        AssertSmooth(series.Read(s_regularize), 20);
    }

    [Fact]
    public void Where_one_of_two_slices_ends_the_other_one_is_kept()
    {
        // Steps of 5 mm and one of 10; each slice lies 0.6 mm further left for each mm up.
        double[] heights = [0, 5, 10, 20, 25, 30];
        using TestSeries series = Smooth(heights.Length, k => new(0.6 * heights[k], 0, heights[k]), tilt: 0);
        CtVolume volume = series.Read(s_regularize);
        Assert.Equal([58, 40, 7], volume.Size);
        // The one made at 15 mm: the slice below covers columns 6 to 45, the slice above 12 to 51.
        for (int r = 0; r < 40; r++)
            for (int c = 0; c < 58; c++)
            {
                float below = volume.GetHu(c, r, 2), above = volume.GetHu(c, r, 4);
                float expected = c is < 6 or > 51 ? CtVolume.AirHu : c < 12 ? below : c > 45 ? above : (below + above) / 2;
                Assert.Equal(expected, volume.GetHu(c, r, 3), 1e-3f);
            }
        Assert.All([6, 11, 46, 51], column => Assert.NotEqual(CtVolume.AirHu, volume.GetHu(column, 20, 3)));
    }

    [Fact]
    public void Too_wide_a_gap_is_refused_until_the_factor_is_raised()
    {
        using var series = new TestSeries(9);
        series.Slices.RemoveRange(3, 3);
        series.Save();
        var error = Assert.Throws<CoreException>(() => series.Read(s_regularize));
        Assert.Equal(Fault.SliceMissing, error.Fault);
        Assert.Equal(9, series.Read(s_regularize with { MaxGap = 4 }).Grid.Slices);
    }

    [Fact]
    public void Regular_series_is_not_touched()
    {
        using TestSeries series = new TestSeries().Save();
        CtVolume volume = series.Read(s_regularize);
        Assert.True(volume.IsInteger);
        Assert.Empty(volume.Source.Notes);
    }

    [Theory]
    [InlineData(DicomTag.RescaleSlope)]
    [InlineData(DicomTag.PixelRepresentation)]
    public void Other_faults_of_an_irregular_series_are_still_refused(uint tag)
    {
        using var series = new TestSeries();
        series.Slices.RemoveAt(3);
        series.Slices[2].Remove(tag);
        series.Save();
        Assert.Throws<CoreException>(() => series.Read(s_regularize));
    }

    [Fact]
    public void A_sideways_shift_beyond_reason_is_refused()
    {
        using TestSeries series = new TestSeries().Each((s, k) => s.Numbers(DicomTag.ImagePositionPatient, 90_000 * k, 0, 5 * k)).Save();
        Assert.Equal(Fault.VolumeTooLarge, Assert.Throws<CoreException>(() => series.Read(s_regularize)).Fault);
    }

    [Theory]
    [InlineData("gantrytilting/001", 4)]
    [InlineData("sliceincrement/001", 5)]
    [InlineData("sliceincrement/002", 5)]
    public void Real_irregular_series_are_resampled(string name, int slices)
    {
        CtVolume volume = CtSeriesReader.Read(SampleData.Require("irregular-series", name), options: s_regularize);
        Assert.Equal(slices, volume.Grid.Slices);
        Assert.Equal(512, volume.Grid.Columns);
        Assert.True(volume.Grid.IsOrthogonal(1e-6));
        Assert.StartsWith("Resampled onto a regular grid", volume.Source.Notes[^1], StringComparison.Ordinal);
    }

    /// <summary>40 x 40 slices that sample one smooth function of the LPS position; a tilt turns them about x.</summary>
    private static TestSeries Smooth(int slices, Func<int, Vector3D> position, double tilt)
    {
        var series = new TestSeries(slices);
        Vector3D column = new(0, Math.Cos(tilt), -Math.Sin(tilt));
        series.Each((s, k) => s
            .Number(DicomTag.Rows, 40).Number(DicomTag.Columns, 40).Numbers(DicomTag.PixelSpacing, 1, 1)
            .Numbers(DicomTag.ImageOrientationPatient, 1, 0, 0, column.X, column.Y, column.Z)
            .Numbers(DicomTag.ImagePositionPatient, position(k).ToArray())
            .Samples(DicomTag.PixelData, [.. Enumerable.Range(0, 1600).Select(i =>
                (ushort)Math.Round(Field(position(k) + new Vector3D(i % 40, 0, 0) + column * (i / 40)) + 1024))]));
        return series.Save();
    }

    private static double Field(Vector3D p) => 300 * Math.Sin(p.X / 9) + 250 * Math.Cos(p.Y / 11) + 200 * Math.Sin(p.Z / 13 + p.X / 30);

    private static void AssertSmooth(CtVolume volume, double tolerance)
    {
        int air = 0;
        for (int k = 0; k < volume.Grid.Slices; k++)
            for (int r = 0; r < volume.Grid.Rows; r++)
                for (int c = 0; c < volume.Grid.Columns; c++)
                {
                    float hu = volume.GetHu(c, r, k);
                    if (hu == CtVolume.AirHu) air++;
                    else Assert.Equal(Field(volume.Grid.Affine.Apply(new(c, r, k))), hu, tolerance);
                }
        Assert.True(air < volume.Grid.VoxelCount / 2);
    }
}
