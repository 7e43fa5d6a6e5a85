using System.Globalization;
using PancreasSeg.Dicom;
using PancreasSeg.Nifti;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>Geometry from position and orientation alone: right to a micrometre, or refused by name.</summary>
public class GeometryTrapTests
{
    private const uint InstanceNumber = 0x0020_0013;

    [Fact]
    public void Trap01_regular_axial_series_is_exact()
    {
        using TestSeries series = new TestSeries().Save();
        CtVolume volume = series.AssertRight();
        Assert.Equal([0.5, 0.75, 5], volume.Spacing);
        Assert.Empty(volume.Source.Notes);
        Assert.Equal(TestSeries.Uid, volume.Source.SeriesUid);
        Assert.Equal(Path.GetFileName(series.Folder), volume.Name);
    }

    [Fact]
    public void Trap02_missing_slice_is_told_with_its_neighbours()
    {
        using var series = new TestSeries();
        series.Slices.RemoveAt(3);
        series.Save();
        CtSeriesInfo info = series.AssertRefused(SeriesReason.SliceMissing, Fault.SliceMissing);
        Assert.StartsWith(
            "1 slice is missing between '074-2' and '010-3' (10 mm where 5 mm is usual)", info.Detail, StringComparison.Ordinal);
        Assert.Equal(5, info.Spacing[2]);
    }

