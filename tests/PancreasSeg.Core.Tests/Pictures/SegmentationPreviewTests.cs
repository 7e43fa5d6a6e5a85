using PancreasSeg.Pictures;

namespace PancreasSeg.Core.Tests.Pictures;

public class SegmentationPreviewTests
{
    [Theory]
    [InlineData("plain", 1)]
    [InlineData("reversed", 1)]
    [InlineData("sagittal", 1)]
    [InlineData("oblique", 1)]
    [InlineData("anisotropic", 1)]
    [InlineData("tiny", 0.04)]
    public void The_line_runs_where_the_mask_ends_in_every_plane_of_every_grid(string kind, double scale)
    {
        VolumeGrid grid = PreviewPhantom.Grid(kind);
        Vector3D centre = new Vector3D(-22, 14, 16) * scale;
        double radius = 20 * scale;
        PreviewPage page = SegmentationPreview.Draw(
            PreviewPhantom.Ct(grid, _ => 0), PreviewPhantom.Ball(grid, centre, radius));
        Assert.True(page.Views.Count > 4);
        foreach (PlaneView view in page.Views)
        {
            Vector3D normal = Vector3D.Cross(view.Right, view.Down);
            double aside = Vector3D.Dot(view.Centre - centre, normal), ring = Math.Sqrt(radius * radius - aside * aside);
            List<Vector3D> line = [.. from at in Pixels(page.Image, view, pixel => pixel.Red - pixel.Green > 110) select at - centre];
            double voxel = Math.Max(grid.Spacing.X, Math.Max(grid.Spacing.Y, grid.Spacing.Z));
            Assert.All(line, at => Assert.InRange(Distance(at), ring - voxel, ring + voxel));
            // All the way round: something of it on each side.
            foreach (Vector3D axis in (Vector3D[])[view.Right, view.Down])
            {
                Assert.True(line.Max(at => Vector3D.Dot(at, axis)) > ring / 2);
                Assert.True(line.Min(at => Vector3D.Dot(at, axis)) < -ring / 2);
            }

            double Distance(Vector3D at) => Math.Sqrt(Math.Max(0, Math.Pow(at.Length, 2) - Math.Pow(Vector3D.Dot(at, normal), 2)));
        }
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("reversed")]
    [InlineData("sagittal")]
    [InlineData("oblique")]
    public void Letters_stand_on_the_sides_they_name(string kind)
    {
        // A bright block to the patient's left, front and head.
        CtVolume ct = PreviewPhantom.Ct(PreviewPhantom.Grid(kind),
            p => p is { X: > 15 and < 35, Y: < -15 and > -35, Z: > 15 and < 35 } ? (short)600 : (short)-100);
        PreviewPage page = SegmentationPreview.Draw(ct, PreviewPhantom.Ball(ct.Grid, new(25, -25, 25), 4));
        foreach (PlaneView view in page.Views)
        {
            List<Vector3D> bright = [.. Pixels(page.Image, view, pixel => pixel is { Red: > 250, Green: > 250, Blue: > 250 })];
            Vector3D mean = bright.Aggregate(default(Vector3D), (sum, p) => sum + p) / bright.Count;
            if (view.Columns < 400) continue;                                  // the small planes show the block alone
            bool Towards(Vector3D axis) => Vector3D.Dot(mean - view.Centre, axis) > 0;
            Assert.Equal(Towards(view.Right), "LAH".Contains(view.Letters[1], StringComparison.Ordinal));
            Assert.Equal(Towards(view.Down), "LAH".Contains(view.Letters[3], StringComparison.Ordinal));
        }
        Assert.Equal(["RLAP", "RLHF", "APHF"], page.Views.Take(3).Select(v => v.Letters));
        Assert.All(page.Views.Skip(3), view => Assert.Equal("RLAP", view.Letters));
    }

