namespace PancreasSeg;

/// <summary>
/// Brings a volume onto another grid: spacing change, fixed size, crop and the way back to the scanner's grid are all this
/// one operation. CT and probabilities are interpolated linearly, with a widened triangle filter along axes that shrink;
/// a label volume keeps to its own labels.
/// </summary>
public static class Resampler
{
    /// <summary>HU on another grid; outside the source's field of view <see cref="CtVolume.AirHu"/>.</summary>
    public static CtVolume To(this CtVolume volume, VolumeGrid grid, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(grid);
        VolumeGrid from = volume.Grid;
        float[] values = Interpolate(from, (c, r, s) => volume.GetHu(c, r, s), grid, CtVolume.AirHu, cancellation);
        return new CtVolume(grid, values, volume.Source);
    }

    /// <summary>Labels on another grid; outside the source's field of view 0.</summary>
    public static LabelVolume To(this LabelVolume volume, VolumeGrid grid, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(grid);
        var labels = new byte[grid.VoxelCount];
        AffineTransform toSource = volume.Grid.Affine.Inverse().Compose(grid.Affine);
        for (int s = 0; s < grid.Slices; s++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int r = 0; r < grid.Rows; r++)
                for (int c = 0; c < grid.Columns; c++)
                {
                    Vector3D p = toSource.Apply(new(c, r, s));
                    int i = (int)Math.Floor(p.X + 0.5), j = (int)Math.Floor(p.Y + 0.5), k = (int)Math.Floor(p.Z + 0.5);
                    if (i >= 0 && j >= 0 && k >= 0 && i < volume.Grid.Columns && j < volume.Grid.Rows && k < volume.Grid.Slices)
                        labels[grid.IndexOf(c, r, s)] = volume.Labels.Span[volume.Grid.IndexOf(i, j, k)];
                }
        }
        return new LabelVolume(grid, labels, volume.Source);
    }

    /// <summary>Probabilities on another grid; outside the source's field of view 0.</summary>
    public static ProbabilityVolume To(this ProbabilityVolume volume, VolumeGrid grid, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(grid);
        VolumeGrid from = volume.Grid;
        return new ProbabilityVolume(grid, Interpolate(from, (c, r, s) => volume.Values.Span[from.IndexOf(c, r, s)], grid, 0, cancellation));
    }

    private static float[] Interpolate(VolumeGrid from, Func<int, int, int, float> at, VolumeGrid to, float outside, CancellationToken cancellation)
    {
        var values = new float[to.VoxelCount];
        AffineTransform toSource = from.Affine.Inverse().Compose(to.Affine);
        for (int s = 0; s < to.Slices; s++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int r = 0; r < to.Rows; r++)
                for (int c = 0; c < to.Columns; c++)
                    values[to.IndexOf(c, r, s)] = Sample(from, at, toSource.Apply(new(c, r, s)), outside);
        }
        return values;
    }

    private static float Sample(VolumeGrid from, Func<int, int, int, float> at, Vector3D p, float outside)
    {
        if (p.X < -0.5 || p.Y < -0.5 || p.Z < -0.5 || p.X > from.Columns - 0.5 || p.Y > from.Rows - 0.5 || p.Z > from.Slices - 0.5) return outside;
        double x = Math.Clamp(p.X, 0, from.Columns - 1), y = Math.Clamp(p.Y, 0, from.Rows - 1), z = Math.Clamp(p.Z, 0, from.Slices - 1);
        int i = (int)x, j = (int)y, k = (int)z;
        int i1 = Math.Min(i + 1, from.Columns - 1), j1 = Math.Min(j + 1, from.Rows - 1), k1 = Math.Min(k + 1, from.Slices - 1);
        double fx = x - i, fy = y - j, fz = z - k;
        double Row(int b, int d) => at(i, b, d) * (1 - fx) + at(i1, b, d) * fx;
        double Plane(int d) => Row(j, d) * (1 - fy) + Row(j1, d) * fy;
        return (float)(Plane(k) * (1 - fz) + Plane(k1) * fz);
    }
}
