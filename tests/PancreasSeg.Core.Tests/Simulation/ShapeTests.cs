using System.Numerics;
using PancreasSeg.Simulation;

namespace PancreasSeg.Core.Tests.Simulation;

public class ShapeTests
{
    [Fact]
    public void Straight_tube_measures_the_distance_to_its_surface()
    {
        var tube = new Tube([new(new(0, 0, 0), 5), new(new(0, 0, 40), 5)]);
        Assert.Equal(-5, tube.At(new(0, 0, 20)), 4);
        Assert.Equal(3, tube.At(new(8, 0, 20)), 4);
        Assert.Equal(7, tube.At(new(0, 0, -12)), 4);
    }

    [Fact]
    public void Curved_tube_runs_through_its_nodes()
    {
        TubeNode[] nodes = [new(new(0, 0, 0), 4), new(new(20, 10, 0), 6), new(new(40, 0, 10), 5), new(new(60, -10, 30), 3)];
        var tube = new Tube(nodes);
        Assert.All(nodes, node => Assert.Equal(-node.Radius, tube.At(node.Point), 3));
    }

    [Fact]
    public void Sphere_blob_measures_distance_and_volume()
    {
        var sphere = new Blob(new(1, 2, 3), new(30, 30, 30));
        Assert.Equal(-10, sphere.At(new(21, 2, 3)), 3);
        Assert.Equal(10, sphere.At(new(1, 42, 3)), 3);
        Assert.InRange(sphere.Volume(), 0.97 * 113097, 1.03 * 113097);
    }

    [Fact]
    public void Cut_blob_is_outside_where_it_was_cut()
    {
        Blob blob = new Blob(default, new(30, 30, 30), 2).Cut(new(30, 0, 0), new(15, 15, 15));
        Assert.True(blob.At(new(25, 0, 0)) > 0);
        Assert.True(blob.At(new(-25, 0, 0)) < 0);
    }

    [Fact]
    public void Distance_field_of_a_voxel_ball_is_the_balls_distance()
    {
        VolumeGrid grid = VolumeGrid.Axial(50, 50, 30, new(1, 1, 2), new(-25, -25, -30));
        var labels = new byte[grid.VoxelCount];
        for (int k = 0; k < grid.Slices; k++)
            for (int j = 0; j < grid.Rows; j++)
                for (int i = 0; i < grid.Columns; i++)
                    if (grid.Affine.Apply(new(i, j, k)).Length < 16) labels[grid.IndexOf(i, j, k)] = 3;
        var map = new LabelVolume(grid, labels, new VolumeSource("ball"));
        var shape = new SampledShape(DistanceField.Measure(map, 3, new(-16), new(16), default, 1.5f, default));
        foreach (float r in (float[])[0, 6, 12, 15, 17, 20])
            foreach (
                Vector3 direction in (
                    Vector3[])[Vector3.UnitX, -Vector3.UnitZ, Vector3.Normalize(new(1, 1, 1)), Vector3.Normalize(new(1, -2, 0.5f))])
                Assert.InRange(shape.At(r * direction), r - 16 - 1.9f, r - 16 + 1.9f);
        Assert.Equal(shape.At(new(9, 2, 1)),
            new SampledShape(DistanceField.Measure(map, 3, new(-16), new(16), default, 1.5f, default), 5).At(new(1, 2, 1)), 3);
    }
}
