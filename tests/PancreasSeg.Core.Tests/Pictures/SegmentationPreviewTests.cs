using System.Buffers.Binary;
using System.IO.Compression;
using PancreasSeg.Pictures;

namespace PancreasSeg.Core.Tests.Pictures;

public class SegmentationPreviewTests
{
    private const int Width = 3 * 400 + 4 * 8, Height = 416;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_patients_right_is_on_the_left_and_the_outline_on_the_mask_whatever_the_axes(bool mirrored)
    {
        // 100 mm cube, a mask in the patient's right, anterior, upper part.
        VolumeGrid grid = mirrored
            ? new VolumeGrid(50, 50, 20, new(new(-2, 0, 0), new(0, -2, 0), new(0, 0, 5), new(98, 98, 0)))
            : VolumeGrid.Axial(50, 50, 20, new(2, 2, 5));
        byte[] rgb =
            Pixels(SegmentationPreview.Render(new CtVolume(grid, new short[grid.VoxelCount], new("x")), Ball(grid, new(25, 25, 75))));
        Assert.InRange(Red(rgb, 8).X, 90, 115);
        Assert.InRange(Red(rgb, 8).Y, 90, 115);
        Assert.InRange(Red(rgb, 416).X, 90, 115);
        Assert.InRange(Red(rgb, 416).Y, 80, 115);
        Assert.InRange(Red(rgb, 824).X, 90, 115);
    }

    [Fact]
    public void Without_a_mask_the_picture_says_so()
    {
        VolumeGrid grid = VolumeGrid.Axial(50, 50, 20, new(2, 2, 5));
        var ct = new CtVolume(grid, new short[grid.VoxelCount], new("x"));
        byte[] none = SegmentationPreview.Render(ct, null);
        Assert.Equal(none, SegmentationPreview.Render(ct, new LabelVolume(grid, new byte[grid.VoxelCount], new("x"))));
        Assert.True(Yellow(Pixels(none)) > Yellow(Pixels(SegmentationPreview.Render(ct, Ball(grid, new(50, 50, 50))))) + 300);
    }

    [Fact]
    public void A_reference_is_green_where_the_mask_goes_another_way()
    {
        VolumeGrid grid = VolumeGrid.Axial(50, 50, 20, new(2, 2, 5));
        var ct = new CtVolume(grid, new short[grid.VoxelCount], new("x"));
        LabelVolume mask = Ball(grid, new(50, 50, 50)), aside = Ball(grid, new(75, 50, 50));
        byte[] equal = SegmentationPreview.Render(ct, mask, reference: mask);
        Assert.Equal(SegmentationPreview.Render(ct, mask), equal);
        byte[] rgb = Pixels(SegmentationPreview.Render(ct, mask, reference: aside));
        Assert.InRange(Outline(rgb, 8, [70, 220, 90]).X - Red(rgb, 8).X, 90, 110);
        byte[] missed = Pixels(SegmentationPreview.Render(ct, null, reference: aside));
        Assert.InRange(Outline(missed, 8, [70, 220, 90]).X, 290, 310);
        Assert.True(Yellow(missed) > Yellow(rgb) + 300);
    }

    [Fact]
    public void A_mask_on_another_grid_is_refused()
    {
        VolumeGrid grid = VolumeGrid.Axial(8, 8, 8, new(2, 2, 5)), other = VolumeGrid.Axial(8, 8, 8, new(2, 2, 4));
        Assert.Equal(Fault.GridMismatch, Assert.Throws<CoreException>(() =>
            SegmentationPreview.Render(
                new CtVolume(grid, new short[512], new("x")), new LabelVolume(other, new byte[512], new("x")))).Fault);
        Assert.Equal(Fault.GridMismatch, Assert.Throws<CoreException>(() =>
            SegmentationPreview.Render(
                new CtVolume(grid, new short[512], new("x")), null, reference: new LabelVolume(other, new byte[512], new("x")))).Fault);
    }

    private static LabelVolume Ball(VolumeGrid grid, Vector3D centre)
    {
        var labels = new byte[grid.VoxelCount];
        for (int i = 0; i < labels.Length; i++)
        {
            Vector3D p = grid.Affine.Apply(new(i % grid.Columns, i / grid.Columns % grid.Rows, i / (grid.Columns * grid.Rows)));
            if ((p - centre).Length < 12) labels[i] = 1;
        }
        return new LabelVolume(grid, labels, new("x"));
    }

    private static (double X, double Y) Red(byte[] rgb, int left) => Outline(rgb, left, [255, 60, 50]);

    private static (double X, double Y) Outline(byte[] rgb, int left, byte[] colour)
    {
        var points = new List<(int X, int Y)>();
        for (int y = 0; y < Height; y++)
            for (int x = left; x < left + 400; x++)
                if (rgb.AsSpan(3 * (x + Width * y), 3).SequenceEqual(colour)) points.Add((x - left, y - 8));
        return (points.Average(p => p.X), points.Average(p => p.Y));
    }

    private static int Yellow(byte[] rgb) => Enumerable.Range(0, rgb.Length / 3).Count(i => rgb.AsSpan(3 * i, 3) is [255, 230, 90]);

    private static byte[] Pixels(byte[] png)
    {
        int length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(33));
        using var zlib = new ZLibStream(new MemoryStream(png, 41, length), CompressionMode.Decompress);
        var rgb = new byte[3 * Width * Height];
        for (int row = 0; row < Height; row++)
        {
            Assert.Equal(0, zlib.ReadByte());
            zlib.ReadExactly(rgb, 3 * Width * row, 3 * Width);
        }
        return rgb;
    }
}
