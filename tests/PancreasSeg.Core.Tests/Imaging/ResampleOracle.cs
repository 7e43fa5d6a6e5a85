namespace PancreasSeg.Core.Tests.Imaging;

/// <summary>
/// Resampling written as its definition: every target voxel is the normalised sum of all source voxels under a triangle per
/// source axis, as wide as the larger of one source and one target voxel.
/// </summary>
internal static class ResampleOracle
{
    public static double[] Run(VolumeGrid from, Func<int, double> voxel, VolumeGrid to, double outside)
    {
        AffineTransform m = from.Affine.Inverse().Compose(to.Affine);
        var width = new double[3];
        for (int s = 0; s < 3; s++) width[s] = Math.Max(1, new Vector3D(m.ColumnStep[s], m.RowStep[s], m.SliceStep[s]).Length);
        var result = new double[to.VoxelCount];
        for (int i = 0; i < result.Length; i++)
        {
            Vector3D p = m.Apply(new(i % to.Columns, i / to.Columns % to.Rows, i / (to.Columns * to.Rows)));
            result[i] = Enumerable.Range(0, 3).All(s => p[s] > -0.5 - 1e-5 && p[s] < from.Size(s) - 0.5 + 1e-5) ? Sum(from, voxel, p, width)
                : outside;
        }
        return result;
    }

    private static double Sum(VolumeGrid from, Func<int, double> voxel, Vector3D p, double[] width)
    {
        double sum = 0, weights = 0;
        IEnumerable<int> Near(int s) => Enumerable.Range(0, from.Size(s)).Where(i => Math.Abs(i - p[s]) < width[s]);
        foreach (int k in Near(2))
            foreach (int j in Near(1))
                foreach (int i in Near(0))
                {
                    double w = Triangle(i - p.X, width[0]) * Triangle(j - p.Y, width[1]) * Triangle(k - p.Z, width[2]);
                    sum += w * voxel(from.IndexOf(i, j, k));
                    weights += w;
                }
        return sum / weights;
    }

    private static double Triangle(double distance, double width) => Math.Max(0, 1 - Math.Abs(distance) / width);
}
