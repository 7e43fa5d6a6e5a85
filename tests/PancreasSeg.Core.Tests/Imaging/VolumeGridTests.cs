using CsCheck;

namespace PancreasSeg.Core.Tests.Imaging;

public class VolumeGridTests
{
    private static readonly Gen<VolumeGrid> s_grids =
        from angles in Gen.Select(Gen.Double[-3, 3], Gen.Double[-3, 3], Gen.Double[-3, 3])
        from spacing in Gen.Select(Gen.Double[0.3, 5], Gen.Double[0.3, 5], Gen.Double[0.3, 5])
        from origin in Gen.Select(Gen.Double[-500, 500], Gen.Double[-500, 500], Gen.Double[-500, 500])
        from size in Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[1, 40])
        from mirror in Gen.Bool
        select Rotated(angles, spacing, origin, size, mirror);

    [Fact]
    public void Inverse_affine_returns_the_index() => s_grids.Sample(grid =>
    {
        var index = new Vector3D(3.25, -1.5, 7);
        Vector3D back = grid.Affine.Inverse().Apply(grid.Affine.Apply(index));
        return (back - index).Length < 1e-9;
    });

    [Fact]
    public void Canonical_grid_keeps_the_same_set_of_voxel_centres_and_runs_LPS() => s_grids.Sample(grid =>
    {
        VolumeGrid canonical = grid.ToCanonical();
        Assert.Equal("LPS", canonical.Orientation);
        Assert.Equal(grid.VoxelCount, canonical.VoxelCount);
        Vector3D[] corners = Corners(grid), others = Corners(canonical);
        Assert.All(corners, corner => Assert.Contains(others, other => (corner - other).Length < 1e-9));
        Assert.All(others, other => Assert.Contains(corners, corner => (corner - other).Length < 1e-9));
        Assert.True(canonical.Matches(canonical.ToCanonical()));
    });

    [Fact]
    public void Resized_grid_covers_the_same_box() => s_grids.Sample(grid =>
    {
        VolumeGrid other = grid.WithSize(7, 11, 5);
        Vector3D low = grid.Affine.Apply(new(-0.5, -0.5, -0.5)), otherLow = other.Affine.Apply(new(-0.5, -0.5, -0.5));
        Vector3D high = grid.Affine.Apply(new(grid.Columns - 0.5, grid.Rows - 0.5, grid.Slices - 0.5));
        Vector3D otherHigh = other.Affine.Apply(new(6.5, 10.5, 4.5));
        return (low - otherLow).Length < 1e-9 && (high - otherHigh).Length < 1e-9;
    });

    [Fact]
    public void Respaced_grid_has_exactly_the_spacing_and_the_same_centre() => s_grids.Sample(grid =>
    {
        VolumeGrid other = grid.WithSpacing(new(1.5, 2, 0.7));
        Vector3D centre = grid.Affine.Apply(new((grid.Columns - 1) / 2.0, (grid.Rows - 1) / 2.0, (grid.Slices - 1) / 2.0));
        Vector3D otherCentre = other.Affine.Apply(new((other.Columns - 1) / 2.0, (other.Rows - 1) / 2.0, (other.Slices - 1) / 2.0));
        return (other.Spacing - new Vector3D(1.5, 2, 0.7)).Length < 1e-9 && (centre - otherCentre).Length < 1e-8;
    });

    [Theory]
    [InlineData("LPS", 1, 1, 1)]
    [InlineData("RAS", -1, -1, 1)]
    [InlineData("LAI", 1, -1, -1)]
    public void Orientation_names_the_direction_of_each_index_axis(string expected, int x, int y, int z) =>
        Assert.Equal(expected, new VolumeGrid(2, 2, 2, new(new(x, 0, 0), new(0, y, 0), new(0, 0, z), default)).Orientation);

    [Fact]
    public void Sagittal_slices_are_named_by_their_axes() =>
        Assert.Equal("PSL", new VolumeGrid(2, 3, 4, new(new(0, 1, 0), new(0, 0, 1), new(1, 0, 0), default)).Orientation);

    [Fact]
    public void A_volume_beyond_the_largest_array_is_refused() =>
        Assert.Equal(Fault.VolumeTooLarge, Assert.Throws<CoreException>(() => VolumeGrid.Axial(60000, 60000, 1, new(1, 1, 1))).Fault);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(double.NaN, 1)]
    [InlineData(1, double.PositiveInfinity)]
    public void An_impossible_affine_is_refused(double step, double origin) =>
        Assert.Equal(
            Fault.GridInvalid, Assert.Throws<CoreException>(() => VolumeGrid.Axial(2, 2, 2, new(step, 1, 1), new(origin, 0, 0))).Fault);

    [Fact]
    public void Every_array_offset_is_one_voxel()
    {
        VolumeGrid grid = VolumeGrid.Axial(5, 3, 4, new(1, 1, 1));
        (int, int, int)[] order =
            [.. from slice in Enumerable.Range(0, 4) from row in Enumerable.Range(0, 3) from column in Enumerable.Range(0,
                5) select (column, row, slice)];
        Assert.Equal(order, Enumerable.Range(0, grid.VoxelCount).Select(grid.VoxelOf));
        Assert.Equal(15, grid.SliceLength);
    }

    [Fact]
    public void The_centre_lies_amid_the_corners()
    {
        VolumeGrid grid = Rotated((0.3, -0.2, 0.5), (0.8, 0.7, 2.5), (-100, 40, 12), (51, 40, 9), mirror: true);
        Vector3D mean = Corners(grid).Aggregate((a, b) => a + b) / 8;
        Assert.InRange((grid.Centre - mean).Length, 0, 1e-9);
    }

    private static Vector3D[] Corners(VolumeGrid g) =>
        [.. from k in new[] { 0, g.Slices - 1 }
            from j in new[] { 0, g.Rows - 1 }
            from i in new[] { 0, g.Columns - 1 }
            select g.Affine.Apply(new(i, j, k))];

    private static VolumeGrid Rotated((double, double, double) angles, (double X, double Y, double Z) spacing,
        (double X, double Y, double Z) origin, (int X, int Y, int Z) size, bool mirror)
    {
        var q = System.Numerics.Quaternion.CreateFromYawPitchRoll((float)angles.Item1, (float)angles.Item2, (float)angles.Item3);
        Vector3D Rotate(double x, double y, double z)
        {
            var v = System.Numerics.Vector3.Transform(new((float)x, (float)y, (float)z), q);
            return new(v.X, v.Y, v.Z);
        }
        return new VolumeGrid(size.X, size.Y, size.Z, new(
            Rotate(1, 0, 0) * spacing.X, Rotate(0, 1, 0) * spacing.Y, Rotate(0, 0, mirror ? -1 : 1) * spacing.Z,
                new(origin.X, origin.Y, origin.Z)));
    }

    [Theory]
    [InlineData("RAS")]
    [InlineData("PIR")]
    [InlineData("LSA")]
    public void Axes_run_as_asked_and_no_voxel_moves(string letters)
    {
        VolumeGrid grid = new(5, 6, 7, new AffineTransform(new(0.1, 1, 0), new(-2, 0.1, 0.2), new(0, 0.1, -3), new(10, 20, 30)));
        VolumeGrid turned = grid.Oriented(letters);
        Assert.Equal(letters, turned.Orientation);
        Assert.True(IndexMap.Between(grid, turned)!.IsReordering);
        Assert.True(grid.Matches(turned.Oriented(grid.Orientation)));
    }
}