    [Fact]
    public void The_planes_are_cropped_to_the_body_and_leave_the_table_out()
    {
        VolumeGrid grid = VolumeGrid.Axial(250, 250, 40, new(2, 2, 5), new(-249, -249, 0));
        CtVolume ct = PreviewPhantom.Ct(grid, p => p.X * p.X / (150 * 150) + p.Y * p.Y / (100 * 100) < 1 ? (short)40
            : p.Y is > 130 and < 136 ? (short)200 : CtVolume.AirHu);
        PlaneView axial = SegmentationPreview.Draw(ct, PreviewPhantom.Ball(grid, new(0, 0, 100), 20)).Views[0];
        Assert.InRange(axial.Columns * axial.Pixel, 300, 345);
        Assert.InRange(axial.Rows * axial.Pixel, 200, 245);
    }

    [Fact]
    public void Pixels_are_square_in_mm_and_values_between_voxels_are_interpolated()
    {
        CtVolume ct = PreviewPhantom.Ct(PreviewPhantom.Grid("anisotropic"), p => (short)Math.Round(Math.Clamp(p.Z, -40, 40)));
        PreviewPage page = SegmentationPreview.Draw(ct, null);
        PlaneView coronal = page.Views[1];
        int column = coronal.Left + coronal.Columns / 3;
        for (int row = coronal.Top + coronal.Rows / 4; row < coronal.Top + 3 * coronal.Rows / 4; row++)
        {
            double height = coronal.Centre.Z - (row - coronal.Top - (coronal.Rows - 1) / 2.0) * coronal.Pixel;
            if (Math.Abs(height) > 35 || row < coronal.Top + 100) continue;
            double grey = (height + 160) / 400 * 255;
            Assert.InRange(page.Image.Rgb[3 * (column + PreviewPage.Width * row)], grey - 2, grey + 2);
        }
    }

    [Fact]
    public void The_small_planes_run_along_the_mask_through_slices_that_have_it()
    {
        VolumeGrid grid = PreviewPhantom.Grid("anisotropic");
        LabelVolume mask = PreviewPhantom.Ball(grid, new(0, 0, 2.5), 26);
        double[] heights = [.. SegmentationPreview.Draw(PreviewPhantom.Ct(grid, _ => 0), mask).Views.Skip(3).Select(v => v.Centre.Z)];
        Assert.Equal(6, heights.Length);
        Assert.Equal(heights.OrderDescending(), heights);
        Assert.All(heights, z => Assert.Equal(0, Math.Abs((z - 2.5) % 5), 6));
        Assert.InRange(heights[0] - heights[^1], 40, 50);
    }

    [Fact]
    public void Without_a_mask_the_picture_says_so()
    {
        CtVolume ct = PreviewPhantom.Ct(PreviewPhantom.Grid("plain"), _ => 0);
        byte[] none = SegmentationPreview.Render(ct, null);
        Assert.Equal(none, SegmentationPreview.Render(ct, new LabelVolume(ct.Grid, new byte[ct.Grid.VoxelCount], new("x"))));
        PreviewPage without = SegmentationPreview.Draw(ct, null);
        PreviewPage with = SegmentationPreview.Draw(ct, PreviewPhantom.Ball(ct.Grid, default, 20));
        PlaneView view = without.Views[0];
        int White(PreviewPage page) => Pixels(page.Image, view, pixel => pixel is { Red: > 250, Green: > 250 }).Count();
        Assert.True(White(without) > White(with) + 300);
    }

    [Fact]
    public void A_reference_has_a_dashed_line_where_it_ends()
    {
        CtVolume ct = PreviewPhantom.Ct(PreviewPhantom.Grid("plain"), _ => 0);
        LabelVolume mask = PreviewPhantom.Ball(ct.Grid, new(-25, 0, 0), 15), aside = PreviewPhantom.Ball(ct.Grid, new(25, 0, 0), 15);
        PreviewPage both = SegmentationPreview.Draw(ct, mask, reference: aside);
        PreviewPage missed = SegmentationPreview.Draw(ct, null, reference: aside);
        foreach (PlaneView view in (PlaneView[])[both.Views[0], missed.Views[0]])
        {
            PngImage image = view == both.Views[0] ? both.Image : missed.Image;
            List<Vector3D> line = [.. Pixels(image, view, pixel => pixel.Green - pixel.Red > 80)];
            Assert.All(line, at => Assert.InRange(Math.Sqrt(Math.Pow(at.X - 25, 2) + at.Y * at.Y), 12, 18));
            // With every second dash left out, less than a whole ring two pixels wide.
            Assert.InRange(line.Count, 0.3 * 4 * Math.PI * 15 / view.Pixel / 2, 0.8 * 4 * Math.PI * 15 / view.Pixel);
        }
    }

