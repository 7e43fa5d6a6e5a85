namespace PancreasSeg;

/// <summary>
/// How the voxel indices of one grid lie in another, where axes run along axes: index i on the target's axis a is index
/// Scale[a] * i + Offset[a] on the source's axis Axis[a].
/// </summary>
internal sealed class IndexMap
{
    private readonly VolumeGrid _from;
    private readonly VolumeGrid _to;
    private readonly double _tolerance;

    private IndexMap(VolumeGrid from, VolumeGrid to, double tolerance, int[] axis, double[] scale, double[] offset) =>
        (_from, _to, _tolerance, Axis, Scale, Offset) = (from, to, tolerance, axis, scale, offset);

    /// <summary>For each target axis the source axis along which it runs.</summary>
    public int[] Axis { get; }

    /// <summary>Source voxels per target voxel; negative where the axes run in opposite directions.</summary>
    public double[] Scale { get; }

    /// <summary>Source index of the target's voxel 0.</summary>
    public double[] Offset { get; }

    /// <summary>True when target axis a is source axis a.</summary>
    public bool KeepsAxes => Axis is [0, 1, 2];

    /// <summary>True when every target voxel's centre is that of a source voxel or lies outside the source: nothing to
    /// interpolate.</summary>
    public bool IsExact
    {
        get
        {
            for (int a = 0; a < 3; a++)
            {
                double first = Math.Round(Offset[a]), last = first + Math.Sign(Scale[a]) * (_to.Size(a) - 1);
                if (Math.Abs(Offset[a] - first) > _tolerance || Math.Abs(Offset[a] + Scale[a] * (_to.Size(a) - 1) - last) > _tolerance)
                    return false;
                if (_to.Size(a) == 1 && Math.Abs(Scale[a]) > 1 + _tolerance) return false;
            }
            return true;
        }
    }

    /// <summary>True when both grids have the same voxels, in any order of axes and directions.</summary>
    public bool IsReordering => IsExact && Enumerable.Range(0, 3).All(a =>
        _from.Size(Axis[a]) == _to.Size(a) && Math.Round(Offset[a]) == (Scale[a] > 0 ? 0 : _to.Size(a) - 1));

    /// <summary>The map, or null when the grids are oblique to each other.</summary>
    /// <param name="from">The source.</param>
    /// <param name="to">The target.</param>
    /// <param name="tolerance">Deviations below this many source voxels, anywhere on the target grid, count as none.</param>
    public static IndexMap? Between(VolumeGrid from, VolumeGrid to, double tolerance = 1e-3)
    {
        AffineTransform toSource = from.Affine.Inverse().Compose(to.Affine);
        int[] axis = new int[3];
        double[] scale = new double[3], offset = new double[3], drift = new double[3];
        for (int a = 0; a < 3; a++)
        {
            Vector3D step = toSource.Step(a);
            axis[a] = Enumerable.Range(0, 3).MaxBy(s => Math.Abs(step[s]));
            scale[a] = step[axis[a]];
            offset[a] = toSource.Translation[axis[a]];
            for (int s = 0; s < 3; s++)
                if (s != axis[a]) drift[s] += Math.Abs(step[s]) * (to.Size(a) - 1);
        }
        bool aligned = axis.Distinct().Count() == 3 && drift.Max() < tolerance;
        return aligned ? new IndexMap(from, to, tolerance, axis, scale, offset) : null;
    }

    /// <summary>The source grid with its axes in the target's order; directions and voxels stay.</summary>
    public VolumeGrid ReorderedSource() => new(_from.Size(Axis[0]), _from.Size(Axis[1]), _from.Size(Axis[2]),
        new AffineTransform(_from.Affine.Step(Axis[0]), _from.Affine.Step(Axis[1]), _from.Affine.Step(Axis[2]), _from.Origin));

    /// <summary>Copies source voxels to their places on the target grid of an exact map.</summary>
    /// <param name="source">The source's voxels.</param>
    /// <param name="outside">Value where the source has none.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    public T[] Copy<T>(ReadOnlyMemory<T> source, T outside, CancellationToken cancellation)
    {
        T[] target = GC.AllocateUninitializedArray<T>(_to.VoxelCount);
        int[] strides = [1, _from.Columns, _from.Columns * _from.Rows];
        var first = new int[3];
        var step = new int[3];
        var stride = new int[3];
        var inside = new Range[3];
        for (int a = 0; a < 3; a++)
        {
            first[a] = (int)Math.Round(Offset[a]);
            step[a] = Math.Sign(Scale[a]);
            stride[a] = strides[Axis[a]] * step[a];
            int size = _from.Size(Axis[a]);
            (int low, int high) = step[a] > 0 ? (-first[a], size - first[a]) : (first[a] - size + 1, first[a] + 1);
            low = Math.Clamp(low, 0, _to.Size(a));
            inside[a] = low..Math.Clamp(high, low, _to.Size(a));
        }
        int corner = first[0] * strides[Axis[0]] + first[1] * strides[Axis[1]] + first[2] * strides[Axis[2]];
        Parallel.For(0, _to.Slices, new ParallelOptions { CancellationToken = cancellation }, slice =>
        {
            ReadOnlySpan<T> voxels = source.Span;
            for (int row = 0; row < _to.Rows; row++)
            {
                Span<T> line = target.AsSpan(_to.IndexOf(0, row, slice), _to.Columns);
                (int low, int high) = (inside[0].Start.Value, inside[0].End.Value);
                if (!Contains(inside[2], slice) || !Contains(inside[1], row)) high = low;
                line[..low].Fill(outside);
                line[high..].Fill(outside);
                if (low == high) continue;
                int at = corner + slice * stride[2] + row * stride[1] + low * stride[0];
                Span<T> copied = line[low..high];
                if (stride[0] == 1) voxels.Slice(at, copied.Length).CopyTo(copied);
                else for (int i = 0; i < copied.Length; i++, at += stride[0]) copied[i] = voxels[at];
            }
        });
        return target;
    }

    private static bool Contains(Range range, int index) => index >= range.Start.Value && index < range.End.Value;
}
