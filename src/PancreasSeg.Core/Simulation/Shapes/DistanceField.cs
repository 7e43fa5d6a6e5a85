using System.Numerics;

namespace PancreasSeg.Simulation;

/// <summary>Signed distance in mm to the surface of one label, negative inside, on an axial lattice round it.</summary>
/// <param name="Origin">First lattice point.</param>
/// <param name="Pitch">Lattice pitch, mm.</param>
/// <param name="Size">Lattice points along x, y, z; at least two each.</param>
/// <param name="Distance">Distances, x-fastest.</param>
internal sealed record DistanceField(Vector3 Origin, float Pitch, (int X, int Y, int Z) Size, float[] Distance)
{
    /// <summary>Measures a label of a map.</summary>
    /// <param name="map">The map, any orientation.</param>
    /// <param name="label">The label.</param>
    /// <param name="low">Low corner of the label's box, LPS mm.</param>
    /// <param name="high">High corner.</param>
    /// <param name="frame">LPS point that becomes the field's origin of coordinates.</param>
    /// <param name="pitch">Lattice pitch, mm.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static DistanceField Measure(
        LabelVolume map, byte label, Vector3 low, Vector3 high, Vector3 frame, float pitch, CancellationToken cancellation)
    {
        const float margin = 6;
        low -= new Vector3(margin);
        high += new Vector3(margin);
        Vector3 span = (high - low) / pitch;
        (int nx, int ny, int nz) = ((int)span.X + 2, (int)span.Y + 2, (int)span.Z + 2);
        var share = new float[nx * ny * nz];
        AffineTransform toIndex = map.Grid.Affine.Inverse();
        Parallel.For(0, nz, new ParallelOptions { CancellationToken = cancellation }, k =>
        {
            for (int j = 0; j < ny; j++)
                for (int i = 0; i < nx; i++)
                    share[i + nx * (j + ny * k)] =
                        Share(map, label, toIndex.Apply(new(low.X + i * pitch, low.Y + j * pitch, low.Z + k * pitch)));
        });
        return new DistanceField(low - frame, pitch, (nx, ny, nz), Propagate(share, nx, ny, nz, pitch));
    }

    /// <summary>Linear interpolation of the label's indicator at a voxel index.</summary>
    private static float Share(LabelVolume map, byte label, Vector3D index)
    {
        int x = (int)Math.Floor(index.X), y = (int)Math.Floor(index.Y), z = (int)Math.Floor(index.Z);
        float fx = (float)(index.X - x), fy = (float)(index.Y - y), fz = (float)(index.Z - z), sum = 0;
        ReadOnlySpan<byte> labels = map.Labels.Span;
        for (int corner = 0; corner < 8; corner++)
        {
            int i = x + (corner & 1), j = y + (corner >> 1 & 1), k = z + (corner >> 2);
            if ((uint)i >= (uint)map.Grid.Columns || (uint)j >= (uint)map.Grid.Rows || (uint)k >= (uint)map.Grid.Slices
                || labels[map.Grid.IndexOf(i, j, k)] != label) continue;
            sum += ((corner & 1) == 0 ? 1 - fx : fx) * ((corner & 2) == 0 ? 1 - fy : fy) * ((corner & 4) == 0 ? 1 - fz : fz);
        }
        return sum;
    }

    /// <summary>Distances grow from the voxels beside the surface, in a forward and a backward sweep (chamfer distance).</summary>
    private static float[] Propagate(float[] share, int nx, int ny, int nz, float pitch)
    {
        var distance = new float[share.Length];
        Array.Fill(distance, float.MaxValue);
        int[] strides = [1, nx, nx * ny];
        for (int k = 0; k < nz; k++)
            for (int j = 0; j < ny; j++)
                for (int i = 0; i < nx; i++)
                {
                    int at = i + nx * (j + ny * k);
                    bool inside = share[at] > 0.5f;
                    ReadOnlySpan<int> position = [i, j, k], size = [nx, ny, nz];
                    for (int axis = 0; axis < 3; axis++)
                        for (int side = -1; side <= 1; side += 2)
                        {
                            if (position[axis] + side < 0 || position[axis] + side >= size[axis]) continue;
                            float other = share[at + side * strides[axis]];
                            if (other > 0.5f == inside) continue;
                            distance[at] = MathF.Min(distance[at], pitch * (share[at] - 0.5f) / (share[at] - other));
                        }
                }
        Sweep(distance, nx, ny, nz, pitch, 1);
        Sweep(distance, nx, ny, nz, pitch, -1);
        for (int i = 0; i < distance.Length; i++) distance[i] = MathF.Min(distance[i], 500) * (share[i] > 0.5f ? -1 : 1);
        return distance;
    }

    private static void Sweep(float[] distance, int nx, int ny, int nz, float pitch, int direction)
    {
        Span<float> cost = stackalloc float[4];
        for (int n = 1; n < 4; n++) cost[n] = pitch * MathF.Sqrt(n);
        for (int c = 0; c < nz; c++)
            for (int b = 0; b < ny; b++)
                for (int a = 0; a < nx; a++)
                {
                    (int i, int j, int k) = direction > 0 ? (a, b, c) : (nx - 1 - a, ny - 1 - b, nz - 1 - c);
                    float best = distance[i + nx * (j + ny * k)];
                    for (int dk = -1; dk <= 0; dk++)
                        for (int dj = -1; dj <= 1; dj++)
                            for (int di = -1; di <= 1; di++)
                            {
                                if (dk == 0 && (dj > 0 || (dj == 0 && di >= 0))) continue;
                                int x = i + direction * di, y = j + direction * dj, z = k + direction * dk;
                                if ((uint)x >= (uint)nx || (uint)y >= (uint)ny || (uint)z >= (uint)nz) continue;
                                best = MathF.Min(best, distance[x + nx * (y + ny * z)] + cost[di * di + dj * dj + dk * dk]);
                            }
                    distance[i + nx * (j + ny * k)] = best;
                }
    }
}