    [Fact]
    public void Print_has_the_same_planes_on_white()
    {
        CtVolume ct = PreviewPhantom.Ct(PreviewPhantom.Grid("plain"), p => (short)p.X);
        LabelVolume mask = PreviewPhantom.Ball(ct.Grid, default, 15);
        PreviewPage dark = SegmentationPreview.Draw(ct, mask);
        PreviewPage print = SegmentationPreview.Draw(ct, mask, new() { Style = PreviewStyle.Print });
        Assert.Equal([16, 17, 20], dark.Image.Rgb[..3]);
        Assert.Equal([255, 255, 255], print.Image.Rgb[..3]);
        foreach (PlaneView view in dark.Views)
            for (int row = view.Top; row < view.Top + view.Rows; row++)
                Assert.Equal(
                    dark.Image.Rgb.AsSpan(3 * (view.Left + PreviewPage.Width * row), 3 * view.Columns),
                    print.Image.Rgb.AsSpan(3 * (view.Left + PreviewPage.Width * row), 3 * view.Columns));
    }

    [Fact]
    public void The_file_holds_the_pixels_and_is_always_the_same()
    {
        CtVolume ct = PreviewPhantom.Ct(PreviewPhantom.Grid("plain"), p => (short)(p.X * 3 + p.Y));
        LabelVolume mask = PreviewPhantom.Ball(ct.Grid, default, 15);
        var options = new PreviewOptions { Status = "Warning", Reasons = ["Slices are more than 6 mm apart."], Model = "müller_ñ" };
        PreviewPage page = SegmentationPreview.Draw(ct, mask, options);
        byte[] png = SegmentationPreview.Render(ct, mask, options);
        Assert.Equal(png, SegmentationPreview.Render(ct, mask, options));
        Assert.True(page.Image.Width >= 1600);
        Assert.Equal(page.Image.Rgb, PngReader.Rgb(png, out int width));
        Assert.Equal(page.Image.Width, width);
        Assert.InRange(page.Thumbnail().Width, 390, 600);
    }

    [Fact]
    public void A_mask_on_another_grid_is_refused()
    {
        VolumeGrid grid = VolumeGrid.Axial(8, 8, 8, new(2, 2, 5)), other = VolumeGrid.Axial(8, 8, 8, new(2, 2, 4));
        var ct = new CtVolume(grid, new short[512], new("x"));
        var labels = new LabelVolume(other, new byte[512], new("x"));
        Assert.Equal(Fault.GridMismatch, Assert.Throws<CoreException>(() => SegmentationPreview.Render(ct, labels)).Fault);
        Assert.Equal(Fault.GridMismatch, Assert.Throws<CoreException>(() => SegmentationPreview.Render(ct, null, reference: labels)).Fault);
    }

    /// <summary>Places in LPS mm of the pixels of a view that look a certain way.</summary>
    private static IEnumerable<Vector3D> Pixels(PngImage image, PlaneView view, Predicate<Rgb> look)
    {
        for (int row = 0; row < view.Rows; row++)
            for (int column = 0; column < view.Columns; column++)
            {
                ReadOnlySpan<byte> p = image.Rgb.AsSpan(3 * (view.Left + column + image.Width * (view.Top + row)), 3);
                if (look(new Rgb(p[0], p[1], p[2])))
                    yield return view.Centre + view.Right * ((column - (view.Columns - 1) / 2.0) * view.Pixel)
                        + view.Down * ((row - (view.Rows - 1) / 2.0) * view.Pixel);
            }
    }
}
