using CsCheck;
using PancreasSeg.Evaluation;

namespace PancreasSeg.Core.Tests.Evaluation;

public class DistanceTransformTests
{
    [Fact]
    public void Distances_are_the_smallest_of_all_pairs() =>
        Gen.Select(Gen.Select(Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[1, 9]),
            Gen.Select(Gen.Double[0.3, 5], Gen.Double[0.3, 5], Gen.Double[0.3, 5]), Gen.Double[0.01, 0.5], Gen.Int)
            .Sample((size, spacing, density, seed) =>
            {
                var random = new Random(seed);
                var grid = VolumeGrid.Axial(size.Item1, size.Item2, size.Item3, new(spacing.Item1, spacing.Item2, spacing.Item3));
                BoxMask a = Random(grid, random, density), b = Random(grid, random, density);
                List<Vector3D> sites = Points(b, grid.Spacing);
                float[] expected = [.. Points(a, grid.Spacing).Select(p => sites.Min(q => (float)(p - q).Length))];
                float[] actual = DistanceTransform.Distances(a, b, grid.Spacing, default);
                Assert.Equal(expected.Length, actual.Length);
                foreach ((float e, float d) in expected.Order().Zip(actual.Order())) Assert.Equal(e, d, 1e-5f * Math.Max(1, e));
            }, iter: 500);

    [Fact]
    public void A_surface_voxel_has_a_face_to_the_background() =>
        Gen.Select(Gen.Int[1, 7], Gen.Int[1, 7], Gen.Int[1, 7], Gen.Int).Sample((columns, rows, slices, seed) =>
        {
            var grid = VolumeGrid.Axial(columns, rows, slices, new(1, 1, 1));
            BoxMask mask = Random(grid, new Random(seed), 0.85);
            HashSet<Vector3D> inside = [.. Points(mask, new(1, 1, 1))];
            Vector3D[] faces = [new(1, 0, 0), new(-1, 0, 0), new(0, 1, 0), new(0, -1, 0), new(0, 0, 1), new(0, 0, -1)];
            Assert.Equal(inside.Where(p => faces.Any(f => !inside.Contains(p + f))), Points(mask.Surface(), new(1, 1, 1)));
        }, iter: 300);

    private static BoxMask Random(VolumeGrid grid, Random random, double density)
    {
        byte[] labels = [.. Enumerable.Range(0, grid.VoxelCount).Select(_ => random.NextDouble() < density ? (byte)1 : (byte)0)];
        labels[random.Next(labels.Length)] = 1;
        return new BoxMask(new LabelVolume(grid, labels, new("random")), 1, IndexBox.Whole(grid));
    }

    private static List<Vector3D> Points(BoxMask mask, Vector3D spacing) =>
        [.. from k in Enumerable.Range(0, mask.Slices)
            from j in Enumerable.Range(0, mask.Rows)
            from i in Enumerable.Range(0, mask.Columns)
            where mask.Voxels[mask.IndexOf(i, j, k)] != 0
            select new Vector3D(i * spacing.X, j * spacing.Y, k * spacing.Z)];
}