    [Fact]
    public void Trap02_the_number_of_missing_slices_is_that_of_the_place_named()
    {
        using var series = new TestSeries(40);
        foreach (int k in (int[])[33, 22, 21, 10, 5]) series.Slices.RemoveAt(k);
        series.Save();
        Assert.Contains("2 slices are missing between ", series.Info().Detail, StringComparison.Ordinal);
        Assert.Contains(", one of 4 such places with 5 slices missing in all).", series.Info().Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Trap03_missing_end_slice_is_noted_when_the_headers_count_more()
    {
        using TestSeries series = new TestSeries().Each((s, _) => s.Text(DicomTag.ImagesInAcquisition, "IS", "7"));
        series.Slices.RemoveAt(6);
        CtVolume volume = series.Save().AssertRight();
        Assert.Equal("The headers speak of 7 images in the acquisition; 6 are here.", Assert.Single(volume.Source.Notes));
    }

    [Fact]
    public void Trap07_uneven_slices_are_refused()
    {
        using TestSeries series = new TestSeries().Each((s, k) => s.Numbers(DicomTag.ImagePositionPatient, 0, 0, 5 * k + (k > 3 ? 1.5 : 0)))
            .Save();
        series.AssertRefused(SeriesReason.IrregularSpacing, Fault.SliceSpacingIrregular);
    }

    [Fact]
    public void Trap07_slowly_drifting_steps_are_refused()
    {
        using TestSeries series = new TestSeries(40).Each((s, k) => s.Numbers(DicomTag.ImagePositionPatient, 0, 0, 5 * k + 0.001 * k * k))
            .Save();
        series.AssertRefused(SeriesReason.IrregularSpacing, Fault.SliceSpacingIrregular);
    }

    [Theory]
    [InlineData(18.5, null)]
    [InlineData(-18.5, "-18.5")]
    [InlineData(16.5, "-16.5")]
    public void Trap08_gantry_tilt_is_refused_whatever_the_tag_says(double degrees, string? tag)
    {
        double radians = degrees * Math.PI / 180;
        using TestSeries series = new TestSeries().Each((s, k) =>
        {
            s.Numbers(DicomTag.ImageOrientationPatient, 1, 0, 0, 0, Math.Cos(radians), -Math.Sin(radians));
            if (tag is not null) s.Text(0x0018_1120, "DS", tag);
        }).Save();
        CtSeriesInfo info = series.AssertRefused(SeriesReason.Sheared, Fault.SliceStackSheared);
        Assert.Contains(Math.Abs(degrees).ToString(CultureInfo.InvariantCulture) + " degrees", info.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.05, SeriesReason.Usable)]
    [InlineData(-0.05, SeriesReason.Usable)]
    [InlineData(0.07, SeriesReason.Sheared)]
    [InlineData(-0.07, SeriesReason.Sheared)]
    public void Trap08_only_what_rounding_of_the_header_makes_is_no_tilt(double degrees, SeriesReason expected)
    {
        double radians = degrees * Math.PI / 180;
        using TestSeries series = new TestSeries().Each((s, k) => s
            .Numbers(DicomTag.ImageOrientationPatient, 1, 0, 0, 0, Math.Cos(radians), -Math.Sin(radians))).Save();
        Assert.Equal(expected, series.Info().Reason);
    }

    /// <summary>The tolerances by which rounding is told from geometry, each from both sides.</summary>
    [Theory]
    [InlineData("position", 0.049, SeriesReason.Usable)]
    [InlineData("position", 0.07, SeriesReason.IrregularSpacing)]
    [InlineData("sideways", 0.049, SeriesReason.Usable)]
    [InlineData("sideways", 0.07, SeriesReason.IrregularSpacing)]
    [InlineData("orientation", 0.9e-4, SeriesReason.Usable)]
    [InlineData("orientation", 1.2e-4, SeriesReason.MixedSeries)]
    [InlineData("spacing", 0.9e-4, SeriesReason.Usable)]
    [InlineData("spacing", 1.2e-4, SeriesReason.MixedSeries)]
    [InlineData("unit", 0.9e-3, SeriesReason.Usable)]
    [InlineData("unit", 1.2e-3, SeriesReason.GeometryInvalid)]
    [InlineData("angle", 0.9e-3, SeriesReason.Usable)]
    [InlineData("angle", 1.2e-3, SeriesReason.GeometryInvalid)]
    [InlineData("thickness", 0.04, SeriesReason.Usable)]
    [InlineData("step", 99, SeriesReason.Usable)]
    [InlineData("step", 101, SeriesReason.GeometryInvalid)]
    [InlineData("far", 0.99e6, SeriesReason.Usable)]
    [InlineData("far", 1.01e6, SeriesReason.GeometryInvalid)]
    [InlineData("pixel", 1.1e-3, SeriesReason.Usable)]
    [InlineData("pixel", 0.9e-3, SeriesReason.GeometryInvalid)]
    [InlineData("pixel", 99, SeriesReason.Usable)]
    [InlineData("pixel", 101, SeriesReason.GeometryInvalid)]
    public void Trap84_each_tolerance_holds_on_both_sides(string what, double by, SeriesReason expected)
    {
        using TestSeries series = new TestSeries().Each((s, k) => _ = what switch
        {
            "position" when k == 3 => s.Numbers(DicomTag.ImagePositionPatient, -120.5, -80.25, -485 + by),
            "sideways" when k == 3 => s.Numbers(DicomTag.ImagePositionPatient, -120.5 + by, -80.25, -485),
            "orientation" when k == 3 => s.Numbers(DicomTag.ImageOrientationPatient,
                Math.Cos(by), Math.Sin(by), 0, -Math.Sin(by), Math.Cos(by), 0),
            "spacing" when k == 3 => s.Numbers(DicomTag.PixelSpacing, 0.75 + by, 0.5),
            "unit" => s.Numbers(DicomTag.ImageOrientationPatient, 1 + by, 0, 0, 0, 1, 0),
            "angle" => s.Numbers(DicomTag.ImageOrientationPatient, 1, 0, 0, by, Math.Sqrt(1 - by * by), 0),
            "thickness" => s.Numbers(DicomTag.SliceThickness, k < 3 ? 5 : 5 + by),
            "step" => s.Numbers(DicomTag.ImagePositionPatient, 0, 0, by * k),
            "far" => s.Numbers(DicomTag.ImagePositionPatient, by, 0, 5 * k),
            "pixel" => s.Numbers(DicomTag.PixelSpacing, by, by),
            _ => s,
        }).Save();
        Assert.Equal(expected, series.Info().Reason);
    }

    [Fact]
    public void Trap85_axes_just_inside_the_tolerance_are_made_perpendicular()
    {
        using TestSeries series = new TestSeries().Each((s, _) => s
            .Numbers(DicomTag.ImageOrientationPatient, 1, 0, 0, 0.9e-3, Math.Sqrt(1 - 0.81e-6), 0)).Save();
        Assert.True(series.Read().Grid.IsOrthogonal(1e-12));
    }

    /// <summary>
    /// Orientations with few decimals, oblique: the grid has perpendicular axes and the voxel size of the header, no voxel is further off
    /// than the rounding moves it, and what is written has one orientation in both forms.
    /// </summary>
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Trap85_rounded_orientations_give_the_nearest_perpendicular_axes(int decimals)
    {
        (double yaw, double pitch, double roll) = (3.7 * Math.PI / 180, 2.3 * Math.PI / 180, 1.1 * Math.PI / 180);
        Vector3D Turn(Vector3D v)
        {
            v = new(Math.Cos(roll) * v.X + Math.Sin(roll) * v.Z, v.Y, Math.Cos(roll) * v.Z - Math.Sin(roll) * v.X);
            v = new(v.X, Math.Cos(pitch) * v.Y - Math.Sin(pitch) * v.Z, Math.Sin(pitch) * v.Y + Math.Cos(pitch) * v.Z);
            return new(Math.Cos(yaw) * v.X - Math.Sin(yaw) * v.Y, Math.Sin(yaw) * v.X + Math.Cos(yaw) * v.Y, v.Z);
        }
        Vector3D row = Turn(new(1, 0, 0)), column = Turn(new(0, 1, 0)), normal = Turn(new(0, 0, 1));
        using TestSeries series = new TestSeries().Each((s, k) => s
            .Numbers(DicomTag.ImageOrientationPatient, [.. row.ToArray().Concat(column.ToArray()).Select(v => Math.Round(v, decimals))])
            .Numbers(DicomTag.ImagePositionPatient, (normal * (5 * k)).ToArray())).Save();
        CtVolume volume = series.Read();
        Assert.True(volume.Grid.IsOrthogonal(1e-12));
        Assert.Equal([0.5, 0.75, 5], volume.Spacing.Select(mm => Math.Round(mm, 9)));
        double tolerance = 40 * Math.Pow(10, -decimals);
        for (int k = 0; k < 7; k++)
            Assert.True((volume.Grid.Affine.Apply(new(5, 4, k)) - (row * 2.5 + column * 3 + normal * (5 * k))).Length < tolerance);

        using var folder = new TemporaryFolder();
        NiftiFile.Write(folder.File("a.nii"), volume);
        byte[] file = File.ReadAllBytes(folder.File("a.nii"));
        Assert.Equal((1, 1), (BitConverter.ToInt16(file, 252), BitConverter.ToInt16(file, 254)));
        BitConverter.GetBytes((short)0).CopyTo(file, 254);
        File.WriteAllBytes(folder.File("q.nii"), file);
        Assert.True(NiftiFile.ReadGrid(folder.File("a.nii")).Matches(NiftiFile.ReadGrid(folder.File("q.nii")), 1e-3));
        Assert.True(NiftiFile.ReadGrid(folder.File("a.nii")).Matches(volume.Grid, 1e-4));
    }

    [Fact]
    public void Trap09_shear_without_any_tag_is_refused()
    {
        using TestSeries series = new TestSeries().Each((s, k) => s.Numbers(DicomTag.ImagePositionPatient, 0.5 * k, 0, 5 * k)).Save();
        series.AssertRefused(SeriesReason.Sheared, Fault.SliceStackSheared);
    }

    [Fact]
    public void Trap10_small_jitter_keeps_the_mean_step()
    {
        double[] jitter = [0, 0.001, -0.001, 0.001, 0, -0.001, 0];
        using TestSeries series = new TestSeries().Each((s, k) => s.Numbers(DicomTag.ImagePositionPatient, 0, 0, 5 * k + jitter[k])).Save();
        Assert.Equal(5, series.Read().Spacing[2], 1e-9);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(0)]
    public void Trap11_large_jitter_is_refused_with_its_size(int axis)
    {
        using TestSeries series = new TestSeries().Each((s, k) =>
        {
            double[] position = [0, 0, 5 * k];
            position[axis] += k == 3 ? 0.4 : 0;
            s.Numbers(DicomTag.ImagePositionPatient, position);
        }).Save();
        series.AssertRefused(SeriesReason.IrregularSpacing, Fault.SliceSpacingIrregular);
    }

    [Fact]
    public void Trap12_two_blocks_are_refused()
    {
        using TestSeries series = new TestSeries(8)
            .Each((s, k) => s.Numbers(DicomTag.ImagePositionPatient, 0, 0, 5 * k + (k > 3 ? 87.3 : 0))).Save();
        series.AssertRefused(SeriesReason.IrregularSpacing, Fault.SliceSpacingIrregular);
    }

    [Fact]
    public void Trap13_overlapping_slices_take_their_step_from_the_positions()
    {
        using TestSeries series = new TestSeries().Each((s, k) => s.Numbers(DicomTag.ImagePositionPatient, 0, 0, 2.5 * k)).Save();
        Assert.Equal(2.5, series.AssertRight().Spacing[2]);
    }

    [Fact]
    public void Trap14_15_false_thickness_spacing_and_location_change_nothing()
    {
        using TestSeries series = new TestSeries().Each((s, k) => s
            .Text(DicomTag.SliceThickness, "DS", "1")
            .Text(0x0018_0088, "DS", k % 2 == 0 ? "-3" : "20")
            .Text(0x0020_1041, "DS", "77")).Save();
        series.AssertRight();
    }

    [Theory]
    [InlineData("shuffled")]
    [InlineData("absent")]
    [InlineData("1.0")]
    public void Trap16_instance_numbers_are_not_geometry(string how)
    {
        using TestSeries series = new TestSeries().Each((s, k) =>
        {
            s.Remove(InstanceNumber);
            if (how != "absent") s.Text(InstanceNumber, "IS", how == "shuffled" ? $"{k * 5 % 7}" : how);
        }).Save();
        series.AssertRight();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Trap17_missing_position_is_refused(bool inAll)
    {
        using TestSeries series = new TestSeries().Each((s, k) => _ = inAll || k == 4 ? s.Remove(DicomTag.ImagePositionPatient) : s).Save();
        Assert.Contains(
            "(0020,0032)", series.AssertRefused(SeriesReason.GeometryInvalid, Fault.DicomGeometryInvalid).Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("NaN\\0\\0\\0\\1\\0")]
    [InlineData("0\\0\\0\\0\\0\\0")]
    [InlineData("1\\0\\0\\0.1\\0.995\\0")]
    [InlineData("2\\0\\0\\0\\1\\0")]
    [InlineData("1\\0\\0\\1\\0\\0")]
    [InlineData("1\\0\\0\\0\\1")]
    [InlineData("Infinity\\0\\0\\0\\1\\0")]
    public void Trap18_impossible_orientation_is_refused(string? orientation)
    {
        using TestSeries series = new TestSeries().Each((s, k) =>
        {
            s.Remove(DicomTag.ImageOrientationPatient);
            if (orientation is not null) s.Text(DicomTag.ImageOrientationPatient, "DS", orientation);
        }).Save();
        series.AssertRefused(SeriesReason.GeometryInvalid, Fault.DicomGeometryInvalid);
    }

    [Fact]
    public void Trap19_rounding_noise_in_the_orientation_is_harmless()
    {
        using TestSeries series = new TestSeries()
            .Each((s, k) => s.Numbers(DicomTag.ImageOrientationPatient, 1, 2e-7 * (k % 3), 0, 0, 1, -2e-7 * (k % 2))).Save();
        series.AssertRight();
    }

    [Fact]
    public void Trap20_one_turned_slice_is_refused()
    {
        using TestSeries series = new TestSeries()
            .Each((s, k) => _ = k == 3 ? s.Numbers(DicomTag.ImageOrientationPatient, -1, 0, 0, 0, -1, 0) : s).Save();
        Assert.Contains(
            "orientation", series.AssertRefused(SeriesReason.MixedSeries, Fault.DicomSeriesMixed).Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LPS", 1, 0, 0, 0, 1, 0, 0, 0, 5)]
    [InlineData("LPS", 1, 0, 0, 0, 1, 0, 0, 0, -5)]
    [InlineData("PIR", 0, 1, 0, 0, 0, -1, -1, 0, 0)]
    [InlineData("LIP", 1, 0, 0, 0, 0, -1, 0, -3, 0)]
    [InlineData("LIP", 1, 0, 0, 0, 0, -1, 0, 3, 0)]
    [InlineData("RAS", -1, 0, 0, 0, -1, 0, 0, 0, 4)]
    public void Trap21_66_every_orientation_is_exact(
        string letters, double rx, double ry, double rz, double cx, double cy, double cz, double dx, double dy, double dz)
    {
        using TestSeries series = new TestSeries().Each((s, k) => s
            .Numbers(DicomTag.ImageOrientationPatient, rx, ry, rz, cx, cy, cz)
            .Numbers(DicomTag.ImagePositionPatient, 10 + k * dx, 20 + k * dy, 30 + k * dz)
            .Text(0x0018_5100, "CS", k % 2 == 0 ? "FFS" : "HFP")).Save();
        Vector3D normal = Vector3D.Cross(new(rx, ry, rz), new(cx, cy, cz));
        bool reversed = Vector3D.Dot(normal, new(dx, dy, dz)) < 0;
        CtVolume volume = series.AssertRight(reversed ? k => 6 - k : null);
        Assert.Equal(letters, volume.Grid.Orientation);
        Assert.True(volume.Grid.Affine.Determinant > 0);
    }

    [Fact]
    public void Trap21_double_oblique_is_exact()
    {
        // Columns of a rotation about all three axes.
        double a = 0.4, b = -0.3, g = 0.2;
        Vector3D row = new(Math.Cos(g) * Math.Cos(b), Math.Sin(g) * Math.Cos(b), -Math.Sin(b));
        Vector3D column = new(
            Math.Cos(g) * Math.Sin(b) * Math.Sin(a) - Math.Sin(g) * Math.Cos(a),
            Math.Sin(g) * Math.Sin(b) * Math.Sin(a) + Math.Cos(g) * Math.Cos(a),
            Math.Cos(b) * Math.Sin(a));
        Vector3D normal = Vector3D.Cross(row, column);
        using TestSeries series = new TestSeries().Each((s, k) => s
            .Numbers(DicomTag.ImageOrientationPatient, [.. row.ToArray(), .. column.ToArray()])
            .Numbers(DicomTag.ImagePositionPatient, (new Vector3D(7, 8, 9) + normal * (2.5 * k)).ToArray())).Save();
        series.AssertRight();
    }

    [Fact]
    public void Trap22_pixel_spacing_is_row_then_column_distance()
    {
        using TestSeries series = new TestSeries().Each((s, k) => s.Numbers(DicomTag.PixelSpacing, 0.9, 0.3)).Save();
        Assert.Equal([0.3, 0.9, 5], series.AssertRight().Spacing);
    }

    [Theory]
    [InlineData("0\\0.5")]
    [InlineData("-0.5\\0.5")]
    [InlineData("NaN\\0.5")]
    [InlineData("0,45\\0,45")]
    [InlineData("0.5\\0.5\\0.5")]
    [InlineData("0.5")]
    [InlineData("1e300\\0.5")]
    [InlineData("5e-324\\0.5")]
    [InlineData("")]
    [InlineData(null)]
    public void Trap23_impossible_pixel_spacing_is_refused(string? spacing)
    {
        using TestSeries series = new TestSeries().Each((s, k) =>
        {
            s.Text(0x0018_1164, "DS", "0.5\\0.5").Remove(DicomTag.PixelSpacing);
            if (spacing is not null) s.Text(DicomTag.PixelSpacing, "DS", spacing);
        }).Save();
        series.AssertRefused(SeriesReason.GeometryInvalid, Fault.DicomGeometryInvalid);
    }

    [Fact]
    public void Trap23_pixel_spacing_that_differs_in_one_slice_is_refused()
    {
        using TestSeries series = new TestSeries().Each((s, k) => _ = k == 2 ? s.Numbers(DicomTag.PixelSpacing, 0.75, 0.51) : s).Save();
        series.AssertRefused(SeriesReason.MixedSeries, Fault.DicomSeriesMixed);
    }

    [Fact]
    public void Trap24_every_legal_spelling_of_a_decimal_string_is_read()
    {
        using TestSeries series = new TestSeries().Each((s, k) => s
            .Text(DicomTag.PixelSpacing, "DS", " +7.5E-1 \\5e-1  ")
            .Text(DicomTag.RescaleSlope, "DS", " +1.0 ")
            .Text(DicomTag.RescaleIntercept, "DS", "-1.024E+03")).Save();
        CtVolume volume = series.Read();
        Assert.Equal([0.5, 0.75, 5], volume.Spacing);
        Assert.Equal(TestSeries.Hu(1, 2, 3), volume.GetHu(1, 2, 3));
    }

    [Fact]
    public void Trap25_position_with_two_values_is_refused()
    {
        using TestSeries series = new TestSeries().Each((s, k) => _ = k == 6 ? s.Text(DicomTag.ImagePositionPatient, "DS", "1\\2") : s)
            .Save();
        series.AssertRefused(SeriesReason.GeometryInvalid, Fault.DicomGeometryInvalid);
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("ar-SA")]
    public void Trap26_the_user_culture_changes_nothing(string culture)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo(culture);
            using TestSeries series = new TestSeries().Save();
            CtVolume volume = series.AssertRight();
            Assert.Equal([0.5, 0.75, 5], volume.Spacing);
            Assert.Equal("A regular stack of 7 slices.", series.Info().Detail);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Trap47_two_and_three_slices_are_a_volume(int slices)
    {
        using TestSeries series = new TestSeries(slices).Save();
        series.AssertRight();
    }

    [Fact]
    public void Trap47_one_slice_has_no_spacing()
    {
        using TestSeries series = new TestSeries(1).Save();
        series.AssertRefused(SeriesReason.TooFewSlices, Fault.DicomSeriesEmpty);
    }
}
